// One panel: takes the skeleton that Python made, fetches points (after the first time only new ones), draws.
import { markRaw } from "vue";
import { echarts } from "nicegui-echart";
import { botName, feed, firstMs, noteFirst, serverNowMs, start, zone } from "deskwatch/feed.js";
import { every, Refused, Unreachable } from "deskwatch/http.js";
import { isConstant, lastValue, oldestMs, RangeQuery, reduced, stepMs } from "deskwatch/query.js";
import { styleOf, withPoints } from "deskwatch/chart.js";
import { ruleLines } from "deskwatch/limits.js";
import { axisStartMs } from "deskwatch/range.js";
import { eventMarks } from "deskwatch/events.js";
import { formatValue } from "deskwatch/units.js";
import { Icon } from "deskwatch/icons.js";

const PERIOD_MS = 2000; // one for all kinds: a number must not contradict the chart beside it
const CHARTS = ["timeseries", "gauge"];

// The currency that all series share; panels of several name it in each legend entry.
function sharedCurrency(frames) {
  const names = new Set(frames.map(({ labels }) => labels.currency));
  return names.size === 1 ? [...names][0] : undefined;
}

function legendOf(frame, field, hidden) {
  const { color, dash } = frame.style;
  const value = formatValue(lastValue(frame), field, { currency: frame.labels.currency });
  return { key: frame.key, name: frame.name, color, dashed: Array.isArray(dash) || dash === "dashed", value, off: hidden.has(frame.key) };
}

