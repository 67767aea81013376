// The bar at the top of every page, and the banner that says when the server does not answer.
import { bots, choose, feed, start, zone } from "deskwatch/feed.js";
import { AUTO, RANGES, remember, rememberedChoice } from "deskwatch/range.js";
import { clock, duration } from "deskwatch/time.js";
import { Icon } from "deskwatch/icons.js";

const CHOICES = [AUTO, ...RANGES.map(({ text }) => text)];

export default {
  components: { Icon },
  props: { title: String, bot: String },
  template: `
    <header class="dw-bar">
      <a class="dw-brand" href="/">
        <svg viewBox="0 0 32 32" aria-hidden="true"><path d="M4 20l7-9 5 5 6-10 6 7" /><path d="M4 27h24" /></svg>
        <span>{{ title }}</span>
      </a>
      <nav aria-label="Bots">
        <a v-if="names.length > 1 || bot" href="/" :aria-current="bot ? null : 'page'">Desk</a>
        <a v-for="name in listed" :key="name" :href="address(name)" :aria-current="name === bot ? 'page' : null">{{ name }}</a>
      </nav>
      <div class="dw-range" role="group" aria-label="Time range">
        <button v-for="item in choices" :key="item" type="button" :aria-pressed="item === feed.rangeChoice" @click="chosen(item)">{{ item }}</button>
      </div>
      <div class="dw-clock" :title="zoneName">
        <span class="dw-live" :class="{ lost: feed.lostSinceMs }"></span>
        <time>{{ here }}</time>
        <time v-if="utc" class="dw-utc">{{ utc }}</time>
      </div>
    </header>
    <div v-if="feed.lostSinceMs" class="dw-lost" role="alert">
      <Icon name="bad" />
      <span><b>No contact with deskwatch since {{ lostAt }}</b> ({{ lostFor }}). What you see below is from then. Trying again every second.</span>
    </div>`,
  data: () => ({ feed, choices: CHOICES }),
  computed: {
    listed: ({ names, bot }) => (names.length > 1 || bot ? names : []),
    names: () => bots().map(({ name }) => name),
    zoneName: () => `Times are in ${zone()}`,
    here: () => `${clock(feed.nowMs, zone())} ${zone() === "UTC" ? "UTC" : zone().split("/").pop().replaceAll("_", " ")}`,
    utc: () => (zone() === "UTC" ? "" : `${clock(feed.nowMs, "UTC")} UTC`),
    lostAt: () => `${clock(feed.lostSinceMs + feed.skewMs, zone())} ${zone() === "UTC" ? "UTC" : ""}`.trim(),
    lostFor: () => duration((feed.nowMs - feed.skewMs - feed.lostSinceMs) / 1000),
  },
  methods: {
    address: (name) => `/bot/${encodeURIComponent(name)}`,
    chosen(choice) {
      choose(choice);
      remember(choice);
    },
  },
  created() {
    feed.pageBot = this.bot;
    choose(rememberedChoice());
    start();
  },
};
