// Add the points to the skeleton that server/ui/panels made. Nothing here is HTML: names and labels are text.
import { formatTick, formatValue } from "deskwatch/units.js";
import { clock, day, hourMinute } from "deskwatch/time.js";

const PALETTE_FALLBACK = "#56b4e9";
const LABEL_SIZE_PX = 11;
const LABEL_ROOM_PX = 14; // between a line's end, its words and the panel's edge
const LONGEST_WORD = 24;
const CLOSE = 0.08; // levels nearer than this share of the highest would write over each other
const GROUND = "#121a26";

function matches({ by, match }, frame) {
  if (by === "name") return frame.name === match;
  if (by === "ref") return frame.ref === match;
  return safeRegex(match)?.test(frame.name) ?? false;
}

// Grafana writes /pattern/flags; a broken one of an imported dashboard matches nothing.
function safeRegex(text) {
  const parts = /^\/(.*)\/([a-z]*)$/.exec(text);
  try {
    return parts ? new RegExp(parts[1], parts[2]) : new RegExp(text);
  } catch {
    return null;
  }
}

export function styleOf(frame, index, styles, palette) {
  const found = { color: palette[index % palette.length] ?? PALETTE_FALLBACK, ...styles.base };
  for (const override of styles.overrides) {
    if (matches(override, frame)) Object.assign(found, override.style);
  }
  return found;
}

function seriesOf(frame, style) {
  const line = {
    id: frame.key,
    name: frame.name,
    type: style.type ?? "line",
    data: frame.points,
    itemStyle: { color: style.color },
    stack: style.stack,
    sampling: style.stack ? undefined : "lttb",
    emphasis: { disabled: true },
  };
  if (line.type === "bar") return line;
  return Object.assign(line, {
    showSymbol: style.points ?? false,
    symbol: "circle",
    symbolSize: 5,
    step: style.step ?? false,
    smooth: style.smooth ? 0.3 : false,
    connectNulls: style.connect ?? false,
    lineStyle: { width: style.width ?? 1, type: style.dash ?? "solid", color: style.color },
    areaStyle: style.fill ? { color: style.color, opacity: style.fill } : undefined,
  });
}

// Lines at fixed values with their words; those of limits that are series themselves get words only.
function markLines(lines, marks, field, context) {
  const levels = [...lines].sort((a, b) => a.value - b.value);
  const horizontal = levels.map((line, index) => ({
    yAxis: line.value,
    lineStyle: { color: line.color, type: line.solid ? "solid" : [5, 5], width: line.wordsOnly ? 0 : 1.2, opacity: 0.9 },
    label: {
      ...labelStyle(line.color),
      position: "end",
      verticalAlign: besideNeighbours(levels, index),
      formatter: () => lineWords(line, field, context),
    },
  }));
  const vertical = marks.map((mark) => ({
    xAxis: mark.ms,
    lineStyle: { color: mark.bad ? "#ff5d5d" : "#2fc39b", type: [2, 3], width: 1, opacity: 0.8 },
    label: {
      ...labelStyle(mark.bad ? "#ff9b9b" : "#7fe0c6"),
      position: "insideEndTop",
      rotate: 0,
      align: mark.isEarly ? "left" : "right",
      show: mark.word !== "",
      distance: [4, 2],
      formatter: () => mark.word,
    },
  }));
  return { silent: true, symbol: "none", animation: false, data: [...horizontal, ...vertical] };
}

// Words stand level with their line; where the next line is close, the lower words go below theirs, the upper above.
function besideNeighbours(levels, index) {
  const near = (other) => other && Math.abs(levels[index].value - other.value) < Math.abs(levels.at(-1).value) * CLOSE;
  if (near(levels[index + 1])) return "top";
  return near(levels[index - 1]) ? "bottom" : "middle";
}

function lineWords(line, field, context) {
  const word = line.word.length > LONGEST_WORD ? `${line.word.slice(0, LONGEST_WORD - 1)}…` : line.word;
  return `${word} ${formatValue(line.value, field, context)}`.trim();
}

const pen = document.createElement("canvas").getContext("2d");

// Room right of the plot for the words of its lines: inside it they would hide the newest points.
function widestWords(lines, field, context, font) {
  pen.font = `${LABEL_SIZE_PX}px ${font}`;
  return Math.max(0, ...lines.map((line) => pen.measureText(lineWords(line, field, context)).width + LABEL_ROOM_PX));
}

const labelStyle = (color) => ({ color, fontSize: LABEL_SIZE_PX, backgroundColor: `${GROUND}cc`, padding: [1, 3], show: true });

// An unseen point a little past each limit, so that the axis reaches it and its words have room above the line.
const reach = (lines, startMs) => lines.map(({ value }) => [startMs, value + Math.abs(value) * 0.06]);

// The option for one refresh. panel: the described panel; view: {startMs, endMs, zone, lines, marks, hidden, currency}
export function withPoints(panel, frames, view) {
  const { startMs, endMs, zone, lines, marks, hidden, currency } = view;
  const shown = frames.filter((frame) => !hidden.has(frame.key) && !frame.style.hidden && !frame.isLevel);
  const option = panel.option;
  const series = shown.map((frame) => seriesOf(frame, frame.style));
  series.push({
    id: "limits",
    type: "line",
    data: reach(lines, startMs),
    showSymbol: false,
    lineStyle: { opacity: 0 },
    tooltip: { show: false },
    silent: true,
    markLine: markLines(lines, marks, panel.field, { currency, zone }),
  });
  const label = { ...option.xAxis.axisLabel, formatter: (ms) => tickTime(ms, zone, endMs - startMs) };
  const right = Math.max(option.grid.right, widestWords(lines, panel.field, { currency, zone }, option.textStyle.fontFamily));
  return {
    ...option,
    useUTC: true,
    grid: { ...option.grid, right },
    xAxis: { ...option.xAxis, min: startMs, max: endMs, axisLabel: label },
    yAxis: {
      ...option.yAxis,
      axisLabel: { ...option.yAxis.axisLabel, formatter: (value) => formatTick(value, panel.field) },
    },
    tooltip: { ...option.tooltip, formatter: (hits) => tooltip(hits, panel, frames, { currency, zone }) },
    series: [...option.series, ...series],
  };
}

function tickTime(ms, zone, spanMs) {
  if (spanMs > 2 * 86400000) return day(ms, zone);
  return ms % 60000 ? clock(ms, zone) : hourMinute(ms, zone);
}

// An element, not a text: ECharts puts texts in as HTML, and names of series come from outside.
function tooltip(hits, panel, frames, context) {
  const box = document.createElement("div");
  box.className = "dw-tooltip";
  const points = hits.filter(({ seriesId, value }) => seriesId !== "limits" && typeof value?.[1] === "number");
  if (!points.length) return null;
  box.append(element("b", clock(points[0].value[0], context.zone)));
  if (panel.sort === "desc") points.sort((a, b) => b.value[1] - a.value[1]);
  if (panel.sort === "asc") points.sort((a, b) => a.value[1] - b.value[1]);
  for (const point of points) box.append(row(point, panel, frames, context));
  return box;
}

function row(point, panel, frames, context) {
  const frame = frames.find(({ key }) => key === point.seriesId);
  const line = element("div", "");
  const swatch = element("i", "");
  swatch.style.background = frame?.style.color ?? point.color;
  const currency = frame?.labels.currency ?? context.currency;
  line.append(swatch, element("span", frame?.name ?? ""), element("em", formatValue(point.value[1], panel.field, { ...context, currency })));
  return line;
}

function element(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
