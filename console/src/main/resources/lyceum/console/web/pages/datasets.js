/** Data sets: how many documents came in, which fell out and why, what they look like. */
import { html, useState } from '../core/lib.js';
import { query, useApi, useList } from '../core/api.js';
import { setParams } from '../core/router.js';
import { Digest, Empty, Facts, Load, More, Page, Refusal, Section, Table, Time } from '../core/ui.js';
import { bytes, count, percent, shortDigest } from '../core/format.js';

export default function Datasets({ digest, params }) {
  return digest ? html`<${Dataset} digest=${digest} params=${params} />` : html`<${List} />`;
}

const href = (digest) => `/datasets/${encodeURIComponent(digest)}`;

function List() {
  const list = useList('/datasets');
  return html`<${Page} title="Data sets" lead="What corpus stages made, one for each set of documents.">
    <${Refusal} error=${list.error} again=${list.reload} />
    ${list.items?.length === 0 && html`<${Empty} command="./lyceum run start tiny">No data set yet. The corpus stage of a run makes one:</${Empty}>`}
    ${list.items?.length > 0 && html`<${Table} caption="Data sets" rows=${list.items} keyOf=${(d) => d.digest} columns=${[
      { name: 'Data set', cell: (d) => html`<a class="mono" href=${href(d.digest)}>${shortDigest(d.digest)}</a>` },
      { name: 'Sources', cell: (d) => (d.sources ?? []).join(', ') },
      { name: 'Read', num: true, cell: (d) => count(d.documentsRead) },
      { name: 'Kept', num: true, cell: (d) => count(d.documentsKept) },
      { name: 'Share', num: true, cell: (d) => percent(d.documentsRead ? d.documentsKept / d.documentsRead : null) },
      { name: 'Size', num: true, cell: (d) => bytes(d.bytes) },
      { name: 'Run', cell: (d) => html`<a class="mono" href=${`/runs/${encodeURIComponent(d.run)}`}>${d.run}</a>` },
      list.items.some((d) => d.created) && { name: 'Made', num: true, cell: (d) => html`<${Time} at=${d.created} />` },
    ].filter(Boolean)} /><${More} list=${list} />`}
  </${Page}>`;
}

function Dataset({ digest, params }) {
  const answer = useApi(href(digest));
  const reason = params.get('reason') ?? '';
  const samples = useList(query(`${href(digest)}/samples`, { reason }));
  return html`<${Page} title=${`Data set ${shortDigest(digest)}`} lead=${html`<${Digest} of=${digest} />`}>
    <${Load} of=${answer}>${(data) => {
      const read = data.documentsRead ?? data.funnel[0]?.left + data.funnel[0]?.dropped;
      const kept = data.documentsKept ?? data.funnel.at(-1)?.left;
      return html`
        <${Facts} items=${[
          ['Documents read', count(read)],
          ['Kept', `${count(kept)} (${percent(read ? kept / read : null)})`],
          data.tokens && ['Tokens', count(data.tokens)],
          data.bytes && ['Size', bytes(data.bytes)],
          data.run && ['Run', html`<a class="mono" href=${`/runs/${encodeURIComponent(data.run)}`}>${data.run}</a>`],
        ]} />
        <br />
        <${Section} title="What fell out, and why"><${Funnel} funnel=${data.funnel} read=${read} chosen=${reason} /></${Section}>
        <${Section} title="Sources">
          <${Table} caption="Sources" rows=${data.sources} keyOf=${(s) => s.name} columns=${[
            { name: 'Source', cell: (s) => s.name },
            { name: 'Licence', cell: (s) => s.licence },
            { name: 'Read', num: true, cell: (s) => count(s.read) },
            { name: 'Kept', num: true, cell: (s) => count(s.kept) },
            { name: 'Size', num: true, cell: (s) => bytes(s.bytes) },
            { name: 'sha256', cell: (s) => html`<${Digest} of=${s.sha256} />` },
          ]} />
        </${Section}>`;
    }}</${Load}>
    <${Section} title=${reason ? `Samples dropped: ${reason}` : 'Samples that stayed'} actions=${reason && html`<button type="button" class="small" onClick=${() => setParams({ reason: '' })}>Show what stayed</button>`}>
      <${Refusal} error=${samples.error} again=${samples.reload} />
      ${samples.items?.length === 0 && html`<p class="quiet">No sample is kept for this.</p>`}
      <div class="samples">${samples.items?.map((s) => html`<${Sample} key=${s.id} sample=${s} />`)}</div>
      <${More} list=${samples} />
    </${Section}>
  </${Page}>`;
}

function Funnel({ funnel, read, chosen }) {
  return html`<ol class="funnel">
    ${funnel.map((step) => html`<li key=${step.reason}>
      <button type="button" class="link" aria-pressed=${chosen === step.reason} onClick=${() => setParams({ reason: step.reason })}>${step.reason.replaceAll('_', ' ')}</button>
      <span class="lane" aria-hidden="true"><i class="left" style=${{ width: `${(100 * step.left) / (read || 1)}%` }}></i><i class="lost" style=${{ width: `${(100 * step.dropped) / (read || 1)}%` }}></i></span>
      <span class="num">− ${count(step.dropped)} → ${count(step.left)}</span>
    </li>`)}
  </ol>`;
}

function Sample({ sample }) {
  const [whole, setWhole] = useState(false);
  const text = sample.text ?? '';
  const long = text.length > 1200;
  return html`<article class="sample">
    <header><span class="mono">${sample.id}</span><span>${sample.source}</span>${sample.reason && html`<span class="bad">${sample.reason}</span>`}</header>
    <p class="text" tabindex="0">${long && !whole ? `${text.slice(0, 1200)}…` : text}</p>
    ${long && html`<button type="button" class="link" onClick=${() => setWhole(!whole)}>${whole ? 'Less' : 'All of it'}</button>`}
  </article>`;
}
