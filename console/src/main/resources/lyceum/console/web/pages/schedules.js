/** Runs that start by themselves. */
import { html, useState } from '../core/lib.js';
import { api, useApi } from '../core/api.js';
import { may, toast } from '../core/store.js';
import { Ask, Empty, Load, Page, State, Table, Time } from '../core/ui.js';
import { duration, timeZone } from '../core/format.js';

const OVERLAP = {
  SKIP: 'skip while one runs',
  BUFFER_ONE: 'one waits',
  BUFFER_ALL: 'all wait',
  CANCEL_OTHER: 'cancel the one that runs',
  TERMINATE_OTHER: 'terminate the one that runs',
  ALLOW_ALL: 'side by side',
};
const KINDS = { RUN: 'a run of the recipe', CURATION: 'curation of feedback' };

/** What starts it, in words. */
const trigger = (s) => s.cron ?? (s.every ? `every ${typeof s.every === 'number' ? duration(s.every) : s.every}` : s.on ? `on ${s.on}` : '');

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
            { name: 'Starts', cell: (s) => (s.kind === 'CURATION' ? KINDS.CURATION : s.recipe) },
            { name: 'When', cell: (s) => html`<code>${trigger(s)}</code>` },
            { name: 'Overlap', cell: (s) => OVERLAP[s.overlap] ?? s.overlap },
            { name: 'Next', num: true, cell: (s) => (s.paused ? '–' : html`<${Time} at=${(s.next ?? s.nextRuns)?.[0]} />`) },
            { name: 'Last runs', cell: (s) => (s.recent ?? s.recentRuns ?? []).slice(-3).map((r) => html`<div key=${r.runId}><a class="mono" href=${`/runs/${encodeURIComponent(r.runId)}`}>${r.runId}</a></div>`) },
            { name: 'Do', head: html`<span class="visually-hidden">Actions</span>`, cell: (s) => may('operator') && html`<span class="pills">
                <button type="button" class="small" onClick=${now(s, 'trigger')}>Run now</button>
                <button type="button" class="small" onClick=${now(s, s.paused ? 'unpause' : 'pause')}>${s.paused ? 'Go on' : 'Pause'}</button>
                <button type="button" class="small" onClick=${() => setAsk({ verb: 'backfill', s })}>Backfill…</button>
                <button type="button" class="small" onClick=${() => setAsk({ verb: 'delete', s })}>Delete…</button></span>` },
          ]} />`}</${Load}>
    ${ask?.verb === 'new' && html`<${New} onClose=${() => setAsk(null)} reload=${answer.reload} />`}
    ${ask?.verb === 'backfill' && html`<${Backfill} s=${ask.s} act=${act} onClose=${() => setAsk(null)} />`}
    ${ask?.verb === 'delete' && html`<${Ask} title=${`Delete ${ask.s.name}`} text="Runs that it started stay." action="Delete" danger onClose=${() => setAsk(null)} run=${async () => { await api.delete(`/schedules/${encodeURIComponent(ask.s.id)}`); toast(`${ask.s.name} is gone.`); answer.reload(); }} />`}
  </${Page}>`;
}

function New({ onClose, reload }) {
  const recipes = useApi('/recipes');
  const [v, setV] = useState({ name: '', recipe: '', kind: 'RUN', when: 'cron', cron: '0 2 * * *', every: 86400, on: 'webhook', overlap: 'SKIP', set: '{}' });
  const field = (name) => ({ value: v[name], onInput: (e) => setV({ ...v, [name]: e.target.value }) });
  return html`<${Ask} title="New schedule" action="Make it" onClose=${onClose}
    run=${async () => {
      await api.post('/schedules', {
        name: v.name,
        kind: v.kind,
        recipe: v.recipe,
        overlap: v.overlap,
        set: JSON.parse(v.set),
        [v.when]: v.when === 'every' ? Number(v.every) : v[v.when],
      });
      toast(`${v.name} is scheduled.`);
      reload();
    }}>
    <label class="field"><span>Name</span><input required pattern="[a-z0-9-]+" title="Small letters, digits and hyphens" ...${field('name')} /></label>
    <label class="field"><span>Recipe</span><select required value=${v.recipe} onChange=${(e) => setV({ ...v, recipe: e.target.value })}><option value="">Choose…</option>${(recipes.data?.items ?? []).map((r) => html`<option key=${r.name}>${r.name}</option>`)}</select></label>
    <label class="field"><span>Starts</span><select value=${v.kind} onChange=${(e) => setV({ ...v, kind: e.target.value })}>${Object.entries(KINDS).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
    <label class="field"><span>When</span><select value=${v.when} onChange=${(e) => setV({ ...v, when: e.target.value })}><option value="cron">Cron</option><option value="every">Every so many seconds</option><option value="on">When something happens</option></select></label>
    ${v.when === 'on' ? html`<label class="field"><span>On</span><input class="mono" required ...${field('on')} /><small>webhook, dataset:NAME or alias:LINE/ALIAS</small></label>` : v.when === 'cron' ? html`<label class="field"><span>Cron (UTC)</span><input class="mono" required ...${field('cron')} /><small>minute hour day month weekday</small></label>` : html`<label class="field"><span>Seconds</span><input type="number" min="60" required ...${field('every')} /></label>`}
    <label class="field"><span>While one still runs</span><select value=${v.overlap} onChange=${(e) => setV({ ...v, overlap: e.target.value })}>${Object.entries(OVERLAP).map(([id, name]) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
    <label class="field"><span>Changed settings <small>JSON, by path</small></span><textarea rows="2" class="mono" ...${field('set')}></textarea></label>
  </${Ask}>`;
}

function Backfill({ s, act, onClose }) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  return html`<${Ask} title=${`Backfill ${s.name}`} text="Starts the runs that the schedule would have started between two moments." action="Backfill" onClose=${onClose} run=${() => act(s, 'backfill', { from: new Date(from).toISOString(), to: new Date(to).toISOString() })()}>
    <label class="field"><span>From (${timeZone})</span><input type="datetime-local" required value=${from} onInput=${(e) => setFrom(e.target.value)} /></label>
    <label class="field"><span>To (${timeZone})</span><input type="datetime-local" required value=${to} onInput=${(e) => setTo(e.target.value)} /></label>
  </${Ask}>`;
}
