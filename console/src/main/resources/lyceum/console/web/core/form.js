/** A form from the recipe's JSON Schema: every setting with its type, range and meaning. */
import { html, useState } from './lib.js';
import { capital, setting } from './format.js';

const resolve = (schema, root) => (schema.$ref ? root.$defs?.[schema.$ref.split('/').at(-1)] ?? {} : schema);
const typeOf = (schema) => (Array.isArray(schema.type) ? schema.type.find((t) => t !== 'null') : schema.type) ?? (schema.properties ? 'object' : schema.enum ? 'string' : 'any');
const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
const at = (tree, path) => path.split('.').reduce((node, key) => node?.[key], tree);

/** pretraining.checkpointEvery → Checkpoint every */
const title = (name) => capital(name.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`));

/**
 * @param base the recipe as it is, with its defaults
 * @param set what was changed, by path
 * @param onSet takes a path and a value; undefined takes the change back
 * @param find shows only settings whose name or meaning has the text
 */
export function RecipeForm({ schema, base, set, onSet, find, errors }) {
  const groups = Object.entries(schema.properties ?? {}).map(([name, s]) => [name, resolve(s, schema)]);
  const plain = groups.filter(([, s]) => typeOf(s) !== 'object');
  const nested = groups.filter(([, s]) => typeOf(s) === 'object');
  return html`<div>
    <${Group} name="recipe" label="Recipe" entries=${leaves(plain, '', schema)} base=${base} set=${set} onSet=${onSet} find=${find} errors=${errors} />
    ${nested.map(([name, s]) => html`<${Group} key=${name} name=${name} label=${title(name)} help=${s.description} entries=${leaves(Object.entries(s.properties ?? {}), name, schema)} base=${base} set=${set} onSet=${onSet} find=${find} errors=${errors} />`)}
  </div>`;
}

/** [[path, schema]…] of all settings below, in order; lists stay whole. */
function leaves(properties, path, root) {
  return properties.flatMap(([name, s]) => {
    const inner = resolve(s, root);
    const where = path ? `${path}.${name}` : name;
    return typeOf(inner) === 'object' && inner.properties ? leaves(Object.entries(inner.properties), where, root) : [[where, inner]];
  });
}

function Group({ name, label, help, entries, base, set, onSet, find, errors }) {
  const wanted = find.trim().toLowerCase();
  const shown = entries.filter(([path, s]) => !wanted || path.toLowerCase().includes(wanted) || (s.description ?? '').toLowerCase().includes(wanted));
  const changed = entries.filter(([path]) => path in set).length;
  const wrong = entries.filter(([path]) => errors.some((e) => e.path === path)).length;
  const [open, setOpen] = useState(false);
  if (shown.length === 0) return null;
  let group = '';
  return html`<details class="stage-form" open=${open || !!wanted || wrong > 0} onToggle=${(e) => setOpen(e.target.open)}>
    <summary>${label}<span>${wrong > 0 ? html`<b class="bad">${wrong} wrong</b> · ` : ''}${changed > 0 ? `${changed} changed · ` : ''}${entries.length} settings</span></summary>
    ${(open || !!wanted || wrong > 0) &&
    html`<div class="settings">
      ${help && !wanted && html`<small class="group-head">${help}</small>`}
      ${shown.flatMap(([path, s]) => {
        const parent = path.split('.').slice(0, -1).join('.');
        const head = parent !== group && parent !== name && parent !== '';
        group = parent;
        return [
          head && html`<h3 class="group-head" key=${`head ${parent}`}>${title(parent.split('.').slice(1).join(' · ') || parent)}</h3>`,
          html`<${Setting} key=${path} path=${path} schema=${s} base=${at(base, path)} set=${set} onSet=${onSet} error=${errors.find((e) => e.path === path)?.message} />`,
        ];
      })}
    </div>`}
  </details>`;
}

function Setting({ path, schema, base, set, onSet, error }) {
  const changed = path in set;
  const value = changed ? set[path] : base;
  const type = typeOf(schema);
  const label = title(path.split('.').at(-1));
  const id = `setting-${path}`;
  const change = (next) => onSet(path, same(next, base) ? undefined : next);
  const help = html`${schema.description && html`<small>${schema.description}</small>`}
    ${range(schema)}
    ${changed && html`<small>was ${setting(base)} <button type="button" class="link" onClick=${() => onSet(path, undefined)}>take back</button></small>`}
    ${error && html`<small class="bad" role="alert">${error}</small>`}`;
  const kind = `setting ${changed ? 'changed' : ''}`;
  if (type === 'boolean') {
    return html`<div class=${kind}><label class="label"><input type="checkbox" checked=${!!value} onChange=${(e) => change(e.target.checked)} /> ${label}</label>${help}</div>`;
  }
  if (schema.enum) {
    return html`<div class=${kind}><label for=${id}><span>${label}</span></label>
      <select id=${id} value=${value ?? ''} onChange=${(e) => change(e.target.value || null)}>${(value === null || value === undefined) && html`<option value=""></option>`}${schema.enum.filter((v) => v !== null).map((v) => html`<option key=${v} value=${v}>${v}</option>`)}</select>${help}</div>`;
  }
  if (type === 'integer' || type === 'number') {
    return html`<div class=${kind}><label for=${id}><span>${label}</span></label>
      <input id=${id} type="number" step=${type === 'integer' ? 1 : 'any'} min=${schema.minimum} max=${schema.maximum} value=${value ?? ''} onChange=${(e) => change(e.target.value === '' ? null : Number(e.target.value))} />${help}</div>`;
  }
  if (type === 'string') {
    return html`<div class=${kind}><label for=${id}><span>${label}</span></label><input id=${id} value=${value ?? ''} onChange=${(e) => change(e.target.value === '' ? null : e.target.value)} />${help}</div>`;
  }
  return html`<${Json} id=${id} kind=${kind} label=${label} value=${value} change=${change} help=${help} />`;
}

/** Lists and maps, as JSON. */
function Json({ id, kind, label, value, change, help }) {
  const shown = JSON.stringify(value ?? null, null, 2);
  const [wrong, setWrong] = useState('');
  const edit = (e) => {
    try {
      change(JSON.parse(e.target.value));
      setWrong('');
    } catch (problem) {
      setWrong(`Not JSON: ${problem.message}`);
    }
  };
  return html`<div class=${`${kind} long`}><label for=${id}><span>${label}</span></label>
    <textarea id=${id} class="mono" spellcheck="false" rows=${Math.min(12, shown.split('\n').length)} onChange=${edit} value=${shown}></textarea>${help}${wrong && html`<small class="bad" role="alert">${wrong}</small>`}</div>`;
}

function range(schema) {
  const parts = [];
  if (schema.minimum !== undefined) parts.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) parts.push(`to ${schema.maximum}`);
  if (schema.default !== undefined) parts.push(`default ${setting(schema.default)}`);
  return parts.length > 0 ? html`<small>${parts.join(', ')}</small>` : null;
}
