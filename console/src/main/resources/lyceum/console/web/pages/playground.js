/** Talk to one model or two side by side, and say what was good. */
import { html, useEffect, useRef, useState } from '../core/lib.js';
import { api, stream, useApi } from '../core/api.js';
import { setParams } from '../core/router.js';
import { may, toast } from '../core/store.js';
import { Empty, Icon, Load, Page, Refusal } from '../core/ui.js';
import { answerText, figure } from '../core/format.js';

const MODELS_MOST = 2;

export default function Playground({ params }) {
  const models = useApi('/models');
  const asked = (params.get('models') ?? '').split(',').filter(Boolean).slice(0, MODELS_MOST);
  const served = (models.data?.items ?? []).filter((m) => m.champion).map((m) => m.line);
  const chosen = asked.length > 0 ? asked : served.slice(0, 1);
  const [talks, setTalks] = useState({});
  const [text, setText] = useState('');
  const [knobs, setKnobs] = useState({ temperature: 0.7, maxTokens: 128 });
  const [consent, setConsent] = useState(false);
  const abort = useRef(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => () => abort.current?.abort(), []);

  const change = (slot, edit) => setTalks((old) => ({ ...old, [slot]: edit(old[slot] ?? { turns: [], error: null }) }));

  const answerOf = async (slot, model, turns, signal) => {
    const started = performance.now();
    let first = 0;
    let tokens = 0;
    change(slot, (t) => ({ ...t, error: null, turns: [...turns, { role: 'assistant', content: '', model, consent, open: true }] }));
    const last = (edit) => change(slot, (t) => ({ ...t, turns: t.turns.map((turn, i) => (i === t.turns.length - 1 ? edit(turn) : turn)) }));
    try {
      await stream(
        '/playground/chat',
        { model, messages: turns.map(({ role, content }) => ({ role, content })), ...knobs, consent },
        (chunk) => {
          const delta = chunk.choices?.[0]?.delta?.content ?? '';
          if (delta && !first) first = performance.now() - started;
          if (delta) tokens++;
          last((turn) => ({ ...turn, id: turn.id ?? chunk.id, content: turn.content + delta }));
        },
        signal,
      );
    } catch (error) {
      if (error.name !== 'AbortError') change(slot, (t) => ({ ...t, error }));
    }
    const seconds = (performance.now() - started) / 1000;
    last((turn) => ({ ...turn, open: false, facts: first ? `first after ${figure(Math.round(first))} ms, ${figure(tokens / seconds)} pieces/s` : '' }));
  };

  const send = async (event) => {
    event?.preventDefault();
    const content = text.trim();
    if (!content || busy || chosen.length === 0) return;
    setText('');
    setBusy(true);
    abort.current = new AbortController();
    await Promise.all(chosen.map((model, slot) => answerOf(slot, model, [...(talks[slot]?.turns ?? []), { role: 'user', content }], abort.current.signal)));
    setBusy(false);
  };

  const pick = (slot) => (event) => {
    const next = [...chosen];
    next[slot] = event.target.value;
    setParams({ models: next.join(',') });
  };

  return html`<${Page}
    wide
    title="Playground"
    actions=${html`
      <button type="button" disabled=${busy} onClick=${() => setTalks({})}>New talk</button>
      ${chosen.length < MODELS_MOST
        ? html`<button type="button" disabled=${chosen.length === 0} onClick=${() => setParams({ models: [...chosen, served.find((m) => !chosen.includes(m)) ?? chosen[0]].join(',') })}>Second model</button>`
        : html`<button type="button" onClick=${() => setParams({ models: chosen[0] })}>One model</button>`}`}
  >
    <${Load} of=${models}>${(data) =>
      chosen.length === 0
        ? html`<${Empty} command="./lyceum run start tiny">No model is served yet:</${Empty}>`
        : html`<div class="talks">${chosen.map((model, slot) => html`<section class="talk" key=${slot} aria-label=${`Talk with ${model}`}>
              <header><${ModelChoice} value=${model} items=${data.items} onChange=${pick(slot)} /></header>
              <div class="turns" tabindex="0" role="log" aria-label="Turns">
                ${(talks[slot]?.turns ?? []).map((turn, i) => html`<${Turn} key=${i} turn=${turn} />`)}
                ${!talks[slot]?.turns?.length && html`<p class="quiet">Say something. Answers come as they are made.</p>`}
              </div>
              <${Refusal} error=${talks[slot]?.error} />
            </section>`)}</div>
          <form class="compose" onSubmit=${send}>
            <textarea rows="2" aria-label="Message" placeholder="Message (Enter sends, Shift+Enter makes a line)" value=${text} onInput=${(e) => setText(e.target.value)} onKeyDown=${(e) => e.key === 'Enter' && !e.shiftKey && send(e)}></textarea>
            ${busy ? html`<button type="button" onClick=${() => abort.current?.abort()}>Stop</button>` : html`<button type="submit" class="primary" disabled=${!text.trim()}>Send</button>`}
          </form>
          <div class="knobs">
            <label>Temperature <input type="number" min="0" max="2" step="0.1" value=${knobs.temperature} onChange=${(e) => setKnobs({ ...knobs, temperature: Number(e.target.value) })} /></label>
            <label>Most tokens <input type="number" min="1" max="4096" value=${knobs.maxTokens} onChange=${(e) => setKnobs({ ...knobs, maxTokens: Number(e.target.value) })} /></label>
            <label><input type="checkbox" checked=${consent} onChange=${(e) => setConsent(e.target.checked)} /> What I say from now on may be kept, without personal data, to train the next model</label>
          </div>`}</${Load}>
  </${Page}>`;
}

