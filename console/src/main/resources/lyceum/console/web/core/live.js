/** A run as it goes on: its status, curves and log lines, within bounds however long the page stays open. */
import { useCallback, useEffect, useRef, useState } from './lib.js';
import { api, useEvents } from './api.js';

export const POINTS_MOST = 3000;
export const LINES_MOST = 1000;

const id = (s) => `${s.stage} ${s.key}`;

/** Adds points that are newer; past the bound every second old point goes. */
export function addPoint(series, { stage, key, step, time, value, tokens }) {
  const name = id({ stage, key });
  let curve = series.get(name);
  if (!curve) {
    curve = { stage, key, points: [] };
    series.set(name, curve);
  }
  const last = curve.points.at(-1);
  if (last && step < last[0]) {
    // A rewound or repeated attempt: what was after it did not happen.
    curve.points = curve.points.filter((p) => p[0] < step);
  } else if (last && step === last[0]) {
    curve.points.pop();
  }
  curve.points.push([step, time, value, tokens ?? null]);
  if (curve.points.length > POINTS_MOST) {
    const newest = curve.points.at(-1);
    curve.points = curve.points.filter((_, i) => i % 2 === 0);
    if (curve.points.at(-1) !== newest) curve.points.push(newest);
  }
}

/** {view, series, lines, error, connection, reload}; view is undefined until known. */
export function useRun(runId) {
  const [view, setView] = useState(undefined);
  const [error, setError] = useState(null);
  const [connection, setConnection] = useState('');
  const [, draw] = useState(0);
  const series = useRef(new Map());
  const lines = useRef([]);
  const frame = useRef(0);
  const path = `/runs/${encodeURIComponent(runId)}`;

  // Events may come by the hundred; the page is drawn at most once a frame.
  const redraw = useCallback(() => {
    if (frame.current) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      draw((n) => n + 1);
    });
  }, []);

  const read = useCallback(() => {
    api.get(path).then(
      (run) => {
        setView(run);
        setError(null);
      },
      setError,
    );
    api.get(`${path}/metrics?maxPoints=${POINTS_MOST / 2}`).then(
      (metrics) => {
        const all = new Map((metrics.series ?? []).map((s) => [id(s), { ...s, points: [...s.points] }]));
        // Events that came meanwhile are newer than the answer.
        for (const s of series.current.values()) {
          const old = all.get(id(s));
          if (!old) all.set(id(s), s);
          else for (const p of s.points) if (p[0] > (old.points.at(-1)?.[0] ?? -1)) old.points.push(p);
        }
        series.current = all;
        redraw();
      },
      () => {},
    );
  }, [path, redraw]);

  useEffect(() => {
    series.current = new Map();
    lines.current = [];
    setView(undefined);
    read();
    return () => cancelAnimationFrame(frame.current);
  }, [read]);

  const goesOn = view && !view.ended;
  useEvents(
    goesOn ? `${path}/events` : null,
    {
      status: setView,
      metrics: (points) => {
        for (const point of points) addPoint(series.current, point);
        redraw();
      },
      // Events were missed; what they told is read again.
      reset: read,
      log: (line) => {
        lines.current.push(line);
        if (lines.current.length > LINES_MOST) lines.current.splice(0, lines.current.length - LINES_MOST);
        redraw();
      },
    },
    setConnection,
  );
  return { view, series: [...series.current.values()], lines: lines.current, error, connection: goesOn ? connection : '', reload: read };
}
