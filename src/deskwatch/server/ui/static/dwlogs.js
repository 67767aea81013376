// The log, followed like `tail -f`. Scrolling up stops following; nothing jumps under the reader's eyes.
import { bots, quietly, start, zone } from "deskwatch/feed.js";
import { every, getJson } from "deskwatch/http.js";
import { clock } from "deskwatch/time.js";
import { Icon } from "deskwatch/icons.js";

const PERIOD_MS = 1000;
const AT_ONCE = 200;
const MOST_LINES = 1000;
const AT_END_PX = 24;
const TONES = { debug: "info", info: "", warning: "warn", warn: "warn", error: "bad", critical: "bad", fatal: "bad" };

function part(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text; // a log line is hostile text: never HTML
  return made;
}

function lineElement(line, withBot) {
  const level = String(line.level || "info").toLowerCase();
  const made = document.createElement("div");
  made.dataset.tone = TONES[level] ?? "";
  made.append(part("time", clock(line.ts_ms, zone())), part("b", level.slice(0, 8)));
  if (withBot) made.append(part("i", line.bot));
  made.append(part("span", line.text));
  return made;
}

export default {
  components: { Icon },
  props: { title: String, bot: String },
  data: () => ({ following: true, unseen: 0, count: 0 }),
  template: `
    <article class="dw-panel dw-logs">
      <header><h3>{{ title }}</h3>
        <button v-if="!following" type="button" class="dw-follow" @click="follow"><Icon name="down" />{{ unseen ? unseen + " new lines" : "newest" }}</button>
        <span v-else class="dw-unit">following</span>
      </header>
      <div class="dw-body">
        <p v-if="!count" class="dw-message">no log line yet</p>
        <div v-show="count" ref="lines" class="dw-lines dw-scroll" tabindex="0" @scroll.passive="scrolled"></div>
      </div>
    </article>`,
  methods: {
    async read() {
      if (!this.$el.offsetParent) return; // the part of the desk that is not shown asks nothing
      await quietly(async () => {
        const answer = await getJson("/api/logs", { bot: this.bot || null, after: this.after, limit: AT_ONCE });
        if (this.after !== null && answer.last_id < this.after) return this.restart();
        this.after = answer.last_id;
        this.add(answer.lines);
        return undefined;
      });
    },
    restart() {
      this.after = null; // the server counts anew
      this.$refs.lines.replaceChildren();
      this.count = 0;
    },
    add(lines) {
      if (!lines.length) return;
      const withBot = !this.bot && bots().length > 1;
      const box = this.$refs.lines;
      box.append(...lines.map((line) => lineElement(line, withBot)));
      while (box.childElementCount > MOST_LINES) box.firstElementChild.remove();
      this.count = box.childElementCount;
      if (this.following) this.$nextTick(this.follow);
      else this.unseen += lines.length;
    },
    follow() {
      const box = this.$refs.lines;
      this.following = true;
      this.unseen = 0;
      box.scrollTop = box.scrollHeight;
    },
    scrolled() {
      const box = this.$refs.lines;
      const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END_PX;
      if (atEnd) this.unseen = 0;
      this.following = atEnd;
    },
  },
  created() {
    this.after = null;
    start();
  },
  mounted() {
    this.stop = every(PERIOD_MS, () => this.read());
  },
  beforeUnmount() {
    this.stop();
  },
};