function ModelChoice({ value, items, onChange }) {
  const [line] = value.split(':');
  const versions = useApi(`/models/${encodeURIComponent(line)}`);
  const choices = new Map(items.map((m) => [m.line, `${m.line} (champion${m.champion ? ` ${m.champion}` : ': none'})`]));
  for (const v of versions.data?.versions ?? []) choices.set(`${line}:${v.version}`, `${line} version ${v.version}`);
  if (!choices.has(value)) choices.set(value, value);
  return html`<select aria-label="Model" value=${value} onChange=${onChange}>${[...choices].map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}</select>`;
}

function Turn({ turn }) {
  const [given, setGiven] = useState('');
  const [edit, setEdit] = useState(null);
  const feedback = async (body, mark) => {
    try {
      await api.post('/playground/feedback', { requestId: turn.id, consent: turn.consent, ...body });
      setGiven(mark);
      setEdit(null);
      toast(turn.consent ? 'Thank you; it is kept for the next run.' : 'Thank you; the thumb is kept, the talk is not.');
    } catch (e) {
      toast(e.message, 'bad');
    }
  };
  if (turn.role === 'user') return html`<div class="turn user"><span class="who-says">you</span><span class="text">${turn.content}</span></div>`;
  return html`<div class="turn" aria-busy=${turn.open}>
    <span class="who-says">${turn.model}</span>
    <span class="text">${turn.open ? `${turn.content}▍` : turn.id ? answerText(turn.content) : ''}</span>
    ${!turn.open && html`<div class="turn-foot">
      ${may('rater') && html`<button type="button" class=${`bare ${given === 'up' ? 'on' : ''}`} aria-label="Good answer" aria-pressed=${given === 'up'} disabled=${!turn.id} onClick=${() => feedback({ rating: 'UP' }, 'up')}><${Icon} name="up" /></button>
      <button type="button" class=${`bare ${given === 'down' ? 'on' : ''}`} aria-label="Bad answer" aria-pressed=${given === 'down'} disabled=${!turn.id} onClick=${() => feedback({ rating: 'DOWN' }, 'down')}><${Icon} name="down" /></button>
      <button type="button" class="bare small" disabled=${!turn.id || !turn.consent} title=${turn.consent ? '' : 'A text is kept only of a talk that may be kept; the box below says so.'} onClick=${() => setEdit(edit === null ? { text: turn.content, comment: '' } : null)}>Better answer…</button>`}
      <small>${turn.facts}</small>
    </div>`}
    ${edit !== null && html`<form onSubmit=${(e) => { e.preventDefault(); feedback({ rating: 'DOWN', edit: edit.text, ...(edit.comment ? { comment: edit.comment } : {}) }, 'down'); }}>
      <textarea rows="3" aria-label="Better answer" value=${edit.text} onInput=${(e) => setEdit({ ...edit, text: e.target.value })}></textarea>
      <input aria-label="Comment" placeholder="Comment (optional)" value=${edit.comment} onInput=${(e) => setEdit({ ...edit, comment: e.target.value })} />
      <button type="submit" class="small">Send the better answer</button></form>`}
  </div>`;
}
