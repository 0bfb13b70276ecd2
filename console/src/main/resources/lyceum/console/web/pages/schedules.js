/** Runs that start by themselves. */
import { html, useState } from '../core/lib.js';
import { api, useApi } from '../core/api.js';
import { may, toast } from '../core/store.js';
import { Ask, Dialog, Empty, Facts, Load, Page, State, Table, Time } from '../core/ui.js';
import { count, timeZone } from '../core/format.js';

const OVERLAP = {
  SKIP: 'skipped while one runs',
  BUFFER_ONE: 'one waits',
  BUFFER_ALL: 'all wait',
  CANCEL_OTHER: 'cancel the one that runs',
  TERMINATE_OTHER: 'terminate the one that runs',
  ALLOW_ALL: 'side by side',
};
const KINDS = { RUN: 'a run of the recipe', CURATION: 'curation of feedback' };

export default function Schedules() {
  const answer = useApi('/schedules', { every: 15_000 });
  const [ask, setAsk] = useState(null);
  const act = (s, verb, body = {}) => async () => {
    await api.post(`/schedules/${encodeURIComponent(s.id)}:${verb}`, body);
    toast(`${s.name}: ${verb} done.`);
    answer.reload();
  };
  const now = (s, verb) => () => act(s, verb)().catch((e) => toast(e.message, 'bad'));
  return html`<${Page} wide title="Schedules" lead=${`Runs that start by the clock, by a new data set, a moved alias or a webhook. Times are shown in ${timeZone}.`} actions=${may('operator') && html`<button type="button" class="primary" onClick=${() => setAsk({ verb: 'new' })}>New schedule</button>`}>
    <${Load} of=${answer}>${(data) =>
      data.items.length === 0
        ? html`<${Empty}>No schedule. <strong>New schedule</strong> makes one.</${Empty}>`
        : html`<${Table} caption="Schedules" rows=${data.items} keyOf=${(s) => s.id} columns=${[
            { name: 'Name', cell: (s) => html`<strong>${s.name}</strong>${s.note && html`<br /><small>${s.note}</small>`}` },
            { name: 'State', cell: (s) => html`<${State} of=${s.paused ? 'PAUSED' : 'ACTIVE'} />` },
            { name: 'Starts', cell: (s) => (s.kind === 'CURATION' ? html`curation of <a class="mono" href=${`/models/${encodeURIComponent(s.modelLine)}`}>${s.modelLine}</a>` : s.recipe) },
            { name: 'When', cell: (s) => html`${s.when}<br /><small>${OVERLAP[s.overlap] ?? s.overlap}</small>` },
            { name: 'Next', num: true, cell: (s) => (s.paused || s.next.length === 0 ? '–' : html`<${Time} at=${s.next[0]} />`) },
            { name: 'Starts so far', cell: (s) => html`${s.recent.slice(-3).map((r) => html`<div key=${r.workflowId}>${r.runId ? html`<a class="mono" href=${`/runs/${encodeURIComponent(r.runId)}`}>${r.runId}</a>` : html`<${Time} at=${r.time} />`}</div>`)}<small>${count(s.starts)}${s.skipped ? `, ${count(s.skipped)} skipped` : ''}${s.missed ? `, ${count(s.missed)} missed` : ''}</small>` },
            { name: 'Do', head: html`<span class="visually-hidden">Actions</span>`, cell: (s) => may('operator') && html`<span class="pills">
                <button type="button" class="small" onClick=${now(s, 'trigger')}>Run now</button>
                <button type="button" class="small" onClick=${now(s, s.paused ? 'unpause' : 'pause')}>${s.paused ? 'Go on' : 'Pause'}</button>
                ${!s.on && html`<button type="button" class="small" onClick=${() => setAsk({ verb: 'change', s })}>Change…</button>
                <button type="button" class="small" onClick=${() => setAsk({ verb: 'backfill', s })}>Backfill…</button>`}
                ${s.on === `webhook:${s.name}` && html`<button type="button" class="small" onClick=${() => setAsk({ verb: 'secret', s })}>Webhook…</button>`}
                <button type="button" class="small" onClick=${() => setAsk({ verb: 'delete', s })}>Delete…</button></span>` },
          ]} />`}</${Load}>
    ${ask?.verb === 'new' && html`<${New} onClose=${() => setAsk(null)} reload=${answer.reload} />`}
    ${ask?.verb === 'change' && html`<${Change} s=${ask.s} onClose=${() => setAsk(null)} reload=${answer.reload} />`}
    ${ask?.verb === 'secret' && html`<${Secret} s=${ask.s} onClose=${() => setAsk(null)} />`}
    ${ask?.verb === 'backfill' && html`<${Backfill} s=${ask.s} act=${act} onClose=${() => setAsk(null)} />`}
    ${ask?.verb === 'delete' && html`<${Ask} title=${`Delete ${ask.s.name}`} text="Runs that it started stay." action="Delete" danger onClose=${() => setAsk(null)} run=${async () => { await api.delete(`/schedules/${encodeURIComponent(ask.s.id)}`); toast(`${ask.s.name} is gone.`); answer.reload(); }} />`}
  </${Page}>`;
}

