/** Start a run: a recipe, what is changed in it, what it will cost, then go. */
import { html, useEffect, useMemo, useState } from '../core/lib.js';
import { api, useApi } from '../core/api.js';
import { navigate, setParams } from '../core/router.js';
import { toast } from '../core/store.js';
import { RecipeForm } from '../core/form.js';
import { Diff, differences } from '../core/report.js';
import { Empty, Load, Page, Refusal, State, useSettled } from '../core/ui.js';
import { bytes, capital, duration, setting } from '../core/format.js';

export default function Start({ params }) {
  const recipes = useApi('/recipes');
  const schema = useApi('/recipes/schema');
  const names = recipes.data?.items?.map((r) => r.name) ?? [];
  const name = params.get('recipe') || (names.includes('tiny') ? 'tiny' : names[0]) || '';
  const recipe = useApi(name ? `/recipes/${encodeURIComponent(name)}` : null);
  const last = useApi(name ? `/runs?recipe=${encodeURIComponent(name)}&pageSize=1` : null);
  const lastId = last.data?.items?.[0]?.id;
  const lastSettings = useApi(lastId ? `/runs/${encodeURIComponent(lastId)}/settings` : null);
  const [set, setSet] = useState({});
  const [fresh, setFresh] = useState(false);
  const [find, setFind] = useState('');
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => setSet({}), [name]);
  const change = (path, value) =>
    setSet((old) => {
      const next = { ...old };
      if (value === undefined) delete next[path];
      else next[path] = value;
      return next;
    });
  const settled = useSettled(JSON.stringify({ name, set, fresh }), 500);
  const check = useCheck(settled);
  const after = useMemo(() => changed(recipe.data?.recipe, set), [recipe.data, set]);
  const start = async () => {
    setBusy(true);
    setError(null);
    try {
      const made = await api.post('/runs', { recipe: name, set, fresh });
      toast(`Started ${made?.id ?? 'the run'}.`);
      navigate(made?.id ? `/runs/${encodeURIComponent(made.id)}` : '/runs');
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  const wrong = check.errors.length > 0;
  return html`<${Page}
    wide
    title="Start a run"
    actions=${html`<button type="button" class="primary" disabled=${busy || !name || wrong || !recipe.data} onClick=${start}>${busy ? 'Starting…' : 'Start'}</button>`}
  >
    <${Load} of=${recipes}>${(data) =>
      data.items.length === 0
        ? html`<${Empty} command="./lyceum recipe list">No recipe. Recipes are files in <code>recipes/</code>.</${Empty}>`
        : html`<div class="split">
      <div>
        <div class="filters">
          <label><span>Recipe</span><select value=${name} onChange=${(e) => setParams({ recipe: e.target.value })}>${data.items.map((r) => html`<option key=${r.name} value=${r.name}>${r.name}</option>`)}</select></label>
          <label><span>Find a setting</span><input type="search" placeholder="learning rate, steps, …" value=${find} onInput=${(e) => setFind(e.target.value)} /></label>
        </div>
        <p class="section">${data.items.find((r) => r.name === name)?.description}</p>
        <${Refusal} error=${error} />
        <${Load} of=${schema}>${(s) => html`<${Load} of=${recipe}>${(r) => html`<${RecipeForm} key=${name} schema=${s} base=${r.recipe} set=${set} onSet=${change} find=${find} errors=${check.errors} />`}</${Load}>`}</${Load}>
      </div>
      <aside>
        <section class="panel" aria-label="Changed here">
          <h2>Changed here</h2>
          ${Object.keys(set).length === 0
            ? html`<p class="quiet">Nothing; the recipe runs as it is.</p>`
            : html`<ul class="diff">${Object.entries(set).map(([path, v]) => html`<li key=${path}><b>${path}</b><ins>${setting(v)}</ins> <button type="button" class="link" onClick=${() => change(path, undefined)}>take back</button></li>`)}</ul>`}
          <p><label class="check"><input type="checkbox" checked=${fresh} onChange=${(e) => setFresh(e.target.checked)} /><span>Run every stage, also those whose result is on hand</span></label></p>
        </section>
        <${PlanPanel} check=${check} />
        <section class="panel" aria-label="Against the last run">
          <h2>Against the last run</h2>
          ${!lastId
            ? html`<p class="quiet">No run of this recipe yet.</p>`
            : html`<p class="quiet"><a href=${`/runs/${encodeURIComponent(lastId)}`}>${lastId}</a></p>
              <${Load} of=${lastSettings} lines=${2}>${(s) => html`<${Diff} items=${differences(s.recipe, after)} empty="The same settings." />`}</${Load}>`}
        </section>
      </aside>
    </div>`}</${Load}>
  </${Page}>`;
}

/** What the server says of the recipe as changed: errors, or the plan. */
function useCheck(settled) {
  const [state, setState] = useState({ errors: [], plan: null, error: null, loading: false });
  useEffect(() => {
    const { name, set, fresh } = JSON.parse(settled);
    if (!name) return undefined;
    const abort = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    (async () => {
      try {
        const valid = await api.post('/recipes:validate', { recipe: name, set }, { signal: abort.signal });
        const errors = valid.errors ?? [];
        const plan = errors.length > 0 ? null : await api.post('/recipes:plan', { recipe: name, set, fresh }, { signal: abort.signal });
        setState({ errors, plan, error: null, loading: false });
      } catch (error) {
        if (error.name === 'AbortError') return;
        const fields = error.problem?.fieldErrors ?? [];
        setState({ errors: fields, plan: null, error: fields.length > 0 ? null : error, loading: false });
      }
    })();
    return () => abort.abort();
  }, [settled]);
  return state;
}

function PlanPanel({ check }) {
  const totals = check.plan?.totals;
  return html`<section class="panel" aria-label="Plan" aria-busy=${check.loading}>
    <h2>Plan ${check.loading ? html`<small>asking…</small>` : ''}</h2>
    <${Refusal} error=${check.error} />
    ${check.errors.length > 0 && html`<ul>${check.errors.map((e) => html`<li key=${e.path} class="bad"><code>${e.path}</code> ${e.message}</li>`)}</ul>`}
    ${check.plan &&
    html`<ol class="plan">
        ${check.plan.stages.map((s) => html`<li key=${s.stage}><span>${s.stage}</span><span><${State} of=${s.action} /></span><small>${s.seconds ? `${about(s.seconds)} · ` : ''}${s.memoryBytes ? `${bytes(s.memoryBytes)} · ` : ''}${s.reason}</small></li>`)}
      </ol>
      ${totals && html`<p><strong>${totals.seconds ? capital(about(totals.seconds)) : 'Time not known'}</strong>${totals.memoryBytes ? `, ${bytes(totals.memoryBytes)} of memory` : ''}${totals.diskBytes ? `, ${bytes(totals.diskBytes)} of disk` : ''}.</p>`}
      ${check.plan.warnings?.map((w) => html`<p class="wait" key=${w}>${w}</p>`)}`}
  </section>`;
}

const about = (seconds) => (seconds < 1 ? 'under 1 s' : `about ${duration(seconds)}`);

/** The recipe with changes in place. */
function changed(recipe, set) {
  if (!recipe) return {};
  const copy = structuredClone(recipe);
  for (const [path, value] of Object.entries(set)) {
    const keys = path.split('.');
    let node = copy;
    for (const key of keys.slice(0, -1)) node = node[key] ??= {};
    node[keys.at(-1)] = value;
  }
  return copy;
}
