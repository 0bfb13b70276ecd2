/** From a served model down to its documents, as a graph. */
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../core/lib.js';
import { useApi } from '../core/api.js';
import { shortDigest } from '../core/format.js';
import { Load, Page, Refusal, Section, Table } from '../core/ui.js';

const WIDTH = 224;
const HEIGHT = 62;

let loading = null;

/** dagre is a plain script; it is fetched when the first graph is drawn. */
function layoutLibrary() {
  loading ??= import('../lib/dagre.min.js').then(() => self.dagre);
  return loading;
}

export default function Lineage({ line, version }) {
  const path = `/models/${encodeURIComponent(line)}/versions/${encodeURIComponent(version)}`;
  const answer = useApi(`${path}/lineage`);
  const [dagre, setDagre] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    layoutLibrary().then((library) => setDagre(() => library), setError);
  }, []);
  return html`<${Page} wide title=${`Lineage of ${line} version ${version}`} lead=${html`<a href=${path}>version ${version}</a> of <a href=${`/models/${encodeURIComponent(line)}`}>${line}</a>`}>
    <${Refusal} error=${error} />
    <${Load} of=${answer}>${(data) => html`
      ${dagre && html`<${Graph} dagre=${dagre} nodes=${data.nodes} edges=${data.edges} />`}
      <br />
      <${Section} title="The same as a list">
        <${Table} caption="Nodes of the lineage" rows=${data.nodes} keyOf=${(n) => n.id} columns=${[
          { name: 'Kind', cell: (n) => n.kind },
          { name: 'Name', cell: (n) => (n.href ? html`<a href=${n.href}>${n.label}</a>` : n.label) },
          { name: 'Detail', cell: (n) => html`<small class="mono" title=${n.detail}>${brief(n.detail)}</small>` },
          { name: 'Made from', cell: (n) => data.edges.filter((e) => e.from === n.id).map((e) => data.nodes.find((m) => m.id === e.to)?.label ?? e.to).join(', ') },
        ]} />
      </${Section}>`}</${Load}>
  </${Page}>`;
}

function Graph({ dagre, nodes, edges }) {
  const drawn = useMemo(() => {
    const graph = new dagre.graphlib.Graph({ multigraph: true });
    graph.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 34, marginx: 16, marginy: 16 });
    graph.setDefaultEdgeLabel(() => ({}));
    for (const node of nodes) graph.setNode(node.id, { width: WIDTH, height: HEIGHT });
    const known = new Set(nodes.map((n) => n.id));
    edges.filter((e) => known.has(e.from) && known.has(e.to)).forEach((e, i) => graph.setEdge(e.from, e.to, {}, String(i)));
    dagre.layout(graph);
    return graph;
  }, [dagre, nodes, edges]);
  const { width, height } = drawn.graph();
  const holder = useRef(null);
  // A wide graph is opened at its root, not at its left edge.
  useLayoutEffect(() => {
    const root = drawn.node(nodes[0]?.id);
    if (root) holder.current.scrollLeft = root.x - holder.current.clientWidth / 2;
  }, [drawn]);
  return html`<div ref=${holder} class="graph" tabindex="0" role="group" aria-label="Graph of the lineage">
    <svg width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}>
      <defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="arrow" d="M0 0 8 4 0 8z" /></marker></defs>
      ${drawn.edges().map((e, i) => html`<path key=${i} class="edge" marker-end="url(#tip)" d=${curve(drawn.edge(e).points)} />`)}
      ${nodes.map((n) => {
        const at = drawn.node(n.id);
        const box = html`<g class=${`node ${n.kind}`} transform=${`translate(${at.x - WIDTH / 2} ${at.y - HEIGHT / 2})`}>
          <title>${[n.kind, n.label, n.detail].filter(Boolean).join('\n')}</title>
          <rect width=${WIDTH} height=${HEIGHT} />
          <text class="kind" x="12" y="18">${n.kind}</text>
          <text x="12" y="36">${cut(n.label, 26)}</text>
          <text class="detail" x="12" y="52">${cut(brief(n.detail), 27)}</text>
        </g>`;
        return n.href ? html`<a key=${n.id} href=${n.href}>${box}</a>` : html`<g key=${n.id}>${box}</g>`;
      })}
    </svg>
  </div>`;
}

/** A digest by its first digits. */
const brief = (text) => (/^[0-9a-f]{64}$/.test(text ?? '') ? shortDigest(text) : text);

const cut = (text, most) => (text && text.length > most ? `${text.slice(0, most - 1)}…` : text ?? '');

function curve(points) {
  const [first, ...rest] = points;
  let path = `M${first.x} ${first.y}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const middle = i === rest.length - 2 ? rest[i + 1] : { x: (rest[i].x + rest[i + 1].x) / 2, y: (rest[i].y + rest[i + 1].y) / 2 };
    path += ` Q${rest[i].x} ${rest[i].y} ${middle.x} ${middle.y}`;
  }
  if (rest.length === 1) path += ` L${rest[0].x} ${rest[0].y}`;
  return path;
}
