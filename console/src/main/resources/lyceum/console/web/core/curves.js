/** Curves of runs by metric, with what one wants to turn: smoothing, x, log. */
import { html, useState } from './lib.js';
import { Chart } from './chart.js';
import { words } from './format.js';

// What people look at first.
const FIRST = ['loss', 'validation', 'reward', 'accuracy', 'kl', 'tokens_per_second'];

const rank = (key) => {
  const at = FIRST.findIndex((name) => key.toLowerCase().includes(name));
  return at < 0 ? FIRST.length : at;
};

/**
 * @param series [{run?, stage, key, points: [[step, time, value, tokens?]…]}]; one chart a stage and key
 * @param nameOf what a curve is called within its chart
 */
export function Curves({ series, nameOf, stage }) {
  const [weight, setWeight] = useState(0);
  const [unit, setUnit] = useState('step');
  const [log, setLog] = useState(false);
  const hasTokens = series.some((s) => s.points[0]?.length > 3 && s.points.some((p) => p[3] !== null && p[3] !== undefined));
  const charts = new Map();
  for (const s of series) {
    if (stage && s.stage !== stage) continue;
    const id = `${s.stage} · ${s.key}`;
    if (!charts.has(id)) charts.set(id, { id, stage: s.stage, key: s.key, curves: [] });
    const start = s.points[0] ? seconds(s.points[0][1]) : 0;
    const x = { step: (p) => p[0], time: (p) => seconds(p[1]), seconds: (p) => seconds(p[1]) - start, tokens: (p) => p[3] }[unit];
    charts.get(id).curves.push({ name: nameOf(s), points: s.points.filter((p) => x(p) !== null && x(p) !== undefined).map((p) => [x(p), p[2]]) });
  }
  const ordered = [...charts.values()].sort((a, b) => rank(a.key) - rank(b.key));
  if (ordered.length === 0) return html`<p class="quiet">No curve yet. They come with the first training step.</p>`;
  return html`<div class="chart-bar">
      <label>Smoothing <input type="range" min="0" max="0.98" step="0.02" value=${weight} onInput=${(e) => setWeight(Number(e.target.value))} /> <output>${weight.toFixed(2)}</output></label>
      <label>Over
        <select value=${unit} onChange=${(e) => setUnit(e.target.value)}>
          ${['step', 'time', 'seconds', ...(hasTokens ? ['tokens'] : [])].map((u) => html`<option key=${u} value=${u}>${u === 'time' ? 'time of day' : u === 'seconds' ? 'seconds since start' : words(u)}</option>`)}
        </select></label>
      <label><input type="checkbox" checked=${log} onChange=${(e) => setLog(e.target.checked)} /> Logarithmic</label>
    </div>
    <div class="charts">
      ${ordered.map((c) => html`<${Chart} key=${c.id} title=${c.id} curves=${c.curves} unit=${unit} weight=${weight} log=${log && positive(c.curves)} sync=${`curves-${unit}`} />`)}
    </div>`;
}

const positive = (curves) => curves.every((c) => c.points.every(([, y]) => y === null || y > 0));

/** Seconds of the epoch from an ISO time or from milliseconds. */
const seconds = (at) => (typeof at === 'number' ? at / 1000 : new Date(at).getTime() / 1000);
