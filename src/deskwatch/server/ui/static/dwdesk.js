// Each bot in a strip: is it well, in words, and the numbers that a person looks for first.
import { bots, feed, start, zone } from "deskwatch/feed.js";
import { toneOf } from "deskwatch/alerts.js";
import { ago, dateTime, duration } from "deskwatch/time.js";
import { grouped, groupedMoney, signed } from "deskwatch/units.js";
import { Icon } from "deskwatch/icons.js";

const STATES = {
  ACTIVE: ["good", "play", "trading"],
  REDUCING: ["warn", "down", "exits only"],
  HALTED: ["bad", "halt", "cancels only"],
  DOWN: ["bad", "bad", "not running"],
  HUNG: ["bad", "wait", "no useful work"],
  UNKNOWN: ["info", "unknown", "state not known"],
};
const MIB = 1024 * 1024;
const HALF = 0.5;
const NEAR = 0.8; // the share of a limit at which the guard of the client warns

const GUARD_ALERT = "GuardHalted"; // says what the state HALTED says

const percent = (ratio, decimals = 1) => `${grouped(ratio * 100, decimals)} %`;
const known = (value) => value !== null && value !== undefined;

const Drawdown = {
  components: { Icon },
  props: { value: Number, limit: Number },
  computed: {
    share: ({ value, limit }) => (limit ? Math.min(1, value / limit) : 0),
    tone: ({ value, limit }) => (!limit ? "info" : value >= limit * NEAR ? "bad" : value >= limit * HALF ? "warn" : "good"),
    words: ({ value, limit, tone }) => {
      if (limit && value >= limit) return "limit reached";
      return { good: "well within its limit", warn: "past half of its limit", bad: "near its limit" }[tone] ?? "";
    },
    value_: ({ value }) => percent(value),
    limit_: ({ limit }) => (limit ? `limit ${percent(limit)}` : "no limit set"),
  },
  template: `
    <div class="dw-number dw-drawdown" :data-tone="tone">
      <dt>Drawdown</dt>
      <dd>{{ value_ }} <small>{{ limit_ }}</small></dd>
      <div class="dw-meter" role="meter" aria-label="Drawdown against its limit" aria-valuemin="0" :aria-valuenow="share" aria-valuemax="1">
        <i :style="{ width: share * 100 + '%' }"></i><span style="left: 50%"></span><span style="left: 80%"></span>
      </div>
      <p v-if="words"><Icon :name="tone" />{{ words }}</p>
    </div>`,
};

const Strip = {
  components: { Icon, Drawdown },
  props: { bot: Object, linked: Boolean },
  computed: {
    state: ({ bot }) => STATES[bot.state] ?? STATES.UNKNOWN,
    tone: ({ state }) => state[0],
    icon: ({ state }) => state[1],
    reason: ({ bot, state }) => bot.reason || state[2],
    href: ({ bot }) => `/bot/${encodeURIComponent(bot.name)}`,
    facts: ({ bot }) => facts(bot),
    numbers: ({ bot }) => (bot.instrumented ? tradingNumbers(bot) : processNumbers(bot)),
    hasDrawdown: ({ bot }) => bot.instrumented && known(bot.drawdown_ratio),
    firing: ({ bot }) => firingOf(bot.name),
    edge: ({ tone, firing }) => worstTone(tone, firing),
    worst: ({ bot, firing }) => firing.find(({ name }) => !(bot.state === "HALTED" && name === GUARD_ALERT)),
    next: ({ bot }) => (bot.state === "HALTED" ? `deskwatch guard reset --bot ${shellWord(bot.name)} --reason "…"` : ""),
    unreadable: ({ bot }) => (bot.scrape && !bot.scrape.up && bot.scrape.reason ? bot.scrape.reason : ""),
  },
  template: `
    <article class="dw-strip" :data-tone="edge" :data-state="bot.state">
      <div class="dw-who">
        <h2><a v-if="linked" :href="href">{{ bot.name }}</a><template v-else>{{ bot.name }}</template></h2>
        <span class="dw-pill" :data-tone="tone"><Icon :name="icon" />{{ bot.state }}</span>
        <span class="dw-reason">{{ reason }}</span>
        <span v-if="firing.length" class="dw-pill dw-firing" :data-tone="toneOf(firing[0])"><Icon name="warn" />{{ firing.length }} firing</span>
        <ul class="dw-facts"><li v-for="fact in facts" :key="fact.word" :data-tone="fact.tone"><span>{{ fact.word }}</span> {{ fact.text }}</li></ul>
      </div>
      <p v-if="next" class="dw-next">New entries are refused. After your review: <code>{{ next }}</code>, then start the bot again.</p>
      <p v-if="worst" class="dw-worst" :data-tone="toneOf(worst)"><Icon :name="toneOf(worst)" />{{ worst.summary || worst.name }}</p>
      <p v-if="unreadable" class="dw-worst" data-tone="warn"><Icon name="warn" />Metrics cannot be read: {{ unreadable }}</p>
      <dl class="dw-numbers">
        <div v-for="item in numbers.slice(0, 2)" :key="item.word" class="dw-number" :data-sign="item.sign">
          <dt>{{ item.word }}</dt><dd>{{ item.text }} <small>{{ item.unit }}</small></dd><p v-if="item.more">{{ item.more }}</p>
        </div>
        <Drawdown v-if="hasDrawdown" :value="bot.drawdown_ratio" :limit="bot.drawdown_limit_ratio" />
        <div v-for="item in numbers.slice(2)" :key="item.word" class="dw-number" :data-sign="item.sign">
          <dt>{{ item.word }}</dt><dd>{{ item.text }} <small>{{ item.unit }}</small></dd><p v-if="item.more">{{ item.more }}</p>
        </div>
      </dl>
      <p v-if="!bot.instrumented" class="dw-hint">This bot reports no trading numbers: it does not use the deskwatch client.</p>
    </article>`,
  methods: { toneOf },
};

