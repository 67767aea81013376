// Write times in the desk's zone, ages and durations in words as short as they can be understood.

const formats = new Map();

function formatter(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options }));
  }
  return formats.get(key);
}

const HM = { hour: "2-digit", minute: "2-digit" };
const HMS = { ...HM, second: "2-digit" };

export const hourMinute = (ms, zone) => formatter(zone, HM).format(ms);
export const clock = (ms, zone) => formatter(zone, HMS).format(ms);
export const day = (ms, zone) => formatter(zone, { day: "numeric", month: "short" }).format(ms);

export function dateTime(ms, zone) {
  const date = formatter(zone, { day: "numeric", month: "short", year: "numeric" }).format(ms);
  return `${date}, ${hourMinute(ms, zone)}`;
}

// The clock alone for the last day, with the date before it for what is older.
export function moment(ms, zone, nowMs) {
  return Math.abs(nowMs - ms) < 86400000 ? clock(ms, zone) : `${day(ms, zone)} ${hourMinute(ms, zone)}`;
}

const PARTS = [
  ["d", 86400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
];

// The two largest parts: 8054 seconds are "2h 14m".
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds > 0 && seconds < 1) {
    return seconds < 0.001 ? `${Math.round(seconds * 1e6)} µs` : `${Math.round(seconds * 1000)} ms`;
  }
  let rest = Math.round(seconds);
  const words = [];
  for (const [name, size] of PARTS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || (name === "s" && !words.length)) words.push(`${count}${name}`);
  }
  return words.slice(0, 2).join(" ");
}

export const ago = (seconds) => (seconds < 1 ? "just now" : `${duration(seconds)} ago`);
