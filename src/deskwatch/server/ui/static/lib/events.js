// Events of the journal in words. The kinds are those of model/event.py; a test compares.
import { duration } from "deskwatch/time.js";
import { grouped } from "deskwatch/units.js";

const KINDS = {
  server_started: ["info", "deskwatch started"],
  bot_started: ["good", "Bot started"],
  bot_exited: ["bad", "Bot ended"],
  bot_restarting: ["warn", "Bot is restarted"],
  bot_gave_up: ["bad", "Bot is not restarted any more"],
  bot_hung: ["bad", "Bot hangs"],
  bot_recovered: ["good", "Bot works again"],
  first_fill: ["info", "First fill"],
  guard_warned: ["warn", "Guard warns"],
  guard_tripped: ["bad", "Guard tripped"],
  guard_reset: ["good", "Guard reset"],
  guard_commanded: ["warn", "Guard commanded"],
  guard_obeyed: ["good", "Guard obeyed"],
  guard_refused: ["bad", "Guard refused"],
  position_flat: ["good", "Position is flat"],
  position_not_flat: ["bad", "Position is not flat"],
  alert_pending: ["warn", "Alert pending"],
  alert_fired: ["bad", "Alert fired"],
  alert_resolved: ["good", "Alert resolved"],
  notification_queued: ["info", "Message queued"],
  notification_delivered: ["info", "Delivered"],
  notification_retried: ["warn", "Delivery is tried again"],
  notification_failed: ["bad", "Delivery failed"],
  incident_opened: ["bad", "Incident opened"],
  incident_acknowledged: ["good", "Incident acknowledged"],
  incident_resolved: ["good", "Incident resolved"],
};

// What is worth a line through every chart: the moments at which money changed course.
const MARKS = { guard_tripped: "guard tripped", position_flat: "flat", bot_exited: "bot ended" };

const known = (value) => value !== null && value !== undefined;
const said = (...parts) => parts.filter(Boolean).join(" · ");

// What a kind tells besides its name; the others tell their subject.
const MORE = {
  bot_started: ({ detail }) => (detail.adopted ? "it was running already" : said(detail.pid && `process ${detail.pid}`)),
  bot_exited: ({ detail }) => detail.text || said(known(detail.exit_code) && `exit code ${detail.exit_code}`),
  bot_restarting: ({ detail }) => said(detail.text, known(detail.delay_seconds) && `in ${duration(detail.delay_seconds)}`),
  bot_gave_up: ({ detail }) => detail.text,
  bot_hung: ({ detail }) => detail.text,
  bot_recovered: () => "",
  first_fill: ({ subject, detail }) => said(fillWords(subject, detail) || subject),
  guard_warned: ({ subject, detail }) => detail.reason || subject,
  guard_tripped: ({ subject, detail }) => detail.reason || subject,
  guard_reset: ({ subject, detail }) => detail.reason || subject,
  guard_commanded: ({ detail }) => said(detail.state, detail.reason, detail.by && `by ${detail.by}`),
  guard_obeyed: ({ subject, detail }) => said(subject, detail.state),
  guard_refused: ({ subject, detail }) => said(subject, detail.result?.replaceAll("_", " ")),
  position_flat: ({ detail }) => (detail.reported && detail.sum_of_fills ? "its own report and the sum of its fills agree" : ""),
  position_not_flat: ({ detail }) => said(remaining("reported", detail.reported), remaining("by its fills", detail.sum_of_fills)),
  alert_pending: ({ subject, detail }) => detail.summary || subject,
  alert_fired: ({ subject, detail }) => detail.summary || subject,
  notification_delivered: ({ subject, detail }) => said(`to ${subject}`, messageWords(detail)),
  notification_retried: ({ subject, detail }) => said(`to ${subject}`, detail.error || detail.reason),
  notification_failed: ({ subject, detail }) => said(`to ${subject}`, detail.error || detail.reason),
  incident_opened: ({ detail }) => incidentWords(detail),
  incident_acknowledged: ({ detail }) => said(incidentWords(detail), detail.by && `by ${detail.by}`),
  incident_resolved: ({ detail }) => incidentWords(detail),
};

const incidentWords = ({ incident_id: id, severity }) => said(known(id) && `number ${id}`, severity);
const messageWords = ({ alerts, status }) => (alerts?.length ? `${alerts.join(", ")} ${status ?? ""}`.trim() : "");

function fillWords(symbol, { side, quantity, price }) {
  return side && quantity && price ? `${side} ${quantity} ${symbol} at ${grouped(Number(price), 2)}` : "";
}

function remaining(words, quantities) {
  const open = Object.entries(quantities ?? {}).filter(([, quantity]) => Number(quantity) !== 0);
  return open.length ? `${words} ${open.map(([symbol, quantity]) => `${quantity} ${symbol}`).join(", ")}` : "";
}

// A message in the queue is news to nobody: that it arrived, or did not, is.
export const isTold = ({ kind }) => kind !== "notification_queued";

export function eventWords(event) {
  const [tone, text] = KINDS[event.kind] ?? ["info", String(event.kind).replaceAll("_", " ")];
  const tell = MORE[event.kind] ?? (({ subject }) => subject);
  return { tone, text, more: String(tell({ subject: event.subject, detail: event.detail ?? {} }) ?? "") };
}

const APART = 0.08; // marks nearer than this share of the range have one label between them

export function eventMarks(events, bot, startMs, endMs) {
  const marks = [];
  for (const event of events) {
    if (!MARKS[event.kind] || event.bot !== bot || event.ts_ms < startMs || event.ts_ms > endMs) continue;
    const mark = { ms: event.ts_ms, word: MARKS[event.kind], bad: event.kind !== "position_flat" };
    const before = marks.findLast(({ word }) => word);
    if (before && mark.ms - before.ms < (endMs - startMs) * APART) {
      before.word += ` · ${mark.word}`;
      mark.word = "";
    }
    marks.push({ ...mark, isEarly: mark.ms < startMs + (endMs - startMs) * 0.25 });
  }
  return marks;
}
