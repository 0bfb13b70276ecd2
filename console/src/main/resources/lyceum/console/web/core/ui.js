/** Parts that every page is made of. */
import { html, useEffect, useRef, useState } from './lib.js';
import { settings, toast, toasts, useStore } from './store.js';
import { ago, duration, shortDigest, time, timeFull, words } from './format.js';

const PATHS = {
  home: 'M3 10.5 12 3l9 7.5V21h-6v-6H9v6H3z',
  runs: 'M4 6h16M4 12h16M4 18h10',
  start: 'M12 5v14M5 12h14',
  compare: 'M4 19V9m6 10V5m6 14v-7m5 7H3',
  rank: 'M4 5h7v14H4zM13 5h7v14h-7z',
  approvals: 'M4 12.5 9.5 18 20 6.5',
  datasets: 'M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3zm0 0v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3',
  models: 'M12 3 3 8v8l9 5 9-5V8zM3 8l9 5 9-5M12 13v8',
  deployments: 'M12 3c4 2 6 6 6 10l-3 3H9l-3-3c0-4 2-8 6-10zM9 20l3-2 3 2M12 9v2',
  playground: 'M4 5h16v11H9l-5 4z',
  schedules: 'M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z',
  admin: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-4 4-6 8-6s7 2 8 6',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6 6 18',
  light: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  auto: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  up: 'M7 11v9H4v-9zM7 11l4-8c2 0 2.500 1.500 2.300 3L12.700 9H19a2 2 0 0 1 2 2.300l-1.200 7A2 2 0 0 1 17.800 20H7',
  down: 'M7 13V4H4v9zM7 13l4 8c2 0 2.500-1.500 2.300-3L12.700 15H19a2 2 0 0 0 2-2.300l-1.200-7A2 2 0 0 0 17.800 4H7',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  out: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
};

export const Icon = ({ name }) =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

/** A page: its heading, what can be done on it, what is in it. */
export function Page({ title, lead, actions, children, wide }) {
  useEffect(() => {
    document.title = `${title} · Lyceum`;
  }, [title]);
  return html`<main id="main" class=${wide ? 'wide' : ''}>
    <header class="page-head">
      <div class="page-title">
        <h1 tabindex="-1">${title}</h1>
        ${lead && html`<p class="lead">${lead}</p>`}
      </div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}
  </main>`;
}

/** The three ways an answer may be: not there yet, refused, there. */
export function Load({ of, children, lines = 4 }) {
  if (of.data !== undefined && of.data !== null) {
    return html`${of.error && html`<${Refusal} error=${of.error} again=${of.reload} />`}${children(of.data)}`;
  }
  if (of.error) return html`<${Refusal} error=${of.error} again=${of.reload} />`;
  if (of.data === null) return null;
  return html`<div class="skeleton" role="status" aria-label="Loading">
    ${Array.from({ length: lines }, (_, i) => html`<i key=${i}></i>`)}
  </div>`;
}

/** What the server said, whole. */
export function Refusal({ error, again }) {
  if (!error) return null;
  const p = error.problem ?? { title: 'The page failed', detail: error.message };
  return html`<section class="problem" role="alert">
    <h2>${p.title}${p.status ? html` <small>${p.status}</small>` : ''}</h2>
    <p>${p.detail}</p>
    ${p.fieldErrors?.length > 0 &&
    html`<ul>
      ${p.fieldErrors.map((f) => html`<li><code>${f.path ?? f.field}</code> ${f.message}</li>`)}
    </ul>`}
    <p class="problem-foot">
      ${p.code && html`<code>${p.code}</code>`}
      ${again && html`<button type="button" class="small" onClick=${again}>Try again</button>`}
    </p>
  </section>`;
}

/** Nothing here, and how to change that. */
export const Empty = ({ children, command }) =>
  html`<div class="empty">
    <p>${children}</p>
    ${command && html`<${Command} text=${command} />`}
  </div>`;

export function Command({ text }) {
  return html`<p class="command"><code>${text}</code><${Copy} text=${text} /></p>`;
}

export function Copy({ text, label = 'Copy' }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    } catch {
      toast('The browser did not allow copying.', 'bad');
    }
  };
  return html`<button type="button" class="bare" title=${label} aria-label=${`${label}: ${text}`} onClick=${copy}>
    ${done ? html`<span class="good">copied</span>` : html`<${Icon} name="copy" />`}
  </button>`;
}

