/** Which of two answers is better: by keyboard, side by side. */
import { html, useCallback, useEffect, useState } from '../core/lib.js';
import { api, useApi } from '../core/api.js';
import { may, toast } from '../core/store.js';
import { Bar, Empty, Facts, Load, Page, Refusal, Section, Table, Time } from '../core/ui.js';
import { answerText, count, figure, percent } from '../core/format.js';

export default function Ranking({ id }) {
  return id ? html`<${Bench} id=${id} />` : html`<${Waiting} />`;
}

function Waiting() {
  const answer = useApi('/rankings', { every: 10_000 });
  return html`<${Page} title="Rank answers" lead="Runs whose alignment stage waits for people’s choices between two answers.">
    <${Load} of=${answer}>${(data) =>
      data.items.length === 0
        ? html`<${Empty} command="./lyceum run start tiny --set alignment.rater=PEOPLE">No run waits for rankings. A recipe asks for them with <code>alignment.rater: PEOPLE</code>:</${Empty}>`
        : html`<ul class="cards">${data.items.map((r) => html`<li class="card" key=${r.runId}>
            <a class="card-main" href=${`/rankings/${encodeURIComponent(r.runId)}`}><strong class="mono">${r.runId}</strong><span class="quiet">${r.recipe} → ${r.modelLine}</span></a>
            <div class="card-facts"><span>${count(r.ranked)} of ${count(r.needed)} ranked, ${count(r.pairs)} pairs</span>${r.deadline && html`<span class="quiet">until <${Time} at=${r.deadline} /></span>`}</div>
            <${Bar} kind="accent" value=${r.ranked / (r.needed || 1)} label="Ranked" />
            <a class="button primary" href=${`/rankings/${encodeURIComponent(r.runId)}`}>Rank</a>
          </li>`)}</ul>`}</${Load}>
  </${Page}>`;
}

const KEYS = { ArrowLeft: 'LEFT', ArrowRight: 'RIGHT', ArrowDown: 'TIE', 1: 'LEFT', 2: 'RIGHT', 0: 'TIE' };

function Bench({ id }) {
  const path = `/rankings/${encodeURIComponent(id)}`;
  const [pair, setPair] = useState(undefined);
  const [taken, setTaken] = useState('');
  const [error, setError] = useState(null);
  const agreement = useApi(`${path}/agreement`, { every: 15_000 });
  const next = useCallback(async () => {
    setError(null);
    try {
      setPair(await api.get(`${path}/next`));
      setTaken('');
    } catch (e) {
      // Enough pairs are ranked and the stage went on.
      if (e.problem?.status === 409) setPair(null);
      else setError(e);
    }
  }, [path]);
  useEffect(() => {
    next();
  }, [next]);
  const choose = useCallback(
    async (preference) => {
      if (!pair || taken) return;
      setTaken(preference);
      setError(null);
      try {
        const standing = await api.post(path, { pairId: pair.pairId, preference });
        // With the last one that was needed the stage goes on and takes no more.
        if (standing && (standing.open === false || standing.ranked >= standing.needed)) setPair(null);
        else await next();
        agreement.reload();
      } catch (e) {
        setError(e);
        setTaken('');
      }
    },
    [pair, taken, path, next, agreement.reload],
  );
  useEffect(() => {
    const press = (e) => {
      if (!KEYS[e.key] || e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.('input, textarea, select, dialog')) return;
      e.preventDefault();
      choose(KEYS[e.key]);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [choose]);
  useEffect(() => {
    if (pair === null) toast('Nothing is left to rank here.');
  }, [pair]);
  const total = pair?.needed ?? pair?.total;
  return html`<${Page} wide title="Rank answers" lead=${html`<a href=${`/runs/${encodeURIComponent(id)}`}>${id}</a>`}>
    <${Refusal} error=${error} again=${next} />
    ${pair === null && html`<${Empty}>Nothing left to rank for you in this run. <a href=${`/runs/${encodeURIComponent(id)}`}>See how it goes on</a></${Empty}>`}
    ${pair &&
    html`<div class="bench"><p class="quiet">Pair ${count(pair.index)} of ${count(pair.total)}${pair.ranked !== undefined ? ` · ${count(pair.ranked)} of ${count(total)} needed are ranked` : ''}</p>
      <${Bar} kind="accent" value=${(pair.ranked ?? pair.index) / (total || 1)} label="Ranked" />
      <${Prompt} of=${pair.prompt} />
      <div class="versus">
        ${[['LEFT', 'Left', '←', pair.left], ['RIGHT', 'Right', '→', pair.right]].map(
          ([preference, name, key, text]) => html`<button type="button" key=${preference} class=${`answer ${taken === preference ? 'taken' : ''}`} disabled=${!!taken || !may('rater')} aria-label=${`${name} is better`} onClick=${() => choose(preference)}>
            <span>${name} <kbd>${key}</kbd></span><span class="text">${answerText(text)}</span>
          </button>`,
        )}
      </div>
      <div class="between"><button type="button" disabled=${!!taken || !may('rater')} onClick=${() => choose('TIE')}>Neither is better <kbd>↓</kbd></button></div></div>`}
    <${Section} title="Raters">
      <${Load} of=${agreement} lines=${2}>${(data) => html`
        <${Facts} items=${[
          ['Pairs', count(data.pairs)],
          data.ranked !== undefined && ['Ranked', `${count(data.ranked)} of ${count(data.needed)} needed`],
          data.overlapping !== undefined && ['Ranked by two or more', count(data.overlapping)],
          data.overlapping !== undefined && ['Same choice', data.agreement === null || data.agreement === undefined ? 'no overlap yet' : percent(data.agreement)],
          data.alpha !== null && data.alpha !== undefined && ["Krippendorff's alpha", html`<span title="1: all choose the same; 0: no more than by chance">${figure(data.alpha)}</span>`],
        ]} />
        ${data.raters?.length > 0 && html`<${Table} caption="Raters" rows=${data.raters} keyOf=${(r) => r.user} columns=${[{ name: 'Rater', cell: (r) => r.user }, { name: 'Ranked', num: true, cell: (r) => count(r.ranked) }]} />`}`}</${Load}>
    </${Section}>
  </${Page}>`;
}

/** A prompt is text or turns of a conversation. */
function Prompt({ of }) {
  const turns = Array.isArray(of) ? of : [{ role: 'prompt', content: String(of ?? '') }];
  return html`<div class="prompt section">${turns.map((t, i) => html`<p key=${i}><b>${t.role}</b><span class="text">${t.content}</span></p>`)}</div>`;
}