export default {
  components: { Icon },
  props: { panel: Object, bot: String, scrape: Number },
  template: `
    <article class="dw-panel" :data-kind="panel.kind" :data-panel="panel.id">
      <header>
        <h3 :title="panel.description">{{ panel.title }}</h3>
        <span v-if="currency && isChart && panel.field.unit.money" class="dw-unit">{{ currency }}</span>
        <details v-if="panel.notDrawn.length" class="dw-not-drawn">
          <summary><Icon name="warn" />not all drawn</summary>
          <ul><li v-for="note in panel.notDrawn" :key="note">{{ note }}</li></ul>
        </details>
      </header>
      <div class="dw-body">
        <div v-show="isChart && !message" ref="chart" class="dw-chart"></div>
        <p v-if="!isChart && !message" class="dw-stat"><span v-for="item in numbers" :key="item.key" :style="{ color: item.color }">{{ item.text }} <small>{{ item.name }}</small></span></p>
        <p v-if="message" class="dw-message" :data-tone="error ? 'bad' : null"><Icon v-if="error" name="bad" />{{ message }}</p>
      </div>
      <ul v-if="legend.length" class="dw-legend">
        <li v-for="item in legend" :key="item.key">
          <button type="button" :aria-pressed="!item.off" @click="toggle(item.key)">
            <i :class="{ dashed: item.dashed }" :style="{ color: item.color }"></i><span>{{ item.name }}</span><b>{{ item.value }}</b>
          </button>
        </li>
      </ul>
    </article>`,
  data: () => ({ error: "", empty: true, asked: false, legend: [], numbers: [], currency: "" }),
  computed: {
    isChart: ({ panel }) => CHARTS.includes(panel.kind),
    isDrawn: ({ panel }) => CHARTS.includes(panel.kind) || panel.kind === "stat",
    message() {
      if (!this.isDrawn) return this.panel.notDrawn[0];
      if (this.error) return this.error;
      if (!this.asked) return "…";
      return this.empty ? this.panel.field.noValue : "";
    },
    look: () => `${feed.rangeMs} ${feed.lostSinceMs === 0}`,
    firstMs: () => firstMs(),
  },
  watch: {
    // Another time range, or the server is back: ask at once, not at the next turn.
    look() {
      this.refresh();
    },
    firstMs() {
      if (this.isChart && this.span && !this.empty) this.draw();
    },
  },
  methods: {
    async refresh() {
      const bot = botName(this.bot);
      if (bot === null || !this.isDrawn || !this.$el.offsetParent) return;
      const rangeMs = feed.rangeMs;
      if (!rangeMs) return; // the first answer about the desk will say
      const step = stepMs(rangeMs, this.panel.intervalMs);
      const endMs = Math.floor(serverNowMs() / step) * step;
      const asked = `${bot} ${rangeMs} ${endMs}`;
      if (asked === this.askedFor) return; // no new step has begun: nothing new to draw
      const variables = { bot, scrapeMs: this.scrape, rangeMs };
      try {
        await Promise.all(this.queries.map((query) => query.refresh(endMs - rangeMs, endMs, step, variables)));
        this.error = "";
        this.askedFor = asked;
      } catch (error) {
        if (error instanceof Unreachable) return; // the bar says so; the last picture stays
        if (!(error instanceof Refused)) throw error;
        this.error = error.message;
        return;
      }
      if (rangeMs !== feed.rangeMs) return;
      this.show(endMs - rangeMs, endMs, bot);
      this.tellFirst(endMs - rangeMs, step);
    },
    show(startMs, endMs, bot) {
      this.span = [startMs, endMs, bot];
      this.frames = this.queries.flatMap((query) => query.frames());
      this.frames.forEach((frame, index) => {
        frame.key = `${frame.ref} ${JSON.stringify(frame.labels)}`;
        frame.style = styleOf(frame, index, this.panel.styles, this.panel.option.color ?? []);
        frame.name = frame.style.name ?? frame.name;
        frame.isLevel = Boolean(frame.labels.limit) && isConstant(frame);
      });
      this.asked = true;
      this.empty = !this.frames.some((frame) => lastValue(frame) !== null);
      this.currency = sharedCurrency(this.frames) ?? "";
      const charted = this.panel.kind === "timeseries" && this.panel.legend && !this.empty;
      this.legend = charted ? this.frames.map((frame) => legendOf(frame, this.panel.field, this.hidden)) : [];
      this.numbers = this.panel.kind === "stat" ? this.frames.map((frame) => this.number(frame)) : [];
      if (this.isChart && !this.empty) this.$nextTick(this.draw);
    },
    tellFirst(startMs, step) {
      const oldest = oldestMs(this.frames);
      if (this.panel.kind === "timeseries" && oldest) noteFirst(this.panel.id, oldest - startMs <= step ? 0 : oldest);
    },
    number(frame) {
      const value = reduced(frame, this.panel.reduce);
      const text = formatValue(value, this.panel.field, { currency: frame.labels.currency, zone: zone() });
      const step = this.panel.field.thresholds.filter((item) => item.value === null || value >= item.value).pop();
      const name = this.frames.length > 1 ? frame.name : "";
      return { key: frame.key, text, name, color: this.panel.colorValue ? step?.color : null };
    },
    draw() {
      if (!this.$refs.chart?.offsetWidth) return;
      this.chart ??= this.makeChart();
      this.chart.resize();
      if (this.panel.kind === "gauge") this.drawGauge();
      else this.drawLines();
    },
    drawLines() {
      const [rangeStartMs, endMs, bot] = this.span;
      const startMs = axisStartMs(rangeStartMs, endMs, this.firstMs, feed.rangeChoice);
      const view = { startMs, endMs, zone: zone(), lines: this.lines(bot), marks: eventMarks(feed.events, bot, startMs, endMs), hidden: this.hidden, currency: this.currency };
      this.chart.setOption(withPoints(this.panel, this.frames, view), { replaceMerge: ["series"], lazyUpdate: true });
    },
    drawGauge() {
      const skeleton = this.panel.option.series[0];
      const detail = { ...skeleton.detail, formatter: (value) => formatValue(value, this.panel.field, { currency: this.currency }) };
      const data = [{ value: reduced(this.frames[0], this.panel.reduce) }];
      this.chart.setOption({ ...this.panel.option, series: [{ ...skeleton, detail, data }] });
    },
    lines(bot) {
      const own = this.panel.lines.map(({ value, color, dashed }) => ({ value, color, word: "", solid: !dashed }));
      const limits = this.frames.filter((frame) => frame.labels.limit && lastValue(frame) !== null && !this.hidden.has(frame.key));
      const guards = limits.map((frame) => ({
        value: lastValue(frame),
        color: frame.style.color,
        word: limits.length > 1 ? frame.name : frame.name.replace(frame.labels.strategy ?? "", "").trim(),
        wordsOnly: !frame.isLevel,
      }));
      return [...own, ...ruleLines(this.panel.targets, feed.rules, bot), ...guards];
    },
    makeChart() {
      const chart = markRaw(echarts.init(this.$refs.chart, null, { renderer: "canvas" }));
      this.observer = new ResizeObserver(() => chart.resize());
      this.observer.observe(this.$refs.chart);
      return chart;
    },
    toggle(key) {
      if (!this.hidden.delete(key)) this.hidden.add(key);
      this.show(...this.span);
    },
  },
  created() {
    this.queries = this.panel.targets.map((target) => new RangeQuery(target));
    this.hidden = new Set();
    this.frames = [];
    this.askedFor = "";
    start();
  },
  mounted() {
    this.stop = every(PERIOD_MS, () => this.refresh());
    // With one bot the desk shows its panels as soon as it is known which bot that is.
    this.$watch(() => botName(this.bot), () => this.$nextTick(() => this.refresh()));
  },
  beforeUnmount() {
    this.stop();
    this.observer?.disconnect();
    this.chart?.dispose();
  },
};
