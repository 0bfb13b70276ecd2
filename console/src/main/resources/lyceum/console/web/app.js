/** The shell: who is logged in, where one is, how to get elsewhere. */
import { html, render, useEffect, useRef, useState } from './core/lib.js';
import { api, forget, useApi } from './core/api.js';
import { match, navigate, useRoute } from './core/router.js';
import { may, session, setTheme, settings, theme, toast, useStore } from './core/store.js';
import { Dialog, Foot, Icon, Page, Refusal, Toasts } from './core/ui.js';
import { Login } from './pages/login.js';

const ROUTES = [
  ['/', () => import('./pages/home.js')],
  ['/login', () => import('./pages/home.js')],
  ['/start', () => import('./pages/start.js')],
  ['/runs', () => import('./pages/runs.js')],
  ['/runs/:id', () => import('./pages/run.js')],
  ['/compare', () => import('./pages/compare.js')],
  ['/rankings', () => import('./pages/ranking.js')],
  ['/rankings/:id', () => import('./pages/ranking.js')],
  ['/approvals', () => import('./pages/approvals.js')],
  ['/datasets', () => import('./pages/datasets.js')],
  ['/datasets/:digest', () => import('./pages/datasets.js')],
  ['/models', () => import('./pages/models.js')],
  ['/models/:line', () => import('./pages/models.js')],
  ['/models/:line/versions/:version', () => import('./pages/version.js')],
  ['/models/:line/versions/:version/lineage', () => import('./pages/lineage.js')],
  ['/deployments', () => import('./pages/deployments.js')],
  ['/playground', () => import('./pages/playground.js')],
  ['/schedules', () => import('./pages/schedules.js')],
  ['/admin', () => import('./pages/admin.js')],
];

const PLACES = [
  ['Work', [
    ['/', 'Home', 'home', 'h'],
    ['/runs', 'Runs', 'runs', 'r'],
    ['/compare', 'Compare', 'compare', 'c'],
    ['/rankings', 'Rank answers', 'rank', 'k'],
    ['/approvals', 'Approvals', 'approvals', 'a'],
  ]],
  ['Made', [
    ['/datasets', 'Data sets', 'datasets', 'd'],
    ['/models', 'Models', 'models', 'm'],
    ['/deployments', 'Deployments', 'deployments', 'e'],
    ['/playground', 'Playground', 'playground', 'p'],
  ]],
  ['Set up', [
    ['/schedules', 'Schedules', 'schedules', 's'],
    ['/admin', 'Admin', 'admin', 'u'],
  ]],
];

const THEMES = { auto: 'light', light: 'dark', dark: 'auto' };

