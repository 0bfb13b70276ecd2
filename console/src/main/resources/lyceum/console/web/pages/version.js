/** One version: report card, birth certificate. */
import { html } from '../core/lib.js';
import { useApi } from '../core/api.js';
import { Digest, Download, Intervals, Load, Page, Section, Table, Time } from '../core/ui.js';
import { flat } from '../core/report.js';
import { bytes, figure, setting } from '../core/format.js';

export default function Version({ line, version }) {
  const path = `/models/${encodeURIComponent(line)}/versions/${encodeURIComponent(version)}`;
  const answer = useApi(path);
  return html`<${Page}
    title=${`${line} version ${version}`}
    lead=${html`<a href=${`/models/${encodeURIComponent(line)}`}>${line}</a>`}
    actions=${html`<a class="button" href=${`${path}/lineage`}>Lineage</a><a class="button" href=${`/playground?models=${encodeURIComponent(`${line}:${version}`)}`}>Chat</a>`}
  >
    <${Load} of=${answer}>${(v) => html`
      <p class="section pills">${(v.aliases ?? []).map((a) => html`<span class=${`state ${a === 'champion' ? 'succeeded' : ''}`} key=${a}>${a}</span>`)} ${v.created && html`<span class="quiet">registered <${Time} at=${v.created} /></span>`} ${v.run && html`<a class="mono" href=${`/runs/${encodeURIComponent(v.run)}`}>${v.run}</a>`}</p>
      ${v.scores?.length > 0 && html`<${Section} title="Scores"><${Table} caption="Scores" rows=${v.scores} keyOf=${(s) => s.name} columns=${[
          { name: 'Score', cell: (s) => html`<code>${s.name}</code>` },
          { name: 'Value', num: true, cell: (s) => html`${figure(s.value)}${s.low !== null && s.low !== undefined ? html`<span class="value-range">${figure(s.low)} – ${figure(s.high)}</span>` : ''}` },
          ...(v.scores.some((s) => s.low !== null && s.low !== undefined) ? [{ name: 'Interval', cell: (s) => html`<${Intervals} label=${s.name} rows=${[s]} />` }] : []),
        ]} /></${Section}>`}
      <${Section} title="Birth certificate" actions=${v.certificate && html`<${Download} name=${`${line}-${version}-certificate.json`} type="application/json" text=${() => JSON.stringify(v.certificate, null, 2)}>Save as JSON</${Download}>`}>
        ${v.certificate ? html`<${Certificate} of=${v.certificate} />` : html`<p class="quiet">This version carries none.</p>`}
      </${Section}>
      ${v.files?.length > 0 && html`<${Section} title="Files"><${Table} caption="Files" rows=${v.files} keyOf=${(f) => f.name} columns=${[
        { name: 'File', cell: (f) => html`<a href=${f.url} target="_blank" rel="noopener noreferrer" download>${f.name}</a>` },
        { name: 'Size', num: true, cell: (f) => bytes(f.bytes) },
        { name: 'sha256', cell: (f) => html`<${Digest} of=${f.sha256} />` },
      ]} /></${Section}>`}
      ${v.tags && Object.keys(v.tags).length > 0 && html`<${Section} title="Tags"><${Table} caption="Tags" rows=${Object.entries(v.tags)} keyOf=${([k]) => k} columns=${[{ name: 'Tag', cell: ([k]) => html`<code>${k}</code>` }, { name: 'Value', cell: ([, x]) => (/^[0-9a-f]{64}$/.test(x) ? html`<${Digest} of=${x} />` : html`<span class="text">${x}</span>`) }]} /></${Section}>`}
      ${v.reportCard && html`<${Section} title="Report card"><pre>${v.reportCard}</pre></${Section}>`}`}</${Load}>
  </${Page}>`;
}

function Certificate({ of }) {
  const rows = Object.entries(flat(of));
  return html`<${Table} caption="Birth certificate" rows=${rows} keyOf=${([name]) => name} columns=${[
    { name: 'Fact', cell: ([name]) => html`<code>${name}</code>` },
    { name: 'Value', cell: ([, value]) => (Array.isArray(value) && value.some((x) => x && typeof x === 'object') ? html`<ul>${value.map((x, i) => html`<li key=${i}><small>${Object.entries(x).map(([k, y]) => `${k} ${setting(y)}`).join(' · ')}</small></li>`)}</ul>` : /^[0-9a-f]{64}$/.test(value) ? html`<${Digest} of=${value} />` : setting(value)) },
  ]} />`;
}