const NAME = { pattern: '[a-z0-9][a-z0-9\\-]*', title: 'Small letters, digits and hyphens' };

function New({ onClose, reload }) {
  const recipes = useApi('/recipes');
  const models = useApi('/models');
  const [v, setV] = useState({ name: '', kind: 'RUN', recipe: '', modelLine: '', when: 'cron', cron: '0 2 * * *', every: 86400, on: 'webhook', timeZone, overlap: 'SKIP', set: '{}', note: '' });
  const field = (name) => ({ value: v[name], onInput: (e) => setV({ ...v, [name]: e.target.value }) });
  const choice = (name) => ({ value: v[name], onChange: (e) => setV({ ...v, [name]: e.target.value }) });
  const run = v.kind === 'RUN';
  return html`<${Ask} title="New schedule" action="Make it" onClose=${onClose}
    run=${async () => {
      await api.post('/schedules', {
        name: v.name,
        kind: v.kind,
        overlap: v.overlap,
        note: v.note,
        ...(run ? { recipe: v.recipe, set: JSON.parse(v.set) } : { modelLine: v.modelLine }),
        ...(v.when === 'cron' ? { cron: v.cron, timeZone: v.timeZone } : v.when === 'every' ? { every: Number(v.every) } : v.when === 'on' ? { on: v.on } : {}),
      });
      toast(`${v.name} is scheduled.`);
      reload();
    }}>
    <label class="field"><span>Name</span><input required ...${NAME} ...${field('name')} /></label>
    <label class="field"><span>Starts</span><select ...${choice('kind')}>${Object.entries(KINDS).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
    ${run
      ? html`<label class="field"><span>Recipe</span><select required ...${choice('recipe')}><option value="">Choose…</option>${(recipes.data?.items ?? []).map((r) => html`<option key=${r.name}>${r.name}</option>`)}</select></label>`
      : html`<label class="field"><span>Model line</span><select required ...${choice('modelLine')}><option value="">Choose…</option>${(models.data?.items ?? []).map((m) => html`<option key=${m.line}>${m.line}</option>`)}</select></label>`}
    <label class="field"><span>When</span><select ...${choice('when')}><option value="cron">Cron</option><option value="every">Every so many seconds</option><option value="on">When something happens</option><option value="hand">By hand alone</option></select></label>
    ${v.when === 'on' && html`<label class="field"><span>On</span><input class="mono" required ...${field('on')} /><small>webhook, dataset:NAME or alias:LINE/champion</small></label>`}
    ${v.when === 'cron' && html`<${Cron} field=${field} />`}
    ${v.when === 'every' && html`<label class="field"><span>Seconds</span><input type="number" min="60" required ...${field('every')} /></label>`}
    <label class="field"><span>While one still runs</span><select ...${choice('overlap')}>${Object.entries(OVERLAP).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
    ${run && html`<label class="field"><span>Changed settings <small>JSON, by path</small></span><textarea rows="2" class="mono" ...${field('set')}></textarea></label>`}
    <label class="field"><span>Note <small>optional</small></span><input ...${field('note')} /></label>
  </${Ask}>`;
}

