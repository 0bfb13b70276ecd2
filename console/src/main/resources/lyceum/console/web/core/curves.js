/** Curves of runs by metric, with what one wants to turn: smoothing, x, log. */
import { html, useState } from './lib.js';
import { Chart } from './chart.js';
import { figure, STAGES } from './format.js';
import { Table } from './ui.js';

// What people look at first, in this order; the rest is behind a button.
const FIRST = [/loss$/, /validation/, /^reward$/, /accuracy/, /kl$/, /divergence/, /tokens_per_second/];

const rank = (quantity) => {
  const at = FIRST.findIndex((pattern) => pattern.test(quantity));
  return at < 0 ? FIRST.length : at;
};

/** base/validation_bits_per_byte → what is measured of what: {of: 'base', quantity: 'validation_bits_per_byte'} */
function parts(key) {
  const cut = key.indexOf('/');
  return cut < 0 ? { of: '', quantity: key } : { of: key.slice(0, cut), quantity: key.slice(cut + 1) };
}

/**
 * @param series [{run?, stage, key, points: [[step, time, value, tokens?]…]}]; one chart for a stage and quantity
 * @param stage only this one's, where it is not empty
 */
export function Curves({ series, stage }) {
  const [weight, setWeight] = useState(0);
  const [unit, setUnit] = useState('step');
  const [log, setLog] = useState(false);
  const [all, setAll] = useState(false);
  const mine = series.filter((s) => !stage || s.stage === stage);
  const lines = mine.filter((s) => s.points.length > 1);
  const tokens = new Map(lines.filter((s) => parts(s.key).quantity === 'tokens').map((s) => [owner(s), new Map(s.points.map((p) => [p[0], p[2]]))]));
  const runs = new Set(mine.map((s) => s.run)).size;
  const charts = new Map();
  for (const s of lines) {
    const { of, quantity } = parts(s.key);
    if (quantity === 'tokens') continue;
    const id = `${s.stage} · ${quantity}`;
    if (!charts.has(id)) charts.set(id, { id, stage: s.stage, quantity, curves: [] });
    const start = seconds(s.points[0][1]);
    const known = tokens.get(owner(s));
    const x = { step: (p) => p[0], time: (p) => seconds(p[1]), seconds: (p) => seconds(p[1]) - start, tokens: (p) => p[3] ?? known?.get(p[0]) }[unit];
    const points = s.points.map((p) => [x(p), p[2]]).filter(([at]) => at !== null && at !== undefined);
    charts.get(id).curves.push({ of, run: s.run ?? '', points });
  }
  const ordered = [...charts.values()].sort((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage) || rank(a.quantity) - rank(b.quantity));
  const main = ordered.filter((c) => rank(c.quantity) < FIRST.length);
  const shown = all || main.length === 0 ? ordered : main;
  const values = mine.filter((s) => s.points.length === 1);
  if (mine.length === 0) return html`<p class="quiet">No curve yet. They come with the first training step.</p>`;
  return html`${ordered.length > 0 &&
    html`<div class="chart-bar">
        <label>Smoothing <input type="range" min="0" max="0.98" step="0.02" value=${weight} onInput=${(e) => setWeight(Number(e.target.value))} /> <output>${weight.toFixed(2)}</output></label>
        <label>Over
          <select value=${unit} onChange=${(e) => setUnit(e.target.value)}>
            <option value="step">step</option>
            ${tokens.size > 0 && html`<option value="tokens">tokens</option>`}
            <option value="seconds">seconds since start</option>
            <option value="time">time of day</option>
          </select></label>
        <label><input type="checkbox" checked=${log} onChange=${(e) => setLog(e.target.checked)} /> Logarithmic</label>
        ${main.length > 0 && main.length < ordered.length && html`<button type="button" class="small" aria-pressed=${all} onClick=${() => setAll(!all)}>${all ? 'Main curves' : `All ${ordered.length} curves`}</button>`}
      </div>
      <div class="charts">
        ${shown.map((c) => {
          const several = new Set(c.curves.map((x) => x.of)).size > 1;
          const name = (x) => (runs > 1 ? (several && x.of ? `${x.run} ${x.of}` : x.run) : x.of || c.quantity);
          const curves = c.curves.map((x) => ({ name: name(x), points: x.points }));
          return html`<${Chart} key=${c.id} title=${c.id} curves=${curves} unit=${unit} weight=${weight} log=${log && positive(curves)} sync=${`curves-${unit}`} />`;
        })}
      </div>`}
    ${values.length > 0 && html`<details class="stage-form values"><summary>Single values<span>${values.length}</span></summary><${Values} values=${values} several=${runs > 1} /></details>`}`;
}

/** What was measured once: scores, counts. */
function Values({ values, several }) {
  return html`<${Table} caption="Values measured once" rows=${values} columns=${[
    several && { name: 'Run', cell: (s) => html`<span class="mono">${s.run}</span>` },
    { name: 'Stage', cell: (s) => s.stage },
    { name: 'Metric', cell: (s) => html`<code>${s.key}</code>` },
    { name: 'Value', num: true, cell: (s) => figure(s.points[0][2]) },
  ].filter(Boolean)} />`;
}

/** Whose tokens count for a curve: those of the same run, stage and model. */
const owner = (s) => `${s.run ?? ''} ${s.stage} ${parts(s.key).of}`;

const positive = (curves) => curves.every((c) => c.points.every(([, y]) => y === null || y > 0));

/** Seconds of the epoch from an ISO time or from milliseconds. */
const seconds = (at) => (typeof at === 'number' ? at / 1000 : new Date(at).getTime() / 1000);
