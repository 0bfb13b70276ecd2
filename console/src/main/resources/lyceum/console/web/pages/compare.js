/** Runs laid over each other. */
import { html, useState } from '../core/lib.js';
import { useApi } from '../core/api.js';
import { setParams } from '../core/router.js';
import { Curves } from '../core/curves.js';
import { Evaluation } from '../core/report.js';
import { Download, Empty, Load, Page, Section, State, Table, Time, Took } from '../core/ui.js';
import { setting } from '../core/format.js';

export default function Compare({ params }) {
  const ids = (params.get('ids') ?? '').split(',').filter(Boolean);
  const known = useApi('/runs?pageSize=50');
  const answer = useApi(ids.length > 1 ? `/runs:compare?ids=${ids.map(encodeURIComponent).join(',')}` : null);
  const [only, setOnly] = useState(true);
  const put = (next) => setParams({ ids: next.join(',') });
  const rest = (known.data?.items ?? []).filter((r) => !ids.includes(r.id));
  return html`<${Page} wide title="Compare runs">
    <div class="filters">
      <span class="pills">${ids.map((id, i) => html`<span class="state" key=${id}><i class=${`swatch s${i % 6}`}></i><a href=${`/runs/${encodeURIComponent(id)}`}>${id}</a><button type="button" class="bare" aria-label=${`Without ${id}`} onClick=${() => put(ids.filter((x) => x !== id))}>×</button></span>`)}</span>
      ${ids.length < 6 && html`<label><span class="visually-hidden">Add a run</span><select value="" onChange=${(e) => e.target.value && put([...ids, e.target.value])}><option value="">Add a run…</option>${rest.map((r) => html`<option key=${r.id} value=${r.id}>${r.id} (${r.recipe})</option>`)}</select></label>`}
    </div>
    ${ids.length < 2
      ? html`<${Empty} command="./lyceum eval compare">Choose two runs or more. In a terminal:</${Empty}>`
      : html`<${Load} of=${answer}>${(data) => html`
        <${Section} title="Runs">
          <${Table} caption="Runs" rows=${data.runs} keyOf=${(r) => r.id} columns=${[
            { name: 'Run', cell: (r) => html`<i class=${`swatch s${data.runs.indexOf(r) % 6}`}></i>${LETTERS[data.runs.indexOf(r)]} <a class="mono" href=${`/runs/${encodeURIComponent(r.id)}`}>${r.id}</a>` },
            { name: 'State', cell: (r) => html`<${State} of=${r.state} />` },
            { name: 'Recipe', cell: (r) => r.recipe },
            { name: 'By', cell: (r) => r.requestedBy },
            { name: 'Started', num: true, cell: (r) => html`<${Time} at=${r.started} />` },
            { name: 'Took', num: true, cell: (r) => html`<${Took} from=${r.started} to=${r.ended} />` },
          ]} />
        </${Section}>
        <${Section} title="Evaluation"><${Evaluation} report=${lettered(data)} /></${Section}>
        <${Section} title="Settings that differ" actions=${data.settingsDiff.length > 0 && html`<${Download} name="settings.csv" text=${() => csv(data)}>Save as CSV</${Download}>`}>
          ${data.settingsDiff.length === 0 ? html`<p class="quiet">No setting differs.</p>` : html`<${Table} caption="Settings that differ" rows=${data.settingsDiff} keyOf=${(d) => d.path} columns=${[
            { name: 'Setting', cell: (d) => html`<code>${d.path}</code>` },
            ...data.runs.map((r, i) => ({ name: r.id, head: r.id, cell: (d) => setting(d.values[i]) })),
          ]} />`}
        </${Section}>
        <${Section} title="Curves" actions=${html`<label class="check"><input type="checkbox" checked=${only} onChange=${(e) => setOnly(e.target.checked)} /><span>Only what all have</span></label>`}>
          <${Curves} series=${only ? common(data.series, data.runs.length) : data.series} />
        </${Section}>`}</${Load}>`}
  </${Page}>`;
}

const LETTERS = 'ABCDEF';

/** Models named by their run's letter: six long ids side by side are a page wide. */
function lettered({ runs, evaluation }) {
  const short = (model) => {
    const at = runs.findIndex((r) => model.startsWith(r.id));
    return at < 0 ? model : `${LETTERS[at]} ${model.slice(runs[at].id.length).trim()}`.trim();
  };
  return { ...evaluation, models: evaluation.models.map(short) };
}

function common(series, runs) {
  const seen = new Map();
  for (const s of series) {
    const id = `${s.stage} ${s.key}`;
    if (!seen.has(id)) seen.set(id, new Set());
    seen.get(id).add(s.run);
  }
  return series.filter((s) => seen.get(`${s.stage} ${s.key}`).size === runs);
}

function csv(data) {
  const cell = (v) => `"${setting(v).replaceAll('"', '""')}"`;
  return [['setting', ...data.runs.map((r) => r.id)].map(cell).join(','), ...data.settingsDiff.map((d) => [d.path, ...d.values].map(cell).join(','))].join('\n');
}
