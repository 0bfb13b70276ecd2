/** Model lines: versions, who is champion, how that came to be. */
import { html, useState } from '../core/lib.js';
import { api, useApi } from '../core/api.js';
import { may, toast } from '../core/store.js';
import { Ask, Digest, Empty, Load, Override, Page, Section, State, Table, Time } from '../core/ui.js';
import { words } from '../core/format.js';

export default function Models({ line }) {
  return line ? html`<${Line} line=${line} />` : html`<${List} />`;
}

const href = (line) => `/models/${encodeURIComponent(line)}`;
const versionLink = (line, v) => (v ? html`<a href=${`${href(line)}/versions/${v}`}>version ${v}</a>` : html`<span class="quiet">–</span>`);

function List() {
  const answer = useApi('/models', { every: 15_000 });
  return html`<${Page} title="Models" lead="A line is a name under which versions are registered and one is served.">
    <${Load} of=${answer}>${(data) =>
      data.items.length === 0
        ? html`<${Empty} command="./lyceum run start tiny">No model yet. The stages of a run register versions:</${Empty}>`
        : html`<${Table} caption="Model lines" rows=${data.items} keyOf=${(m) => m.line} columns=${[
            { name: 'Line', cell: (m) => html`<a class="mono" href=${href(m.line)}>${m.line}</a>` },
            { name: 'Champion', cell: (m) => versionLink(m.line, m.champion) },
            { name: 'Candidate', cell: (m) => versionLink(m.line, m.candidate) },
            { name: 'Versions', num: true, cell: (m) => m.versions },
            { name: 'Changed', num: true, cell: (m) => html`<${Time} at=${m.updated} />` },
          ]} />`}</${Load}>
  </${Page}>`;
}

function Line({ line }) {
  const answer = useApi(href(line), { every: 10_000 });
  const [all, setAll] = useState(false);
  const history = useApi(`${href(line)}/history${all ? '?all=true' : ''}`, { every: 10_000 });
  const [ask, setAsk] = useState(null);
  const [override, setOverride] = useState(false);
  const change = (verb, body) => async (reason) => {
    await api.post(`${href(line)}:${verb}`, { ...body, reason }, { etag: answer.data.etag });
    toast(verb === 'rollback' ? `${line} goes back.` : `${line}: version ${body.version} is promoted, or tried first; Deployments tells.`);
    answer.reload();
    history.reload();
  };
  const champion = answer.data?.aliases?.champion;
  const previous = answer.data?.aliases?.previous;
  return html`<${Page}
    title=${line}
    lead=${answer.data && (champion ? `Version ${champion} is served.` : 'Nothing of this line is served.')}
    actions=${html`
      <a class="button" href=${`/playground?models=${encodeURIComponent(line)}`}>Chat</a>
      ${champion && html`<a class="button" href=${`${href(line)}/versions/${champion}/lineage`}>Lineage</a>`}
      ${may('approver') && html`<button type="button" class="danger" disabled=${!previous} onClick=${() => setAsk({ verb: 'rollback' })}>Roll back${previous ? ` to ${previous}` : ''}</button>`}`}
  >
    <${Load} of=${answer}>${(data) => html`
      <${Section} title="Versions">
        <${Table} caption="Versions" rows=${data.versions} keyOf=${(v) => v.version} columns=${[
          { name: 'Version', num: true, cell: (v) => html`<a href=${`${href(line)}/versions/${v.version}`}>${v.version}</a>` },
          { name: 'Aliases', cell: (v) => html`<span class="pills">${(v.aliases ?? []).map((a) => html`<span key=${a} class=${`state ${a === 'champion' ? 'succeeded' : ''}`}>${a}</span>`)}</span>` },
          { name: 'Stage', cell: (v) => v.stage || '–' },
          data.versions.some((v) => v.gates) && { name: 'Gates', cell: (v) => (v.gates ? html`<${State} of=${v.gates} />` : html`<span class="quiet">–</span>`) },
          { name: 'Run', cell: (v) => v.run && html`<a class="mono" href=${`/runs/${encodeURIComponent(v.run)}`}>${v.run}</a>` },
          data.versions.some((v) => v.created) && { name: 'Registered', num: true, cell: (v) => html`<${Time} at=${v.created} />` },
          { name: 'Weights', cell: (v) => html`<${Digest} of=${v.digest ?? v.weightsSha256} />` },
          { name: 'Do', head: html`<span class="visually-hidden">Actions</span>`, cell: (v) => may('approver') && v.version !== champion && html`<button type="button" class="small" onClick=${() => setAsk({ verb: 'promote', version: v.version })}>Promote…</button>` },
        ].filter(Boolean)} />
      </${Section}>`}</${Load}>
    <${Section} title="History" actions=${html`<label><input type="checkbox" checked=${all} onChange=${(e) => setAll(e.target.checked)} /> with decisions, canaries and failures</label>`}>
      <${Load} of=${history}>${(data) => data.items.length === 0
        ? html`<p class="quiet">No version was champion yet.</p>`
        : html`<ol class="history">${[...data.items].reverse().map((h, i) => html`<li key=${i}>
            <${Time} at=${h.time} />
            <div><strong>${words(h.action)}</strong> <span>version ${h.to}${h.from ? `, champion before: ${h.from}` : ''}</span> <span class="quiet">by ${h.by}</span>${h.run && html` <a class="mono" href=${`/runs/${encodeURIComponent(h.run)}`}>${h.run}</a>`}<p>${h.reason}</p></div>
          </li>`)}</ol>`}</${Load}>
    </${Section}>
    ${ask?.verb === 'rollback' && html`<${Ask} title=${`Roll ${line} back`} text=${`Version ${previous} is served again in one step, and version ${champion} no more.`} action="Roll back" danger reason="required" run=${change('rollback', {})} onClose=${() => setAsk(null)} />`}
    ${ask?.verb === 'promote' && html`<${Ask} title=${`Promote version ${ask.version}`} text="It is held against its gates and the champion, loaded, tried, and the champion alias moves to it. A stale page is refused." action="Promote" reason="required" run=${change('promote', { version: String(ask.version), override })} onClose=${() => setAsk(null)}><${Override} value=${override} onChange=${setOverride} /></${Ask}>`}
  </${Page}>`;
}
