// What happened, newest first, in words.
import { bots, feed, start, zone } from "deskwatch/feed.js";
import { moment } from "deskwatch/time.js";
import { eventWords, isTold } from "deskwatch/events.js";
import { Icon } from "deskwatch/icons.js";

const MOST = 60;

export default {
  components: { Icon },
  props: { title: String, bot: String },
  computed: {
    rows: ({ bot }) =>
      feed.events
        .filter((event) => isTold(event) && (!bot || !event.bot || event.bot === bot))
        .slice(-MOST)
        .reverse()
        .map((event) => ({ id: event.id, bot: bot || bots().length < 2 ? "" : event.bot, at: moment(event.ts_ms, zone(), feed.nowMs), ...eventWords(event) })),
  },
  template: `
    <article class="dw-panel dw-events">
      <header><h3>{{ title }}</h3></header>
      <div class="dw-body dw-scroll" tabindex="0">
        <p v-if="!rows.length" class="dw-message">nothing has happened yet</p>
        <ol v-else>
          <li v-for="item in rows" :key="item.id" :data-tone="item.tone">
            <time>{{ item.at }}</time><Icon :name="item.tone" /><span><b>{{ item.text }}</b> <small v-if="item.bot">{{ item.bot }} ·</small> <small>{{ item.more }}</small></span>
          </li>
        </ol>
      </div>
    </article>`,
  created: start,
};