function Navigation({ path, waiting }) {
  const [open, setOpen] = useState(false);
  const colour = useStore(theme);
  const user = useStore(session);
  useEffect(() => setOpen(false), [path]);
  const logout = async () => {
    try {
      await api.delete('/session');
    } catch (e) {
      toast(e.message, 'bad');
    }
    forget();
    session.set(null);
    navigate('/');
  };
  const under = (to) => (to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`));
  return html`<header class=${`side ${open ? 'open' : ''}`}>
    <div class="brand">
      <a href="/" class="name"><img src="/icon.svg" alt="" width="26" height="26" />Lyceum</a>
      <button type="button" class="bare burger" aria-expanded=${open} aria-controls="places" aria-label="Menu" onClick=${() => setOpen(!open)}>
        <${Icon} name=${open ? 'close' : 'menu'} />
      </button>
    </div>
    <nav id="places" aria-label="Main">
      ${may('operator') && html`<a class="start" href="/start" aria-current=${path === '/start' ? 'page' : undefined}><${Icon} name="start" />Start a run</a>`}
      ${PLACES.map(
        ([group, places]) => html`<div key=${group} class="group">
          <p>${group}</p>
          ${places.map(
            ([to, name, icon]) => html`<a key=${to} href=${to} aria-current=${under(to) ? 'page' : undefined}>
              <${Icon} name=${icon} />${name}
              ${waiting?.[to] > 0 && html`<b class="badge" aria-label=${`${waiting[to]} waiting`}>${waiting[to]}</b>`}
            </a>`,
          )}
        </div>`,
      )}
      <div class="who">
        <p title=${(user.roles ?? []).join(', ')}><${Icon} name="admin" /><span>${user.user}</span></p>
        <div>
          <button type="button" class="bare" onClick=${() => setTheme(THEMES[colour])} aria-label=${`Colours: ${colour}. Change.`} title=${`Colours: ${colour}`}>
            <${Icon} name=${colour} />
          </button>
          <button type="button" class="bare" onClick=${() => dispatchEvent(new CustomEvent('lyceum-keys'))} aria-label="Keys" title="Keys (?)">?</button>
          <button type="button" class="bare" onClick=${logout}>Log out</button>
        </div>
      </div>
    </nav>
  </header>`;
}

function Keys({ onClose }) {
  return html`<${Dialog} title="Keys" onClose=${onClose}>
    <dl class="keys">
      ${PLACES.flatMap(([, places]) => places).map(([to, name, , key]) => html`<div key=${to}><dt><kbd>g</kbd> <kbd>${key}</kbd></dt><dd>${name}</dd></div>`)}
      <div><dt><kbd>n</kbd></dt><dd>Start a run</dd></div>
      <div><dt><kbd>/</kbd></dt><dd>To the page's search</dd></div>
      <div><dt><kbd>t</kbd></dt><dd>Light, dark, as the system</dd></div>
      <div><dt><kbd>?</kbd></dt><dd>This sheet</dd></div>
      <div><dt><kbd>←</kbd> <kbd>→</kbd> <kbd>↓</kbd></dt><dd>Ranking: left, right, tie</dd></div>
    </dl>
  </${Dialog}>`;
}

/** Keys that hold on every page, unless someone types or a dialog is open. */
function useKeys(showSheet) {
  const pending = useRef(0);
  useEffect(() => {
    const places = new Map(PLACES.flatMap(([, all]) => all).map(([to, , , key]) => [key, to]));
    const press = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, select, [contenteditable], dialog')) return;
      const after = Date.now() - pending.current < 1200;
      pending.current = 0;
      if (after && places.has(event.key)) navigate(places.get(event.key));
      else if (event.key === 'g') pending.current = Date.now();
      else if (event.key === 'n') navigate('/start');
      else if (event.key === 't') setTheme(THEMES[theme.get()]);
      else if (event.key === '?') showSheet(true);
      else if (event.key === '/') {
        const field = document.querySelector('main input[type=search]');
        if (!field) return;
        field.focus();
      } else return;
      event.preventDefault();
    };
    const asked = () => showSheet(true);
    addEventListener('keydown', press);
    addEventListener('lyceum-keys', asked);
    return () => {
      removeEventListener('keydown', press);
      removeEventListener('lyceum-keys', asked);
    };
  }, []);
}

function View({ path, params }) {
  const [shown, setShown] = useState(null);
  useEffect(() => {
    let current = true;
    for (const [pattern, load] of ROUTES) {
      const parts = match(pattern, path);
      if (!parts) continue;
      load().then(
        (module) => current && setShown({ pattern, Content: module.default, parts, path }),
        (error) => current && setShown({ error, path }),
      );
      return () => {
        current = false;
      };
    }
    setShown({ none: true, path });
    return undefined;
  }, [path]);
  if (!shown) return html`<main id="main"></main>`;
  if (shown.none) return html`<${Page} title="Nothing here"><p>There is no page at <code>${path}</code>. <a href="/">Home</a></p></${Page}>`;
  if (shown.error) return html`<${Page} title="Not loaded"><${Refusal} error=${shown.error} again=${() => location.reload()} /></${Page}>`;
  return html`<${shown.Content} key=${shown.path} ...${shown.parts} params=${params} />`;
}

function Shell() {
  const { path, params } = useRoute();
  const [sheet, showSheet] = useState(false);
  useKeys(showSheet);
  const home = useApi('/home', { every: 15_000 });
  const waiting = {};
  for (const run of home.data?.waiting ?? []) {
    const to = run.waitingFor === 'ranking' ? '/rankings' : '/approvals';
    waiting[to] = (waiting[to] ?? 0) + 1;
  }
  useEffect(() => {
    api.get('/settings').then(settings.set, () => settings.set({}));
  }, []);
  return html`<a class="skip" href="#main">To the content</a>
    <${Navigation} path=${path} waiting=${waiting} />
    <div class="body">
      <${View} path=${path} params=${params} />
      <${Foot} />
    </div>
    <${Toasts} />
    ${sheet && html`<${Keys} onClose=${() => showSheet(false)} />`}`;
}

function App() {
  const user = useStore(session);
  const [error, setError] = useState(null);
  const ask = () => {
    setError(null);
    api.get('/session').then(
      (s) => session.set(s),
      (e) => (e.problem?.status === 401 ? session.set(null) : setError(e)),
    );
  };
  useEffect(ask, []);
  if (error) return html`<div class="alone"><main><${Refusal} error=${error} again=${ask} /></main></div>`;
  if (user === undefined) return null;
  return user === null ? html`<${Login} />` : html`<${Shell} />`;
}

render(html`<${App} />`, document.getElementById('app'));
