/** The eight stages of a run on one line. */
import { html } from './lib.js';
import { duration, figure, words } from './format.js';
import { Bar, Took } from './ui.js';

const MARKS = { DONE: '✓', REUSED: '↺', RUNNING: '●', WAITING: '…', PAUSED: '‖', FAILED: '✕', CANCELLED: '–', PENDING: '' };

/** Whether the stage's result was taken from an earlier run. */
export const reused = (stage) => stage.state === 'REUSED' || stage.reused === true;

/** @param chosen name of the stage that is looked at; onChoose takes a name */
export function Rail({ stages, chosen, onChoose }) {
  return html`<ol class="rail" aria-label="Stages">
    ${stages.map((stage) => {
      const state = reused(stage) ? 'REUSED' : stage.state;
      const progress = stage.step?.progress;
      // Why a stage ran is in its details; here it would stand eight times.
      const why = state === 'DONE' || state === 'RUNNING' ? '' : stage.reason || stage.note;
      return html`<li key=${stage.stage} class=${`stage ${words(state)}`}>
        <button type="button" aria-pressed=${chosen === stage.stage} onClick=${() => onChoose?.(chosen === stage.stage ? '' : stage.stage)}>
          <span class="stage-name">${stage.stage}</span>
          <span class="stage-state">${MARKS[state] && html`<i class="mark" aria-hidden="true">${MARKS[state]}</i> `}${words(state)}${stage.started && html` · <${Took} from=${stage.started} to=${stage.ended} />`}</span>
          ${progress?.total > 0 && stage.state === 'RUNNING' && html`<${Bar} value=${progress.done / progress.total} label=${`${stage.stage}: ${progress.done} of ${progress.total}`} />`}
          ${progress && stage.state === 'RUNNING' && html`<span class="stage-why">${progress.total > 0 ? `${figure(progress.done)}/${figure(progress.total)} ${progress.unit ?? ''}` : ''}${progress.eta ? ` · ${duration(progress.eta)} left` : ''}</span>`}
          ${why && html`<span class="stage-why" title=${why}>${why}</span>`}
        </button>
      </li>`;
    })}
  </ol>`;
}

/** Eight small marks, for a row of a table. */
export function Dots({ stages }) {
  if (!stages?.length) return null;
  return html`<span class="dots" role="img" aria-label=${stages.map((s) => `${s.stage} ${words(s.state)}`).join(', ')}>
    ${stages.map((s) => html`<i key=${s.stage} class=${words(s.state)} title=${`${s.stage}: ${words(s.state)}`}></i>`)}
  </span>`;
}
