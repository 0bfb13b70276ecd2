/** What runs, what waits for me, what failed. */
import { html } from '../core/lib.js';
import { useApi } from '../core/api.js';
import { may, session, useStore } from '../core/store.js';
import { Empty, Load, Page, Section, State, Time, Took } from '../core/ui.js';
import { figure } from '../core/format.js';

const DOORS = { ranking: ['Rank answers', (run) => `/rankings/${encodeURIComponent(run.id)}`], approval: ['Decide', () => '/approvals'] };

function Card({ run, door }) {
  return html`<li class=${`card ${String(run.state).toLowerCase()}`}>
    <a class="card-main" href=${`/runs/${encodeURIComponent(run.id)}`}>
      <strong class="mono">${run.id}</strong>
      <span class="quiet">${run.recipe} → ${run.modelLine}</span>
    </a>
    <p class="card-facts">
      <${State} of=${run.state} />
      ${run.stage && html`<span>in ${run.stage}</span>`}
      <span><${Took} from=${run.started} to=${run.ended} /></span>
      <span class="quiet">by ${run.requestedBy}</span>
      <span class="quiet"><${Time} at=${run.ended ?? run.started} /></span>
    </p>
    ${run.failure && html`<p class="failure">${run.failure}</p>`}
    ${door && html`<a class="button primary" href=${door[1](run)}>${door[0]}</a>`}
  </li>`;
}

export default function Home() {
  const home = useApi('/home', { every: 5000 });
  const user = useStore(session);
  return html`<${Page}
    title="Home"
    lead=${`Logged in as ${user?.user ?? ''}.`}
    actions=${may('operator') && html`<a class="button primary" href="/start">Start a run</a>`}
  >
    <${Load} of=${home}>
      ${(data) => html`
        ${data.counts &&
        html`<ul class="tiles" aria-label="Counts">
          ${[['running', 'RUNNING'], ['waiting', 'WAITING'], ['failed', 'FAILED'], ['succeeded', 'SUCCEEDED']].map(
            ([name, state]) => html`<li key=${name} class=${name}><a href=${`/runs?state=${state}`}><b>${figure(data.counts[name] ?? 0)}</b><span>${name}</span></a></li>`,
          )}
        </ul>`}
        <${Section} title="Waiting for you">
          ${data.waiting.length === 0
            ? html`<p class="quiet">Nothing waits for a person.</p>`
            : html`<ul class="cards">${data.waiting.map((run) => html`<${Card} key=${run.id} run=${run} door=${DOORS[run.waitingFor]} />`)}</ul>`}
        </${Section}>
        <${Section} title="Running">
          ${data.running.length === 0
            ? html`<${Empty} command="./lyceum run start tiny">Nothing runs. This starts the smallest recipe that learns something:</${Empty}>`
            : html`<ul class="cards">${data.running.map((run) => html`<${Card} key=${run.id} run=${run} />`)}</ul>`}
        </${Section}>
        <${Section} title="Failed">
          ${data.failed.length === 0
            ? html`<p class="quiet">No failed run.</p>`
            : html`<ul class="cards">${data.failed.map((run) => html`<${Card} key=${run.id} run=${run} />`)}</ul>`}
        </${Section}>
      `}
    </${Load}>
  </${Page}>`;
}
