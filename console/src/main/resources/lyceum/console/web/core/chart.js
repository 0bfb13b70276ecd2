/** Curves, drawn by uPlot in the page's colours. */
import uPlot from '../lib/uPlot.esm.js';
import { html, useEffect, useRef, useState } from './lib.js';
import { theme, useStore } from './store.js';
import { figure } from './format.js';

const COLOURS = 6;

function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  // light-dark() is resolved only where it is used, so a probe wears each colour once.
  const probe = document.createElement('i');
  probe.hidden = true;
  document.body.append(probe);
  const resolve = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color || read(name);
  };
  const all = {
    text: resolve('--quiet'),
    grid: resolve('--line'),
    series: Array.from({ length: COLOURS }, (_, i) => resolve(`--series-${i}`)),
  };
  probe.remove();
  return all;
}

/** Exponential moving average with weight 0 (none) to below 1, corrected for its start as in Adam. */
export function smooth(values, weight) {
  if (!weight) return values;
  let average = 0;
  let seen = 0;
  return values.map((v) => {
    if (v === null || v === undefined || !Number.isFinite(v)) return v;
    average = average * weight + v * (1 - weight);
    seen++;
    return average / (1 - weight ** seen);
  });
}

/** Several curves over the union of their x values: uPlot's aligned data. */
export function align(curves) {
  const at = new Map();
  for (const curve of curves) for (const [x] of curve.points) at.set(x, 0);
  const xs = [...at.keys()].sort((a, b) => a - b);
  xs.forEach((x, i) => at.set(x, i));
  const columns = curves.map((curve) => {
    const column = new Array(xs.length).fill(null);
    for (const [x, y] of curve.points) column[at.get(x)] = y === null || Number.isNaN(y) ? null : y;
    return column;
  });
  return [xs, ...columns];
}

/**
 * @param curves [{name, points: [[x, y]…]}], x ascending
 * @param unit of x: step, time (seconds of the epoch), seconds, tokens
 * @param weight of the smoothing; the raw curve stays visible behind
 */
export function Chart({ title, curves, unit = 'step', weight = 0, log = false, height = 220, sync }) {
  const holder = useRef(null);
  const plot = useRef(null);
  const shape = useRef('');
  const colour = useStore(theme);
  const [, setTurned] = useState(0);

  const raw = align(curves);
  const smoothed = weight > 0;
  const data = smoothed ? [raw[0], ...raw.slice(1).map((c) => smooth(c, weight)), ...raw.slice(1)] : raw;
  const key = JSON.stringify([curves.map((c) => c.name), unit, smoothed, log, height, sync, colour]);

  useEffect(() => {
    if (plot.current && shape.current === key) {
      plot.current.setData(data);
      return;
    }
    plot.current?.destroy();
    const paint = colours();
    const series = curves.map((c, i) => ({
      label: c.name,
      stroke: paint.series[i % COLOURS],
      width: 1.75,
      spanGaps: true,
      points: { show: c.points.length < 3, size: 6 },
      value: (_, v) => figure(v),
    }));
    const behind = smoothed
      ? curves.map((c, i) => ({
          label: `${c.name} (raw)`,
          stroke: paint.series[i % COLOURS],
          alpha: 0.28,
          width: 1,
          spanGaps: true,
          points: { show: false },
          value: (_, v) => figure(v),
        }))
      : [];
    const axis = { stroke: paint.text, grid: { stroke: paint.grid, width: 1 }, ticks: { stroke: paint.grid, width: 1 }, font: '11px system-ui, sans-serif' };
    plot.current = new uPlot(
      {
        width: Math.max(200, holder.current.clientWidth),
        height,
        cursor: { sync: sync ? { key: sync } : undefined, points: { size: 6 }, drag: { x: true, y: false } },
        legend: { show: true, live: true },
        scales: { x: { time: unit === 'time' }, y: { distr: log ? 3 : 1 } },
        axes: [
          { ...axis, values: unit === 'time' ? undefined : (_, ticks) => ticks.map(compact), size: 32 },
          { ...axis, size: 56, values: (_, ticks) => ticks.map((t) => (t === null ? '' : compact(t))) },
        ],
        series: [{ label: unit, value: (_, v) => (unit === 'time' ? (v === null ? '–' : new Date(v * 1000).toLocaleTimeString()) : figure(v)) }, ...series, ...behind],
      },
      data,
      holder.current,
    );
    shape.current = key;
  });

  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    // The system turned: draw again, in the colours of now.
    const repaint = () => {
      shape.current = '';
      setTurned((n) => n + 1);
    };
    const observer = new ResizeObserver(() => {
      const width = holder.current?.clientWidth;
      if (width && plot.current && Math.abs(plot.current.width - width) > 1) plot.current.setSize({ width, height });
    });
    observer.observe(holder.current);
    dark.addEventListener('change', repaint);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', repaint);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [height]);

  const last = curves.map((c) => `${c.name} ${figure(c.points.at(-1)?.[1])}`).join(', ');
  return html`<figure class="chart">
    <figcaption>${title}</figcaption>
    <div class="plot" ref=${holder} role="img" aria-label=${`${title} over ${unit}; last: ${last}`}></div>
  </figure>`;
}

function compact(x) {
  const size = Math.abs(x);
  if (size >= 1e9) return `${trim(x / 1e9)}G`;
  if (size >= 1e6) return `${trim(x / 1e6)}M`;
  if (size >= 1e4) return `${trim(x / 1e3)}k`;
  if (size !== 0 && size < 1e-3) return x.toExponential(0);
  return trim(x);
}

const trim = (x) => String(Number(x.toPrecision(4)));
