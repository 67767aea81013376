// What all components of a page share: the state of the desk, the events, the rules, and whether the server answers.
// Everything comes from the HTTP API; nothing here is sent through NiceGUI's socket.
import { reactive } from "vue";
import { every, getJson, Refused, Unreachable } from "deskwatch/http.js";
import { AUTO, livedMs, rangeMsOf } from "deskwatch/range.js";

const DESK_PERIOD_MS = 1000;
const EVENTS_PERIOD_MS = 1000;
const RULES_PERIOD_MS = 30000;
const LOST_AFTER_MS = 3000; // one slow answer is no lost server; three missed ones are
const MOST_EVENTS = 200;

export const feed = reactive({
  pageBot: "", // the bot that the page is about, empty on the desk
  desk: null,
  events: [],
  rules: [],
  contactMs: 0, // browser time of the last answer
  lostSinceMs: 0, // 0 while the server answers
  skewMs: 0, // server clock minus browser clock
  nowMs: Date.now(), // server time, moves every second: ages count on while the server is silent
  startedMs: 0, // browser time of the first question
  rangeChoice: AUTO,
  rangeMs: 0, // 0 until it is known
  firsts: {}, // by panel: its oldest point, 0 when it fills the range
});

export const zone = () => feed.desk?.time_zone || "UTC";
export const serverNowMs = () => Date.now() + feed.skewMs;
export const bots = () => feed.desk?.bots ?? [];

// The bot that an element is about: the named one, or the only one there is.
export function botName(name) {
  if (name) return name;
  return bots().length === 1 ? bots()[0].name : null;
}

export function choose(choice) {
  feed.rangeChoice = choice;
  if (feed.desk) fitRange();
}

function fitRange() {
  const bot = bots().find(({ name }) => name === botName(feed.pageBot));
  const rangeMs = rangeMsOf(feed.rangeChoice, livedMs(bot, feed.desk?.now_ms));
  if (rangeMs === feed.rangeMs) return;
  feed.rangeMs = rangeMs;
  feed.firsts = {};
}

// All charts of a page begin together: at the oldest point of any of them, 0 when one fills the range.
export const firstMs = () => Math.min(...Object.values(feed.firsts));

export function noteFirst(panel, ms) {
  if (feed.firsts[panel] !== ms) feed.firsts[panel] = ms;
}

// Which part of the page fits (see server/ui/pages.py): a bot with trading numbers, one without, or all bots.
function fittingPart() {
  const name = botName(feed.pageBot);
  const bot = bots().find((one) => one.name === name);
  if (bot) return bot.instrumented ? "bot" : "process";
  return feed.pageBot ? "none" : "many";
}

function showPart(part) {
  if (document.body.dataset.part === part) return;
  document.body.dataset.part = part;
  feed.firsts = {};
}

async function readDesk() {
  try {
    const desk = await getJson("/api/desk");
    feed.desk = desk;
    fitRange();
    feed.skewMs = desk.now_ms - Date.now();
    feed.contactMs = Date.now();
    feed.lostSinceMs = 0;
    showPart(fittingPart());
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    if (Date.now() - feed.contactMs > LOST_AFTER_MS) feed.lostSinceMs = feed.contactMs || feed.startedMs;
  }
  document.body.dataset.contact = feed.lostSinceMs ? "lost" : "held";
  feed.nowMs = serverNowMs();
}

let lastEventId = null;

async function readEvents() {
  await quietly(async () => {
    const answer = await getJson("/api/events", { after: lastEventId, limit: 100 });
    if (lastEventId !== null && answer.last_id < lastEventId) {
      lastEventId = null; // another journal: the server was set up anew
      feed.events = [];
      return;
    }
    if (answer.events.length) feed.events = [...feed.events, ...answer.events].slice(-MOST_EVENTS);
    lastEventId = answer.last_id;
  });
}

async function readRules() {
  await quietly(async () => {
    const answer = await getJson("/api/v1/rules");
    feed.rules = answer.data.groups.flatMap((group) => group.rules).filter((rule) => rule.type === "alerting");
  });
}

// A failed read leaves what is shown; the bar says that contact is lost, so the failure is not hidden.
export async function quietly(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    return undefined;
  }
}

let started = false;

export function start() {
  if (started) return;
  started = true;
  feed.startedMs = Date.now();
  feed.contactMs = Date.now();
  every(DESK_PERIOD_MS, readDesk);
  every(EVENTS_PERIOD_MS, readEvents);
  every(RULES_PERIOD_MS, readRules);
}
