/** Gates: what was asked, what was scored, how it stands to the champion. */
import { html } from './lib.js';
import { Intervals, State, Table } from './ui.js';
import { figure } from './format.js';

/** Candidate and champion on the same items: paired differences with their intervals. */
export function Comparison({ of }) {
  if (!of?.scores?.length) return of?.note ? html`<p class="quiet">${of.note}</p>` : null;
  return html`<${Table}
      caption="Against the champion"
      rows=${of.scores}
      keyOf=${(s) => s.score}
      columns=${[
        { name: 'Score', cell: (s) => html`<code>${s.score}</code>` },
        { name: 'Champion', num: true, cell: (s) => figure(s.champion) },
        { name: 'Candidate', num: true, cell: (s) => figure(s.candidate) },
        { name: 'Difference', num: true, cell: (s) => html`${figure(s.difference)}${s.low !== null && s.low !== undefined ? html`<span class="value-range">${figure(s.low)} – ${figure(s.high)}</span>` : ''}` },
        { name: 'Interval', cell: (s) => (s.low === null || s.low === undefined ? '' : html`<${Intervals} label=${s.score} marker=${0} rows=${[{ name: s.score, value: s.difference, low: s.low, high: s.high }]} />`) },
        { name: 'p', num: true, cell: (s) => figure(s.pValue) },
        { name: 'Items', num: true, cell: (s) => figure(s.items) },
        { name: 'Test', cell: (s) => html`<small>${s.method}</small>` },
        { name: 'Result', cell: (s) => html`<${State} of=${s.passed ? 'PASSED' : 'FAILED'} />` },
      ]}
    />
    <p class="quiet">${of.note ?? ''} ${of.confidence ? `Intervals are ${Math.round(of.confidence * 100)} %.` : ''}</p>`;
}

export function Gates({ gates }) {
  if (!gates?.length) return html`<p class="quiet">The recipe has no gates.</p>`;
  const champion = gates.some((g) => g.champion !== null && g.champion !== undefined);
  const interval = gates.some((g) => g.low !== null && g.low !== undefined);
  return html`<${Table}
    caption="Gates"
    rows=${gates}
    columns=${[
      { name: 'Score', cell: (g) => html`<code>${g.score}</code>` },
      { name: 'Condition', cell: (g) => g.condition },
      { name: 'Candidate', num: true, cell: (g) => (g.value === null || g.value === undefined ? html`<span class="bad">not measured</span>` : figure(g.value)) },
      champion && { name: 'Champion', num: true, cell: (g) => figure(g.champion) },
      champion && { name: 'Difference', num: true, cell: (g) => (g.delta === null || g.delta === undefined ? '–' : `${g.delta > 0 ? '+' : ''}${figure(g.delta)}`) },
      interval && { name: 'Difference, 95 %', cell: (g) => (g.low === null || g.low === undefined ? '' : html`<${Intervals} label=${g.score} marker=${0} rows=${[{ name: g.score, value: g.delta, low: g.low, high: g.high }]} />`) },
      { name: 'Result', cell: (g) => html`<${State} of=${g.passed ? 'PASSED' : 'FAILED'} />` },
    ].filter(Boolean)}
  />`;
}
