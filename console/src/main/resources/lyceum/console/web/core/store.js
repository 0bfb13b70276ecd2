/** Values that several parts of the page watch: who is logged in, messages, colours. */
import { useEffect, useState } from './lib.js';

/** A value with listeners. */
export function store(value) {
  const listeners = new Set();
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const listener of [...listeners]) listener(value);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The store's value; the component is drawn again when it changes. */
export function useStore(of) {
  const [value, setValue] = useState(of.get());
  useEffect(() => {
    setValue(of.get());
    return of.listen(setValue);
  }, [of]);
  return value;
}

/** undefined while not asked yet, null when nobody is logged in, else {user, roles, csrfToken}. */
export const session = store(undefined);

/** Links and version of the installation, null until known. */
export const settings = store(null);

const RANK = { viewer: 0, rater: 1, operator: 2, approver: 3, admin: 4 };

/** Whether the person has the role, or is an admin. The server decides; this only hides what would be refused. */
export function may(role) {
  const roles = session.get()?.roles ?? [];
  return roles.some((r) => {
    const name = String(r).toLowerCase();
    return name === role || name === 'admin' || (role === 'viewer' && name in RANK);
  });
}

export const toasts = store([]);
let toastId = 0;

/** A message that goes by itself; kind is good or bad. */
export function toast(text, kind = 'good') {
  const id = ++toastId;
  toasts.set([...toasts.get(), { id, text, kind }].slice(-4));
  setTimeout(() => toasts.set(toasts.get().filter((t) => t.id !== id)), kind === 'bad' ? 9000 : 4500);
}

export const theme = store(document.documentElement.dataset.theme ?? 'auto');

/** auto, light or dark; kept for the next visit. */
export function setTheme(next) {
  if (next === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === 'auto') localStorage.removeItem('lyceum.theme');
    else localStorage.setItem('lyceum.theme', next);
  } catch {
    // Forbidden storage: it holds for this visit.
  }
  theme.set(next);
}
