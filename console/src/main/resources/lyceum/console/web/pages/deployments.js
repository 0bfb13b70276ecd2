/** What is served: champion, canary, health; and back. */
import { html, useState } from '../core/lib.js';
import { api, useApi } from '../core/api.js';
import { may, toast } from '../core/store.js';
import { Ask, Bar, Empty, Facts, Load, Page, State, Time } from '../core/ui.js';
import { count, figure, percent } from '../core/format.js';

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
              d.requests !== undefined && ['Requests', count(d.requests)],
              d.errors !== undefined && ['Errors', html`<span class=${d.errors > 0 ? 'bad' : ''}>${count(d.errors)}${d.requests > 0 && d.errors > 0 ? ` (${percent(d.errors / d.requests, 2)})` : ''}</span>`],
              d.ttftMillis && ['First token', `${figure(d.ttftMillis.p50)} ms median, ${figure(d.ttftMillis.p95)} ms p95`],
              d.tokensPerSecond && ['Speed', `${figure(d.tokensPerSecond)} tokens/s`],
              d.endpoint && ['Endpoint', html`<code>${d.endpoint}</code>`],
            ]} />
            ${d.canary && html`<h3>Canary: version ${d.canary.version} takes ${d.canary.percent} % ${d.canary.since ? html`since <${Time} at=${d.canary.since} />` : ''}</h3><${Bar} kind="accent" value=${d.canary.percent / 100} label="Share of the canary" />`}
          </li>`)}</ul>`}</${Load}>
    ${ask?.verb === 'rollback' && html`<${Ask} title=${`Roll ${ask.d.line} back`} text=${ask.d.canary ? 'The canary gets no more requests.' : `Version ${ask.d.previous} is served again in one step.`} action="Roll back" danger reason="required" onClose=${() => setAsk(null)}
      run=${async (reason) => { await api.post(`${href(ask.d.line)}:rollback`, { reason }, { etag: ask.d.etag }); done(`${ask.d.line} goes back.`); }} />`}
    ${ask?.verb === 'canary' && html`<${Canary} d=${ask.d} onClose=${() => setAsk(null)} done=${done} />`}
  </${Page}>`;
}

function Canary({ d, onClose, done }) {
  const line = useApi(`/models/${encodeURIComponent(d.line)}`);
  const [version, setVersion] = useState('');
  const [share, setShare] = useState(10);
  const others = (line.data?.versions ?? []).filter((v) => v.version !== d.champion);
  return html`<${Ask} title=${`Canary for ${d.line}`} text="A share of the requests goes to another version; bad health takes it back." action="Start the canary" reason="required" onClose=${onClose}
    run=${async (reason) => { await api.post(`${href(d.line)}:canary`, { version: Number(version), percent: Number(share), reason }, { etag: d.etag }); done(`Version ${version} takes ${share} %.`); }}>
    <label class="field"><span>Version</span><select required value=${version} onChange=${(e) => setVersion(e.target.value)}><option value="">Choose…</option>${others.map((v) => html`<option key=${v.version} value=${v.version}>${v.version} ${v.stage ? `(${v.stage})` : ''}</option>`)}</select></label>
    <label class="field"><span>Share of requests: ${share} %</span><input type="range" min="1" max="100" value=${share} onInput=${(e) => setShare(e.target.value)} /></label>
  </${Ask}>`;
}
