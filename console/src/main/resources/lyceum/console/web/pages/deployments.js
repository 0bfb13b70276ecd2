/** What is served: champion, canary, health; and back. */
import { html, useState } from '../core/lib.js';
import { api, useApi } from '../core/api.js';
import { may, toast } from '../core/store.js';
import { Ask, Bar, Empty, Facts, Load, Override, Page, State, Time } from '../core/ui.js';
import { count, figure, percent, words } from '../core/format.js';

const href = (line) => `/deployments/${encodeURIComponent(line)}`;

export default function Deployments() {
  const answer = useApi('/deployments', { every: 5000 });
  const [ask, setAsk] = useState(null);
  const done = (text) => {
    toast(text);
    answer.reload();
  };
  return html`<${Page} title="Deployments" lead="What each model line serves now.">
    <${Load} of=${answer}>${(data) =>
      data.items.length === 0
        ? html`<${Empty} command="./lyceum run start tiny">Nothing is served. A run that reaches its deployment stage serves its candidate:</${Empty}>`
        : html`<ul class="cards">${data.items.map((d) => html`<li class="approval" key=${d.line}>
            <header>
              <h2><a href=${`/models/${encodeURIComponent(d.line)}`}>${d.line}</a> <${State} of=${d.health} /></h2>
              <div class="actions">
                <a class="button" href=${`/playground?models=${encodeURIComponent(d.line)}`}>Chat</a>
                ${may('approver') && html`<button type="button" onClick=${() => setAsk({ verb: 'canary', d })}>Canary…</button>
                <button type="button" class="danger" disabled=${!d.previous && !d.canary} onClick=${() => setAsk({ verb: 'rollback', d })}>Roll back…</button>`}
              </div>
            </header>
            <${Facts} items=${[
              ['Champion', d.champion ? html`<a href=${`/models/${encodeURIComponent(d.line)}/versions/${d.champion}`}>version ${d.champion}</a>` : 'none'],
              d.previous && ['Before', html`<a href=${`/models/${encodeURIComponent(d.line)}/versions/${d.previous}`}>version ${d.previous}</a>`],
              d.since && ['Since', html`<${Time} at=${d.since} />`],
              d.requests !== null && ['Answered', count(d.requests)],
              d.errors !== null && ['Failed', html`<span class=${d.errors > 0 ? 'bad' : ''}>${count(d.errors)}${d.errors > 0 ? ` (${percent(d.errors / (d.requests + d.errors), 2)})` : ''}</span>`],
              d.p95Seconds !== null && ['Whole answer', `within ${figure(d.p50Seconds)} s in half the cases, ${figure(d.p95Seconds)} s in 95 %`],
              d.endpoint && ['Endpoint', html`<code>${d.endpoint}</code>`],
            ]} />
            ${d.note && html`<p class="quiet">${d.note}</p>`}
            ${d.canary && html`<h3>Canary: version ${d.canary.version} answers ${figure(d.canary.percent)} % of the requests</h3><${Bar} kind="accent" value=${d.canary.percent / 100} label="Share of the canary" />`}
            ${d.promotion && html`<${Promotion} of=${d.promotion} />`}
          </li>`)}</ul>`}</${Load}>
    ${ask?.verb === 'rollback' && html`<${Ask} title=${`Roll ${ask.d.line} back`} text=${ask.d.canary ? `The canary gets no more requests; version ${ask.d.champion} answers all of them.` : ask.d.promotion?.phase === 'WATCHING' ? `Version ${ask.d.promotion.from ?? ask.d.previous} is served again.` : `Version ${ask.d.previous} is served again in one step.`} action="Roll back" danger reason="required" onClose=${() => setAsk(null)}
      run=${async (reason) => { await api.post(`${href(ask.d.line)}:rollback`, { reason }, { etag: ask.d.etag }); done(`${ask.d.line} goes back.`); }} />`}
    ${ask?.verb === 'canary' && html`<${Canary} d=${ask.d} onClose=${() => setAsk(null)} done=${done} />`}
  </${Page}>`;
}

const PHASES = {
  JUDGING: 'is held against its gates and the champion',
  CANARY: 'is a canary',
  SERVING: 'is being loaded and tried',
  WATCHING: 'is champion and watched',
  GOING_BACK: 'goes back',
};

/** A promotion that goes on, with the newest look at its health. */
function Promotion({ of }) {
  const h = of.health;
  return html`<h3>Version ${of.version} ${PHASES[of.phase] ?? words(of.phase)}</h3>
    <${Facts} items=${[
      ['Began', html`<${Time} at=${of.started} />`],
      of.until && ['Until', html`<${Time} at=${of.until} />`],
      h && ['Looked at', html`<${Time} at=${h.time} />`],
      h && ['Requests since', `${count(h.requests)}, ${count(h.errors)} failed`],
      h && h.requests > 0 && ['95 % answered within', `${h.p95Seconds === null ? '–' : `${figure(h.p95Seconds)} s`}${h.stableP95Seconds ? `; the version before ${figure(h.stableP95Seconds)} s` : ''}`],
    ]} />
    ${h?.complaints.length > 0 && html`<p class="failure">${h.complaints.join('; ')}</p>`}`;
}

function Canary({ d, onClose, done }) {
  const line = useApi(`/models/${encodeURIComponent(d.line)}`);
  const [version, setVersion] = useState('');
  const [share, setShare] = useState(10);
  const [minutes, setMinutes] = useState(60);
  const [override, setOverride] = useState(false);
  const others = (line.data?.versions ?? []).filter((v) => v.version !== d.champion);
  return html`<${Ask} title=${`Canary for ${d.line}`} text="A share of the requests goes to another version. Bad health takes it back; if it does well, it becomes champion when the time is over." action="Start the canary" reason="required" onClose=${onClose}
    run=${async (reason) => { await api.post(`${href(d.line)}:canary`, { version, percent: Number(share), minutes: Number(minutes), reason, override }, { etag: d.etag }); done(`Version ${version} takes ${share} %.`); }}>
    <label class="field"><span>Version</span><select required value=${version} onChange=${(e) => setVersion(e.target.value)}><option value="">Choose…</option>${others.map((v) => html`<option key=${v.version} value=${v.version}>${v.version} ${v.stage ? `(${v.stage})` : ''}</option>`)}</select></label>
    <label class="field"><span>Share of requests: ${share} %</span><input type="range" min="1" max="100" value=${share} onInput=${(e) => setShare(e.target.value)} /></label>
    <label class="field"><span>Minutes</span><input type="number" min="1" max="20160" required value=${minutes} onInput=${(e) => setMinutes(e.target.value)} /></label>
    <${Override} value=${override} onChange=${setOverride} />
  </${Ask}>`;
}
