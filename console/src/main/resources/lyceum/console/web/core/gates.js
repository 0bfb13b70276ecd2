/** Gates: what was asked, what was scored, how it stands to the champion. */
import { html } from './lib.js';
import { Intervals, State, Table } from './ui.js';
import { figure } from './format.js';

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
