// Which time the charts show: the range that the person chose, or the smallest that holds what the bot has lived.

export const AUTO = "auto";
export const RANGES = [
  ["5m", 5],
  ["15m", 15],
  ["1h", 60],
  ["6h", 360],
  ["24h", 1440],
  ["7d", 10080],
].map(([text, minutes]) => ({ text, ms: minutes * 60000 }));
const WIDEST_AUTO = 3; // a desk is about now: on its own the page goes back one hour, further only when asked
const NARROWEST_MS = 30000; // the first seconds of a bot would fill the axis with three points
const REMEMBERED = "deskwatch-range";

// After a restart there are points from before it, so the age of the process says nothing.
export function livedMs(bot, nowMs) {
  return bot?.since_ms && !bot.restarts ? nowMs - bot.since_ms : Infinity;
}

export function rangeMsOf(choice, lived) {
  const chosen = RANGES.find(({ text }) => text === choice);
  const fitting = RANGES.slice(0, WIDEST_AUTO);
  return (chosen ?? fitting.find(({ ms }) => lived <= ms) ?? fitting.at(-1)).ms;
}

// Where the time axis begins; firstMs is the oldest point of the page, 0 when the points fill the range. A range
// that a person chose is kept unless most of it would be empty.
export function axisStartMs(startMs, endMs, firstMs, choice) {
  const pointsMs = endMs - firstMs;
  if (firstMs <= startMs || (choice !== AUTO && pointsMs * 3 >= endMs - startMs)) return startMs;
  return Math.max(startMs, Math.min(firstMs, endMs - NARROWEST_MS));
}

export function rememberedChoice() {
  const found = localStorage.getItem(REMEMBERED);
  return RANGES.some(({ text }) => text === found) ? found : AUTO;
}

export function remember(choice) {
  localStorage.setItem(REMEMBERED, choice);
}