function Cron({ field }) {
  return html`<label class="field"><span>Cron</span><input class="mono" required ...${field('cron')} /><small>minute hour day month weekday</small></label>
    <label class="field"><span>In the time zone</span><input required ...${field('timeZone')} /></label>`;
}

function Change({ s, onClose, reload }) {
  const [v, setV] = useState({ cron: s.cron ?? '', every: s.every ?? '', timeZone: s.timeZone || 'UTC', overlap: s.overlap, note: s.note });
  const field = (name) => ({ value: v[name], onInput: (e) => setV({ ...v, [name]: e.target.value }) });
  return html`<${Ask} title=${`Change ${s.name}`} text="What it starts stays; for that, make another." action="Change it" onClose=${onClose}
    run=${async () => {
      await api.patch(`/schedules/${encodeURIComponent(s.id)}`, { overlap: v.overlap, note: v.note, ...(s.cron ? { cron: v.cron, timeZone: v.timeZone } : s.every ? { every: Number(v.every) } : {}) });
      toast(`${s.name} is changed.`);
      reload();
    }}>
    ${s.cron && html`<${Cron} field=${field} />`}
    ${s.every && html`<label class="field"><span>Seconds</span><input type="number" min="60" required ...${field('every')} /></label>`}
    <label class="field"><span>While one still runs</span><select value=${v.overlap} onChange=${(e) => setV({ ...v, overlap: e.target.value })}>${Object.entries(OVERLAP).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
    <label class="field"><span>Note</span><input ...${field('note')} /></label>
  </${Ask}>`;
}

/** Who may start it from outside needs to know where and how to sign. */
function Secret({ s, onClose }) {
  const [told, setTold] = useState(null);
  return html`<${Dialog} title=${`Webhook of ${s.name}`} onClose=${onClose}>
    ${told
      ? html`<${Facts} items=${[['POST to', html`<code>${location.origin}${told.path}</code>`], ['Secret', html`<code>${told.secret}</code>`]]} />
          <p>Send <code>x-lyceum-signature: t=SECONDS,v1=HEX</code>, the HMAC-SHA-256 of <code>SECONDS.BODY</code> under the secret, no more than five minutes old, and <code>x-lyceum-delivery</code>, which tells one request from the next.</p>`
      : html`<p>Whoever has the secret can start this schedule. That you looked at it stands in the audit log.</p>`}
    <div class="dialog-foot"><button type="button" onClick=${onClose}>Close</button>
      ${!told && html`<button type="button" class="primary" onClick=${async () => { try { setTold(await api.post(`/schedules/${encodeURIComponent(s.id)}:secret`)); } catch (e) { toast(e.message, 'bad'); } }}>Show the secret</button>`}</div>
  </${Dialog}>`;
}

function Backfill({ s, act, onClose }) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  return html`<${Ask} title=${`Backfill ${s.name}`} text="Starts the runs that the schedule would have started between two moments." action="Backfill" onClose=${onClose} run=${() => act(s, 'backfill', { from: new Date(from).toISOString(), to: new Date(to).toISOString() })()}>
    <label class="field"><span>From (${timeZone})</span><input type="datetime-local" required value=${from} onInput=${(e) => setFrom(e.target.value)} /></label>
    <label class="field"><span>To (${timeZone})</span><input type="datetime-local" required value=${to} onInput=${(e) => setTo(e.target.value)} /></label>
  </${Ask}>`;
}
