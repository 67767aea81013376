// Ask PromQL of the server and keep the answer up to date: after the first answer only new points are fetched.
import { getJson } from "deskwatch/http.js";

const MOST_POINTS = 720;
const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400].map(
  (seconds) => seconds * 1000,
);

export function stepMs(rangeMs, finestMs) {
  const wanted = Math.max(finestMs, rangeMs / MOST_POINTS);
  return STEPS_MS.find((step) => step >= wanted) ?? STEPS_MS[STEPS_MS.length - 1];
}

const promDuration = (ms) => (ms % 1000 ? `${Math.round(ms)}ms` : `${ms / 1000}s`);

// Grafana's rule: wide enough that two samples are always inside.
// Source: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
const rateIntervalMs = (step, scrapeMs) => Math.max(step + scrapeMs, 4 * scrapeMs);

export function fillIn(expr, { bot, step, scrapeMs, rangeMs }) {
  const values = {
    // The name stands inside quotes of the expression: it must not be able to end them.
    bot: bot.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n"),
    __interval: promDuration(step),
    __interval_ms: String(step),
    __rate_interval: promDuration(rateIntervalMs(step, scrapeMs)),
    __range: promDuration(rangeMs),
    __range_s: String(Math.round(rangeMs / 1000)),
  };
  return expr.replace(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (whole, braced, plain) => values[braced ?? plain] ?? whole);
}

export function legendText(format, labels) {
  if (format && format !== "__auto") {
    return format.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, name) => labels[name] ?? "").trim();
  }
  const { __name__: name = "", ...others } = labels;
  const pairs = Object.entries(others).map(([key, value]) => `${key}="${value}"`);
  return pairs.length ? `${name}{${pairs.join(", ")}}` : name;
}

const numeric = (text) => (text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text));

// One query of a panel with the points that it has so far.
export class RangeQuery {
  constructor(target) {
    this.target = target;
    this.series = new Map(); // labels as text -> {labels, points: [[ms, value], ...]}
    this.signature = "";
    this.endMs = 0;
  }

  // Fetch what is missing between start and end; both lie on multiples of the step.
  async refresh(startMs, endMs, step, variables) {
    const expr = fillIn(this.target.expr, { ...variables, step });
    const signature = `${step} ${expr}`;
    const isDelta = signature === this.signature && this.endMs >= startMs && this.endMs <= endMs;
    const fromMs = isDelta ? this.endMs : startMs; // the last point again: late samples may have changed it
    const answer = await getJson("/api/v1/query_range", {
      query: expr,
      start: fromMs / 1000,
      end: endMs / 1000,
      step: step / 1000,
    });
    if (!isDelta) this.series.clear();
    this.merge(answer.data.result, fromMs, step);
    this.forget(startMs);
    this.signature = signature;
    this.endMs = endMs;
  }

  merge(result, fromMs, step) {
    for (const { points } of this.series.values()) dropFrom(points, fromMs);
    for (const { metric, values } of result) {
      const key = JSON.stringify(Object.entries(metric).sort());
      if (!this.series.has(key)) this.series.set(key, { labels: metric, points: [] });
      append(this.series.get(key).points, values, step);
    }
  }

  forget(startMs) {
    for (const [key, { points }] of this.series) {
      const first = points.findIndex(([ms]) => ms >= startMs);
      if (first < 0) this.series.delete(key);
      else if (first > 0) points.splice(0, first);
    }
  }

  frames() {
    return [...this.series.values()].map(({ labels, points }) => ({
      ref: this.target.ref,
      name: legendText(this.target.legend, labels) || this.target.expr,
      labels,
      points,
    }));
  }
}

// Take away what is fetched anew, and a gap at the end, which is drawn anew if it is still one.
function dropFrom(points, fromMs) {
  const isOver = ([ms, value]) => ms >= fromMs || value === null;
  while (points.length && isOver(points[points.length - 1])) points.pop();
}

// A step without a value is a gap in the line, not a straight line over it.
function append(points, values, step) {
  for (const [seconds, text] of values) {
    const ms = Math.round(seconds * 1000);
    const last = points[points.length - 1];
    if (last && ms - last[0] > step * 1.5) points.push([last[0] + step, null]);
    points.push([ms, numeric(text)]);
  }
}

export function lastValue(frame) {
  for (let index = frame.points.length - 1; index >= 0; index -= 1) {
    if (frame.points[index][1] !== null) return frame.points[index][1];
  }
  return null;
}

// When the first point of any series was; 0 without points.
export function oldestMs(frames) {
  const firsts = frames.map(({ points }) => points[0]?.[0]).filter(Boolean);
  return firsts.length ? Math.min(...firsts) : 0;
}

export function isConstant({ points }) {
  const values = new Set(points.map(([, value]) => value).filter((value) => value !== null));
  return values.size === 1;
}

const REDUCERS = {
  lastNotNull: (values) => values[values.length - 1],
  last: (values) => values[values.length - 1],
  firstNotNull: (values) => values[0],
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

export function reduced(frame, how) {
  const values = frame.points.map(([, value]) => value).filter((value) => value !== null);
  return values.length ? (REDUCERS[how] ?? REDUCERS.lastNotNull)(values) : null;
}
