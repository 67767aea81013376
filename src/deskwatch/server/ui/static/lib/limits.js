// The thresholds of the loaded alerting rules, drawn into the chart of the metric that they are about.

const COMPARISON =
  /^\s*([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?\s*(>=|<=|>|<)\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?:$|(?:and|unless)\b)/;
const METRIC_ALONE = /^\s*([a-zA-Z_:][\w:]*)\s*(?:\{[^}]*\})?\s*$/;
const COLORS = { critical: "#ff5d5d", page: "#ff5d5d", warning: "#e69f00" };
const OTHER_COLOR = "#93a0b4";

// "metric > number" at the head of a rule is a limit; anything else has no one line to draw.
export function ruleLimit(query) {
  const found = COMPARISON.exec(query ?? "");
  return found && { metric: found[1], selector: found[2] ?? "", value: Number(found[4]) };
}

function aboutAnother(selector, bot) {
  const named = /\bbot\s*=\s*"([^"]*)"/.exec(selector);
  return named !== null && named[1] !== bot;
}

export function ruleLines(targets, rules, bot) {
  const metrics = new Set(targets.map(({ expr }) => METRIC_ALONE.exec(expr)?.[1]).filter(Boolean));
  const lines = new Map();
  for (const rule of rules) {
    const limit = ruleLimit(rule.query);
    if (!limit || !metrics.has(limit.metric) || aboutAnother(limit.selector, bot)) continue;
    const severity = rule.labels?.severity ?? "";
    const word = severity === "critical" ? "page" : severity || rule.name;
    lines.set(`${word} ${limit.value}`, { value: limit.value, word, color: COLORS[severity] ?? OTHER_COLOR });
  }
  return [...lines.values()];
}