export const State = ({ of }) => html`<span class=${`state ${words(of).replace(/ /g, '-')}`}>${words(of)}</span>`;

/** A moment: short to read, whole on hover, with the zone. */
export const Time = ({ at, relative }) =>
  at
    ? html`<time datetime=${at} title=${timeFull(at)}>${relative ? ago(at) : time(at)}</time>`
    : html`<span class="quiet">–</span>`;

let watchers = new Set();
let ticking = 0;

/** The time now, each second, while the page is looked at; one timer for all. */
export function useNow(active = true) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!active) return undefined;
    watchers.add(setNow);
    if (!ticking) {
      ticking = setInterval(() => {
        if (!document.hidden) for (const watcher of [...watchers]) watcher(Date.now());
      }, 1000);
    }
    return () => {
      watchers.delete(setNow);
      if (watchers.size === 0) {
        clearInterval(ticking);
        ticking = 0;
      }
    };
  }, [active]);
  return now;
}

export function Took({ from, to }) {
  const now = useNow(!!from && !to);
  if (!from) return html`<span class="quiet">–</span>`;
  const end = to ? new Date(to).getTime() : now;
  return html`<span class="num">${duration(Math.max(0, (end - new Date(from).getTime()) / 1000))}</span>`;
}

export const Digest = ({ of }) =>
  of ? html`<span class="digest"><code title=${of}>${shortDigest(of)}</code><${Copy} text=${of} label="Copy digest" /></span>` : '–';

/**
 * Rows with a head. Columns: {name, head, num, minor, cell(row)}. On a phone every row becomes a card, without
 * what is minor.
 *
 * @param caption for readers of screens
 */
