/** Evaluation scores of several models next to each other, and settings that differ. */
import { html } from './lib.js';
import { figure, setting } from './format.js';
import { Intervals } from './ui.js';

const plain = (cell) => cell && cell.value !== null && cell.value !== undefined;

/** ± where the interval is even on both sides, else its ends. */
function around(v) {
  const [up, down] = [v.high - v.value, v.value - v.low];
  return Math.abs(up - down) <= 0.02 * Math.max(up, down) ? `± ${Number(up.toPrecision(2))}` : `${figure(v.low)} – ${figure(v.high)}`;
}

/** Whether the interval of one lies wholly on the good side of the other's. */
function verdict(cell, base, higherIsBetter) {
  if (!plain(cell) || !plain(base)) return '';
  const [low, high] = [cell.low ?? cell.value, cell.high ?? cell.value];
  const [baseLow, baseHigh] = [base.low ?? base.value, base.high ?? base.value];
  if (low > baseHigh) return higherIsBetter === false ? 'worse' : 'better';
  if (high < baseLow) return higherIsBetter === false ? 'better' : 'worse';
  return '';
}

/** Columns are models; green and red only where the intervals do not overlap with the first column's. */
export function Evaluation({ report }) {
  if (!report?.rows?.length) return html`<p class="quiet">Not evaluated yet.</p>`;
  const intervals = report.rows.some((row) => row.values.some((v) => v && v.low !== null && v.low !== undefined));
  return html`<div class="table">
      <table>
        <caption class="visually-hidden">
          Scores by suite and model
        </caption>
        <thead>
          <tr>
            <th scope="col">Suite</th>
            <th scope="col">Metric</th>
            ${report.models.map((m, i) => html`<th key=${m} scope="col" class="num"><i class=${`swatch s${i % 6}`}></i>${m.includes(' ') ? html`<small>${m.slice(0, m.lastIndexOf(' '))}</small><br />${m.slice(m.lastIndexOf(' ') + 1)}` : m}</th>`)}
            <th scope="col">Side by side</th>
          </tr>
        </thead>
        <tbody>
          ${report.rows.map(
            (row) => html`<tr key=${`${row.suite}/${row.metric}`}>
              <td data-head="Suite"><div>${row.suite}</div></td>
              <td data-head="Metric">
                <div>${row.metric} <small title=${row.higherIsBetter === false ? 'lower is better' : 'higher is better'}>${row.higherIsBetter === false ? '↓' : '↑'}</small></div>
              </td>
              ${row.values.map(
                (v, i) => html`<td key=${i} class=${`num ${i > 0 ? verdict(v, row.values[0], row.higherIsBetter) : ''}`} data-head=${report.models[i]}>
                  <div>
                    ${plain(v) ? figure(v.value) : html`<span class="quiet">–</span>`}
                    ${plain(v) && v.low !== null && v.low !== undefined && html`<span class="value-range" title=${`${figure(v.low)} to ${figure(v.high)}${v.n ? `, ${v.n} items` : ''}`}>${around(v)}</span>`}
                  </div>
                </td>`,
              )}
              <td data-head="Side by side">
                <${Intervals} label=${`${row.suite} ${row.metric}`} rows=${row.values.map((v, i) => ({ name: report.models[i], ...(v ?? { value: null }) }))} />
              </td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="quiet">${intervals ? 'Intervals are 95 %. Coloured where a model’s interval does not overlap with that of the first column.' : 'Coloured where a model differs from the first column; no intervals were measured.'}</p>`;
}

/** Settings before and after, as lines. */
export function Diff({ items, empty = 'No setting differs.' }) {
  if (!items?.length) return html`<p class="quiet">${empty}</p>`;
  return html`<ul class="diff">
    ${items.map(
      (d) => html`<li key=${d.path}>
        <b>${d.path}</b>
        ${d.before !== undefined && d.before !== null && html`<del>${setting(d.before)}</del> `}
        ${d.after !== undefined && d.after !== null && html`<ins>${setting(d.after)}</ins>`}
      </li>`,
    )}
  </ul>`;
}

/** {a: {b: 1}} → {'a.b': 1}; lists are values. */
export function flat(tree, path = '', into = {}) {
  for (const [key, value] of Object.entries(tree ?? {})) {
    const name = path ? `${path}.${key}` : key;
    if (value && typeof value === 'object' && !Array.isArray(value)) flat(value, name, into);
    else into[name] = value;
  }
  return into;
}

export function differences(before, after) {
  const a = flat(before);
  const b = flat(after);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((path) => JSON.stringify(a[path] ?? null) !== JSON.stringify(b[path] ?? null))
    .map((path) => ({ path, before: a[path], after: b[path] }));
}
