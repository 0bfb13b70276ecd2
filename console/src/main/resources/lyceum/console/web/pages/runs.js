/** All runs, filtered by what stands in the address. */
import { html, useEffect, useState } from '../core/lib.js';
import { query, useApi, useList } from '../core/api.js';
import { navigate, setParams } from '../core/router.js';
import { may } from '../core/store.js';
import { Download, Empty, More, Page, Refusal, State, Table, Time, Took, useSettled } from '../core/ui.js';
import { capital, words } from '../core/format.js';

const STATES = ['RUNNING', 'WAITING', 'PAUSED', 'SUCCEEDED', 'FAILED', 'CANCELLED'];
const FILTERS = ['state', 'recipe', 'line', 'user', 'q', 'from', 'to'];

function csv(rows) {
  const head = ['id', 'recipe', 'modelLine', 'requestedBy', 'state', 'stage', 'started', 'ended'];
  const cell = (v) => `"${String(v ?? '').replaceAll('"', '""')}"`;
  return [head.join(','), ...rows.map((r) => head.map((h) => cell(r[h])).join(','))].join('\n');
}

export default function Runs({ params }) {
  const filters = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? '']));
  const list = useList(query('/runs', { ...filters, pageSize: 50 }), { every: 10_000 });
  const recipes = useApi('/recipes');
  const [text, setText] = useState(filters.q);
  const settled = useSettled(text);
  const [chosen, setChosen] = useState(new Set());
  useEffect(() => {
    if (settled !== filters.q) setParams({ q: settled });
  }, [settled]);
  const filtered = FILTERS.some((name) => filters[name]);
  const choose = (id) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const pick = (name) => (event) => setParams({ [name]: event.target.value });
  const columns = [
    {
      name: 'Pick',
      minor: true,
      head: html`<span class="visually-hidden">Pick</span>`,
      cell: (r) => html`<input type="checkbox" aria-label=${`Compare ${r.id}`} checked=${chosen.has(r.id)} onChange=${() => choose(r.id)} />`,
    },
    { name: 'Run', cell: (r) => html`<a class="mono" href=${`/runs/${encodeURIComponent(r.id)}`}>${r.id}</a>` },
    { name: 'State', cell: (r) => html`<${State} of=${r.state} />` },
    { name: 'Stage', cell: (r) => (r.state === 'SUCCEEDED' ? '' : r.stage) },
    { name: 'Recipe', head: 'Recipe, model line', cell: (r) => html`${r.recipe}<br /><small><a href=${`/models/${encodeURIComponent(r.modelLine)}`}>${r.modelLine}</a></small>` },
    { name: 'By', minor: true, cell: (r) => r.requestedBy },
    { name: 'Started', num: true, cell: (r) => html`<${Time} at=${r.started} />` },
    { name: 'Took', num: true, cell: (r) => html`<${Took} from=${r.started} to=${r.ended} />` },
  ];
  return html`<${Page}
    wide
    title="Runs"
    actions=${html`
      <button type="button" disabled=${chosen.size < 2} onClick=${() => navigate(`/compare?ids=${[...chosen].map(encodeURIComponent).join(',')}`)}>
        Compare ${chosen.size > 0 ? chosen.size : ''}
      </button>
      ${may('operator') && html`<a class="button primary" href="/start">Start a run</a>`}
    `}
  >
    <form class="filters" role="search" onSubmit=${(e) => e.preventDefault()}>
      <label><span>Search</span><input type="search" placeholder="Id or part of it" value=${text} onInput=${(e) => setText(e.target.value)} /></label>
      <label><span>State</span>
        <select value=${filters.state} onChange=${pick('state')}>
          <option value="">All</option>
          ${STATES.map((s) => html`<option key=${s} value=${s}>${capital(words(s))}</option>`)}
        </select></label>
      <label><span>Recipe</span>
        <select value=${filters.recipe} onChange=${pick('recipe')}>
          <option value="">All</option>
          ${[...new Set([...(recipes.data?.items ?? []).map((r) => r.name), filters.recipe].filter(Boolean))].map((r) => html`<option key=${r} value=${r}>${r}</option>`)}
        </select></label>
      <label><span>Model line</span><input value=${filters.line} onChange=${pick('line')} /></label>
      <label><span>By</span><input value=${filters.user} onChange=${pick('user')} /></label>
      <label><span>From</span><input type="date" value=${filters.from} onChange=${pick('from')} /></label>
      <label><span>To</span><input type="date" value=${filters.to} onChange=${pick('to')} /></label>
      ${filtered && html`<button type="button" class="small" onClick=${() => { setText(''); navigate('/runs'); }}>Clear</button>`}
    </form>
    <${Refusal} error=${list.error} again=${list.reload} />
    ${list.items?.length === 0 &&
    (filtered
      ? html`<${Empty}>No run fits the filter.</${Empty}>`
      : html`<${Empty} command="./lyceum run start tiny">No run yet. This starts the smallest recipe that learns something:</${Empty}>`)}
    ${list.items?.length > 0 &&
    html`<${Table} columns=${columns} rows=${list.items} keyOf=${(r) => r.id} caption="Runs, newest first" />
      <div class="table-foot"><${More} list=${list} /><${Download} name="runs.csv" text=${() => csv(list.items)}>Save as CSV</${Download}></div>`}
  </${Page}>`;
}
