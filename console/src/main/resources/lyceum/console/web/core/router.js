/** Paths of the page: /runs/x?tab=logs. Links are plain <a href>; history is the browser's. */
import { store, useStore } from './store.js';

const here = () => ({ path: location.pathname, params: new URLSearchParams(location.search) });
export const route = store(here());

addEventListener('popstate', () => route.set(here()));

/** Goes to a path within the page. With `replace` the step back skips the one that was left. */
export function navigate(to, { replace = false } = {}) {
  if (to === location.pathname + location.search) return;
  const from = location.pathname;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  route.set(here());
  if (from !== location.pathname) {
    scrollTo(0, 0);
    // A reader of screens is told of the new page by its heading.
    requestAnimationFrame(() => document.querySelector('main h1')?.focus({ preventScroll: true }));
  }
}

/** Sets query parameters and keeps the others; an empty value removes one. */
export function setParams(change, { replace = true } = {}) {
  const params = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(change)) {
    if (value === '' || value === null || value === undefined) params.delete(key);
    else params.set(key, value);
  }
  const text = params.toString();
  navigate(location.pathname + (text ? `?${text}` : ''), { replace });
}

export const useRoute = () => useStore(route);

addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.('a[href]');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin || link.pathname.startsWith('/api/')) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
});

/** The parts of a path that fit a pattern such as /runs/:id, or null. */
export function match(pattern, path) {
  const want = pattern.split('/').filter(Boolean);
  const have = path.split('/').filter(Boolean);
  if (want.length !== have.length) return null;
  const found = {};
  for (let i = 0; i < want.length; i++) {
    if (want[i].startsWith(':')) found[want[i].slice(1)] = decodeURIComponent(have[i]);
    else if (want[i] !== have[i]) return null;
  }
  return found;
}
