/** Numbers, times and sizes as people read them. */

export const STAGES = ['corpus', 'tokenizer', 'pretraining', 'finetuning', 'alignment', 'evaluation', 'distillation', 'deployment'];

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
const withYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const timeZone = zone;

/** What a model said; a model that stopped at once said something too. */
export const answerText = (text) => (text.trim() ? text : '(empty answer)');

export function time(iso) {
  if (!iso) return '–';
  const date = new Date(iso);
  return (date.getFullYear() === new Date().getFullYear() ? short : withYear).format(date);
}

export const timeFull = (iso) => (iso ? `${full.format(new Date(iso))} (${zone}); ${iso}` : '');
export const timeOfDay = (iso) => (iso ? clock.format(new Date(iso)) : '–');

/** 3 min ago, in 2 h. */
export function ago(iso, now = Date.now()) {
  if (!iso) return '–';
  const seconds = Math.round((now - new Date(iso).getTime()) / 1000);
  const text = duration(Math.abs(seconds), true);
  return seconds >= 0 ? `${text} ago` : `in ${text}`;
}

/** 4 s, 3 min 12 s, 2 h 5 min, 3 d 4 h. With `rough` only the largest unit. */
export function duration(seconds, rough = false) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return '–';
  if (seconds < 1) return seconds <= 0 ? '0 s' : '< 1 s';
  const s = Math.round(seconds);
  const parts =
    s < 60 ? [[s, 's']]
    : s < 3600 ? [[Math.floor(s / 60), 'min'], [s % 60, 's']]
    : s < 86400 ? [[Math.floor(s / 3600), 'h'], [Math.floor((s % 3600) / 60), 'min']]
    : [[Math.floor(s / 86400), 'd'], [Math.floor((s % 86400) / 3600), 'h']];
  return (rough ? parts.slice(0, 1) : parts).map(([n, unit], i) => (i > 0 && n === 0 ? '' : `${n} ${unit}`)).join(' ').trim();
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function bytes(n) {
  if (n === null || n === undefined) return '–';
  let unit = 0;
  let value = n;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${UNITS[unit]}`;
}

const whole = new Intl.NumberFormat('en-GB');
export const count = (n) => (n === null || n === undefined ? '–' : whole.format(n));

/** Four figures that mean something: 0.0123, 3.142, 12,345, 1.2e-7. */
export function figure(x) {
  if (x === null || x === undefined) return '–';
  if (typeof x !== 'number') return String(x);
  if (Number.isNaN(x)) return 'NaN';
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '−∞';
  if (Number.isInteger(x)) return whole.format(x);
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return x.toExponential(2);
  return size >= 1000 ? whole.format(Math.round(x)) : x.toPrecision(4).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}

export const percent = (x, digits = 1) => (x === null || x === undefined ? '–' : `${(x * 100).toFixed(digits)} %`);

export function energy(joules) {
  if (joules === null || joules === undefined) return '–';
  return joules < 3600 ? `${figure(joules)} J` : joules < 3.6e6 ? `${figure(joules / 3600)} Wh` : `${figure(joules / 3.6e6)} kWh`;
}

export const shortDigest = (digest) => (digest ? String(digest).replace(/^sha256:/, '').slice(0, 10) : '–');

export const words = (state) => String(state ?? '').toLowerCase().replaceAll('_', ' ');

export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : text);

/** A setting's value on one line. */
export function setting(value) {
  if (value === undefined || value === null) return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