// The pill tells what the guard says; the edge is seen from across the room and takes the worst of all.
function worstTone(tone, firing) {
  const tones = [tone, ...firing.map(toneOf)];
  return ["bad", "warn"].find((one) => tones.includes(one)) ?? tone;
}

// A name as one word of a shell, to be copied.
function shellWord(name) {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function firingOf(name) {
  const rank = { critical: 0, warning: 1 };
  return (feed.desk?.alerts ?? [])
    .filter((alert) => alert.state === "firing" && alert.labels?.bot === name)
    .sort((a, b) => (rank[a.severity] ?? 2) - (rank[b.severity] ?? 2));
}

function facts(bot) {
  const age = bot.heartbeat_age_seconds;
  return [
    { word: "up", text: known(bot.uptime_seconds) ? duration(bot.uptime_seconds) : "–" },
    { word: "restarts", text: String(bot.restarts ?? 0), tone: bot.restarts ? "warn" : "" },
    { word: "heartbeat", text: known(age) ? ago(age) : "none", tone: age > 30 ? "warn" : "" },
    ...(known(bot.market_ts_ms) ? [{ word: "market", text: dateTime(bot.market_ts_ms, zone()) }] : []),
  ];
}

const sign = (value) => (!value ? "" : value > 0 ? "up" : "down");

function tradingNumbers(bot) {
  const money = (value) => (known(value) ? groupedMoney(value) : "–");
  const total = known(bot.pnl_total) ? `${signed(bot.pnl_total, money(bot.pnl_total))} since start` : "";
  return [
    { word: "Equity", text: money(bot.equity), unit: known(bot.equity) ? bot.currency : "not reported yet" },
    { word: "P&L today", text: signed(bot.pnl_day, money(bot.pnl_day)), unit: bot.currency, more: total, sign: sign(bot.pnl_day) },
    position(bot.positions ?? [], bot.currency),
  ];
}

function position(positions, currency) {
  const open = positions.filter(({ quantity }) => Number(quantity) !== 0);
  if (!open.length) return { word: "Position", text: "flat", unit: "", more: "no open position" };
  const [first, ...others] = open;
  const side = Number(first.quantity) > 0 ? "long" : "short";
  const worth = known(first.notional) ? `${side}, worth ${grouped(Math.abs(Number(first.notional)), 0)} ${currency}` : side;
  const more = others.length ? `${worth} · and ${others.length} more` : worth;
  return { word: "Position", text: grouped(Number(first.quantity)), unit: first.symbol, more };
}

function processNumbers(bot) {
  return [
    { word: "CPU", text: known(bot.cpu_ratio) ? percent(bot.cpu_ratio) : "–", unit: "of one core" },
    { word: "Memory", text: known(bot.memory_bytes) ? grouped(bot.memory_bytes / MIB, 0) : "–", unit: "MiB" },
    { word: "Process", text: known(bot.pid) ? String(bot.pid) : "none", unit: known(bot.pid) ? "pid" : "" },
  ];
}

export default {
  components: { Strip },
  props: { bot: String },
  computed: {
    shown: ({ bot }) => bots().filter(({ name }) => !bot || name === bot),
    linked: ({ bot }) => !bot && bots().length > 1,
    empty: ({ bot }) => {
      if (!feed.desk) return feed.lostSinceMs ? "No answer from deskwatch yet." : "Asking deskwatch …";
      return bot ? `deskwatch watches no bot of the name ${bot}.` : "No bot is watched yet. Start one: deskwatch run -- python my_bot.py";
    },
  },
  template: `
    <section class="dw-strips" :class="{ many: linked }" aria-label="Bots">
      <Strip v-for="item in shown" :key="item.name" :bot="item" :linked="linked" />
      <p v-if="!shown.length" class="dw-hint dw-strip">{{ empty }}</p>
    </section>`,
  created: start,
};
