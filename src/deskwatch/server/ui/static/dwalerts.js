// The alerts: what is wrong, how bad against its limit, since when, and whether somebody has it.
import { feed, start, zone } from "deskwatch/feed.js";
import { duration, moment } from "deskwatch/time.js";
import { formatAlertValue } from "deskwatch/units.js";
import { toneOf } from "deskwatch/alerts.js";
import { Icon } from "deskwatch/icons.js";

const STATES = { firing: ["bad", "warn"], pending: ["warn", "wait"], resolved: ["good", "good"] };
const ORDER = ["firing", "pending", "resolved"];
const SEVERITIES = ["critical", "warning"];
const MOST = 30;

function rank(alert) {
  const severity = SEVERITIES.indexOf(alert.severity);
  return ORDER.indexOf(alert.state) * 10 + (severity < 0 ? SEVERITIES.length : severity);
}

const sinceMs = (alert) =>
  alert.state === "resolved" ? alert.resolved_at_ms : alert.state === "firing" ? alert.fired_at_ms : alert.active_at_ms;

// The summary of a resolved alert tells of a state that is over.
function firedFor({ fired_at_ms: firedMs, resolved_at_ms: resolvedMs }) {
  return firedMs && resolvedMs ? `was firing for ${duration((resolvedMs - firedMs) / 1000)}` : "did not fire";
}

function row(alert) {
  const [stateTone, icon] = STATES[alert.state] ?? ["info", "info"];
  const tone = stateTone === "bad" ? toneOf(alert) : stateTone;
  const since = sinceMs(alert) ?? alert.active_at_ms;
  return {
    key: `${alert.fingerprint} ${alert.active_at_ms}`,
    tone,
    icon,
    state: alert.state,
    severity: alert.severity,
    name: alert.name,
    summary: alert.state === "resolved" ? firedFor(alert) : alert.summary,
    bot: alert.labels?.bot ?? "",
    value: formatAlertValue(alert.value, alert.unit),
    limit: formatAlertValue(alert.limit, alert.unit),
    at: moment(since, zone(), feed.nowMs),
    age: duration(Math.floor(Math.max(0, feed.nowMs - since) / 1000)),
    by: alert.acknowledged_by,
  };
}

export default {
  components: { Icon },
  props: { title: String, bot: String },
  computed: {
    rows: ({ bot }) =>
      (feed.desk?.alerts ?? [])
        .filter((alert) => !bot || !alert.labels?.bot || alert.labels.bot === bot)
        .sort((a, b) => rank(a) - rank(b) || sinceMs(b) - sinceMs(a))
        .slice(0, MOST)
        .map(row),
    worst: ({ rows }) => rows[0]?.tone, // the worst stands first
    firing: ({ rows }) => rows.filter(({ state }) => state === "firing").length,
    asked: () => feed.desk !== null,
  },
  template: `
    <article class="dw-panel dw-alerts" :data-firing="firing || null">
      <header><h3>{{ title }}</h3><span v-if="firing" class="dw-pill" :data-tone="worst"><Icon name="warn" />{{ firing }} firing</span></header>
      <div class="dw-body dw-scroll" tabindex="0">
        <p v-if="!rows.length" class="dw-message"><Icon v-if="asked" name="good" />{{ asked ? "no alert is pending or firing" : "…" }}</p>
        <table v-else>
          <thead><tr><th>State</th><th>Alert</th><th class="num">Value / limit</th><th class="num">Since</th></tr></thead>
          <tbody>
            <tr v-for="item in rows" :key="item.key" :data-tone="item.tone" :data-state="item.state">
              <td><span class="dw-pill" :data-tone="item.tone"><Icon :name="item.icon" />{{ item.state }}</span></td>
              <td><b>{{ item.name }}</b><em>{{ item.severity }}</em><span v-if="item.by" class="dw-by">taken by {{ item.by }}</span><p>{{ item.summary }}</p></td>
              <td class="num">{{ item.value }}<small v-if="item.limit"> / {{ item.limit }}</small></td>
              <td class="num">{{ item.at }}<small>{{ item.age }}</small></td>
            </tr>
          </tbody>
        </table>
      </div>
    </article>`,
  created: start,
};
