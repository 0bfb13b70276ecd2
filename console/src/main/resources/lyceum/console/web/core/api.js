/** The one door to the server: JSON over /api/v1, problem+json errors, events, streams. */
import { useCallback, useEffect, useRef, useState } from './lib.js';
import { session } from './store.js';

const BASE = '/api/v1';

/** What the server refused, or that it did not answer. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || 'The request failed.');
    this.problem = problem;
  }
}

/** /runs?state=a&q=b without what is empty. */
export function query(path, parameters) {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== '') pairs.set(key, value);
  }
  const text = pairs.toString();
  return text ? `${path}?${text}` : path;
}

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
}

async function request(method, path, { body, etag, signal, accept } = {}) {
  const headers = { Accept: accept ?? 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET') {
    headers['Idempotency-Key'] = uuid();
    const token = session.get()?.csrfToken;
    if (token) headers['X-CSRF-Token'] = token;
  }
  if (etag) headers['If-Match'] = etag;
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      signal,
      credentials: 'same-origin',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new Problem({
      title: 'No answer',
      status: 0,
      detail: `The console's server did not answer ${method} ${path}. Is it running? ./lyceum status tells.`,
      code: 'no_answer',
    });
  }
  if (!response.ok) {
    const problem = await problemOf(response, method, path);
    if (response.status === 401 && path !== '/session') session.set(null);
    throw problem;
  }
  return response;
}

async function problemOf(response, method, path) {
  try {
    const problem = await response.json();
    return new Problem({ status: response.status, ...problem });
  } catch {
    return new Problem({
      title: response.statusText || 'Refused',
      status: response.status,
      detail: `${method} ${path} was answered with ${response.status} and no reason.`,
      code: '',
    });
  }
}

async function json(method, path, options) {
  const response = await request(method, path, options);
  if (response.status === 204 || response.headers.get('Content-Length') === '0') return null;
  const text = await response.text();
  if (!text) return null;
  const value = JSON.parse(text);
  const etag = response.headers.get('ETag');
  if (etag && value && typeof value === 'object' && !Array.isArray(value) && value.etag === undefined) {
    value.etag = etag;
  }
  return value;
}

export const api = {
  get: (path, options) => json('GET', path, options),
  post: (path, body = {}, options = {}) => json('POST', path, { ...options, body }),
  patch: (path, body, options = {}) => json('PATCH', path, { ...options, body }),
  delete: (path, options) => json('DELETE', path, options),
  href: (path) => BASE + path,
};

const seen = new Map();
const SEEN_MOST = 40;

function remember(path, data) {
  seen.delete(path);
  seen.set(path, data);
  if (seen.size > SEEN_MOST) seen.delete(seen.keys().next().value);
}

/** What was read is another person's after a change of login. */
export function forget() {
  seen.clear();
}

/**
 * The answer to GET path: {data, error, loading, reload, set}. What was seen before is shown at
 * once while it is read again. With `every` (milliseconds) it is read again while the page is
 * looked at. A null path asks nothing.
 */
export function useApi(path, { every = 0 } = {}) {
  const [state, setState] = useState(() => ({ path, data: path ? seen.get(path) : undefined, error: null, loading: !!path }));
  const abort = useRef(null);
  const alive = useRef(true);

  const read = useCallback(async () => {
    if (!path) return;
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    try {
      const data = await api.get(path, { signal: controller.signal });
      if (!alive.current || controller.signal.aborted) return;
      remember(path, data);
      setState({ path, data, error: null, loading: false });
    } catch (error) {
      if (error.name === 'AbortError' || !alive.current) return;
      setState((old) => ({ path, data: old.path === path ? old.data : undefined, error, loading: false }));
    }
  }, [path]);

  useEffect(() => {
    alive.current = true;
    setState({ path, data: path ? seen.get(path) : undefined, error: null, loading: !!path });
    read();
    let timer = 0;
    const tick = () => {
      if (!document.hidden) read();
    };
    if (every && path) timer = setInterval(tick, every);
    return () => {
      alive.current = false;
      clearInterval(timer);
      abort.current?.abort();
    };
  }, [path, every, read]);

  const set = useCallback((change) => setState((old) => ({ ...old, data: change(old.data) })), []);
  // The first draw after a change of path still holds the answer to the path before.
  const fresh = state.path === path ? state : { data: path ? seen.get(path) : undefined, error: null, loading: !!path };
  return { data: fresh.data, error: fresh.error, loading: fresh.loading, reload: read, set };
}

/**
 * Pages of a list: {items, more, error, loading, next, reload}. `next` fetches the next page and adds it.
 */
export function useList(path, { every = 0 } = {}) {
  const first = useApi(path, { every });
  const [rest, setRest] = useState({ path, items: [], token: null, loading: false, error: null });
  const mine = rest.path === path ? rest : { path, items: [], token: null, loading: false, error: null };
  const token = mine.token ?? first.data?.nextPageToken ?? '';
  const next = async () => {
    setRest({ ...mine, loading: true, error: null });
    try {
      const page = await api.get(path + (path.includes('?') ? '&' : '?') + 'pageToken=' + encodeURIComponent(token));
      setRest({ path, items: [...mine.items, ...page.items], token: page.nextPageToken ?? '', loading: false, error: null });
    } catch (error) {
      setRest({ ...mine, loading: false, error });
    }
  };
  // Newer runs push older ones from the first page to the second.
  const ids = new Set();
  const items = [...(first.data?.items ?? []), ...mine.items].filter((item) => {
    const id = item.id ?? item.digest ?? item.line;
    if (id === undefined) return true;
    if (ids.has(id)) return false;
    ids.add(id);
    return true;
  });
  return {
    items: first.data ? items : undefined,
    more: token !== '',
    error: first.error ?? mine.error,
    loading: first.loading || mine.loading,
    next,
    reload: first.reload,
  };
}

/**
 * Server-sent events for as long as the component stands.
 *
 * @param handlers by the event's name; each takes the parsed data
 * @param state told 'open', 'lost'
 */
export function useEvents(path, handlers, state) {
  const current = useRef(handlers);
  current.current = handlers;
  const names = Object.keys(handlers).join(' ');
  useEffect(() => {
    if (!path) return undefined;
    const source = new EventSource(BASE + path);
    source.onopen = () => state?.('open');
    source.onerror = () => state?.('lost');
    for (const name of names.split(' ')) {
      source.addEventListener(name, (event) => {
        state?.('open');
        let data;
        try {
          data = JSON.parse(event.data);
        } catch {
          return;
        }
        current.current[name]?.(data);
      });
    }
    return () => source.close();
  }, [path, names]);
}

/**
 * POSTs and reads the answer as server-sent events.
 *
 * @param onData takes every parsed data line; [DONE] is not among them
 */
export async function stream(path, body, onData, signal) {
  const response = await request('POST', path, { body, signal, accept: 'text/event-stream' });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    let cut;
    while ((cut = buffer.search(/\r?\n\r?\n/)) >= 0) {
      const block = buffer.slice(0, cut);
      buffer = buffer.slice(cut).replace(/^\r?\n\r?\n/, '');
      const data = block
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart())
        .join('\n');
      if (!data || data === '[DONE]') continue;
      const parsed = JSON.parse(data);
      if (parsed.error) throw new Problem({ title: 'The model could not answer', status: 502, detail: parsed.error.message ?? String(parsed.error), code: '' });
      onData(parsed);
    }
  }
}