export function Table({ columns, rows, keyOf, caption, rowClass }) {
  return html`<div class="table">
    <table>
      <caption class="visually-hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((c) => html`<th key=${c.name} scope="col" class=${c.num ? 'num' : ''}>${c.head ?? c.name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row, i) => html`<tr key=${keyOf ? keyOf(row, i) : i} class=${rowClass?.(row) ?? ''}>
            ${columns.map(
              (c) => html`<td key=${c.name} class=${`${c.num ? 'num' : ''} ${c.minor ? 'minor' : ''}`} data-head=${typeof c.head === 'string' ? c.head : c.name}>
                <div>${c.cell(row)}</div>
              </td>`,
            )}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function Facts({ items }) {
  return html`<dl class="facts">
    ${items.filter(Boolean).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/** Tabs that are links, so that each can be sent to others. */
export function Tabs({ tabs, current, label }) {
  return html`<nav class="tabs" aria-label=${label}>
    ${tabs.map(
      ([id, name, badge]) => html`<a
        key=${id}
        href=${`${location.pathname}${id === tabs[0][0] ? '' : `?tab=${id}`}`}
        aria-current=${id === current ? 'page' : undefined}
        >${name}${badge ? html` <small>${badge}</small>` : ''}</a
      >`,
    )}
  </nav>`;
}

/** A dialog of the browser's own: focus stays in it, Escape closes it. */
export function Dialog({ title, onClose, children, wide }) {
  const dialog = useRef(null);
  useEffect(() => {
    const element = dialog.current;
    element.showModal();
    return () => element.open && element.close();
  }, []);
  return html`<dialog
    ref=${dialog}
    class=${wide ? 'wide' : ''}
    aria-label=${title}
    onClose=${onClose}
    onClick=${(e) => e.target === dialog.current && onClose()}
  >
    <div class="dialog">
      <header>
        <h2>${title}</h2>
        <button type="button" class="bare" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
      </header>
      ${children}
    </div>
  </dialog>`;
}

/**
 * Asks before something that others notice.
 *
 * @param reason 'required', 'optional' or nothing
 * @param run does it; what it throws is shown and the dialog stays
 */
export function Ask({ title, text, action, danger, reason, run, onClose, children }) {
  const [value, setValue] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await run(value.trim());
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${submit}>
      ${text && html`<p>${text}</p>`} ${children}
      ${reason &&
      html`<label class="field"
        ><span>Reason ${reason === 'optional' ? html`<small>optional</small>` : ''}</span>
        <textarea rows="3" required=${reason === 'required'} value=${value} onInput=${(e) => setValue(e.target.value)}></textarea>
        <small>Stands in the audit log.</small>
      </label>`}
      <${Refusal} error=${error} />
      <div class="dialog-foot">
        <button type="button" onClick=${onClose}>Not now</button>
        <button type="submit" class=${danger ? 'danger' : 'primary'} disabled=${busy}>${busy ? 'Working…' : action}</button>
      </div>
    </form>
  </${Dialog}>`;
}

/** Whether a version is promoted whatever its judgement. */
export function Override({ value, onChange }) {
  return html`<label class="check"><input type="checkbox" checked=${value} onChange=${(e) => onChange(e.target.checked)} /> Even if its gates or the comparison with the champion say no</label>`;
}

export function Toasts() {
  const list = useStore(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${list.map((t) => html`<p key=${t.id} class=${t.kind}>${t.text}</p>`)}
  </div>`;
}

export function Section({ title, actions, children, id }) {
  return html`<section class="section" aria-label=${title} id=${id}>
    <header class="section-head">
      <h2>${title}</h2>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}
  </section>`;
}

export function More({ list }) {
  if (!list.more || !list.items) return null;
  return html`<p class="more"><button type="button" disabled=${list.loading} onClick=${list.next}>${list.loading ? 'Loading…' : 'Show more'}</button></p>`;
}

/** A bar from 0 to 1 with its value in words. */
export function Bar({ value, label, kind = '' }) {
  const share = Math.max(0, Math.min(1, value || 0));
  return html`<span class=${`bar ${kind}`} role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)} aria-label=${label}
    ><i style=${{ width: `${share * 100}%` }}></i
  ></span>`;
}

/** A link to another program's page, where the installation has it. */
export function Out({ href, children }) {
  return href ? html`<a class="out" href=${href} target="_blank" rel="noopener noreferrer">${children}<${Icon} name="out" /></a>` : null;
}

/**
 * An interval on a scale: the value as a dot, the interval as a line, each named by its row's text.
 *
 * @param rows [{name, value, low, high, kind}]
 */
export function Intervals({ rows, marker, label }) {
  const known = rows.filter((r) => r.value !== null && r.value !== undefined);
  if (known.length === 0) return html`<span class="quiet">not measured</span>`;
  const all = known.flatMap((r) => [r.low ?? r.value, r.high ?? r.value]).concat(marker === undefined ? [] : [marker]);
  let low = Math.min(...all);
  let high = Math.max(...all);
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  low -= pad;
  high += pad;
  const x = (v) => ((v - low) / (high - low)) * 100;
  const step = known.length > 3 ? 9 : 14;
  return html`<svg class="intervals" viewBox=${`0 0 100 ${known.length * step}`} preserveAspectRatio="none" role="img" aria-label=${label} height=${known.length * step}>
    ${marker !== undefined && html`<line class="marker" x1=${x(marker)} x2=${x(marker)} y1="0" y2=${known.length * step} />`}
    ${known.map((r, i) => {
      const y = i * step + step / 2;
      return html`<g key=${r.name} class=${`series-${i % 6}`}>
        <title>${`${r.name}: ${r.value}${r.low !== undefined && r.low !== null ? ` (${r.low} to ${r.high})` : ''}`}</title>
        <line x1=${x(r.low ?? r.value)} x2=${x(r.high ?? r.value)} y1=${y} y2=${y} />
        <line class="dot" x1=${x(r.value)} x2=${x(r.value)} y1=${y} y2=${y} />
      </g>`;
    })}
  </svg>`;
}

export function Foot() {
  const s = useStore(settings);
  if (!s) return null;
  return html`<footer class="foot">
    <span>Lyceum ${s.version ?? ''}</span>
    <${Out} href=${s.temporal}>Temporal</${Out}>
    <${Out} href=${s.mlflow}>MLflow</${Out}>
    <${Out} href=${s.storage}>Storage</${Out}>
    <a href="/api/v1/openapi.json">API</a>
  </footer>`;
}

/** A value that follows the last change after a while, for filters that ask the server. */
export function useSettled(value, milliseconds = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** Text in a file that the browser saves. */
export function Download({ name, text, type = 'text/csv', children }) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([text()], { type }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  };
  return html`<button type="button" class="small" onClick=${save}>${children}</button>`;
}

