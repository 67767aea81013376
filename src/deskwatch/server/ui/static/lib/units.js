// Write a number as the panel's unit says (server/ui/panels/units.py gives the unit, this writes it).
import { ago, dateTime, duration } from "deskwatch/time.js";

const NOTHING = "–";
const BYTES = {
  bytes_1024: [1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]],
  bytes_1000: [1000, ["B", "kB", "MB", "GB", "TB", "PB"]],
};

export function grouped(value, decimals) {
  const digits = decimals ?? neededDecimals(value);
  const text = value.toLocaleString("en-US", { minimumFractionDigits: decimals ?? 0, maximumFractionDigits: digits });
  // A small loss rounded away must not read as "-0.00".
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

function neededDecimals(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 1e6) return 0;
  if (size >= 100) return 2;
  return size >= 1 ? 3 : Math.min(8, Math.max(3, 2 - Math.floor(Math.log10(size || 1))));
}

const CENTS_BELOW = 10000;

// Cents of a large sum are noise that moves.
export const groupedMoney = (value, decimals = 2) => grouped(value, Math.abs(value) >= CENTS_BELOW ? 0 : decimals);

function scaledBytes(value, [base, names], decimals) {
  let size = value;
  let step = 0;
  while (Math.abs(size) >= base && step < names.length - 1) {
    size /= base;
    step += 1;
  }
  return `${grouped(size, step === 0 ? 0 : decimals ?? 1)} ${names[step]}`;
}

function mapped(value, mappings) {
  return (mappings ?? []).find((mapping) => {
    if ("value" in mapping) return Number(mapping.value) === value;
    return value >= (mapping.from ?? -Infinity) && value <= (mapping.to ?? Infinity);
  });
}

// field: {unit, decimals, mappings}; context: {currency, zone, nowMs}. Returns text.
export function formatValue(value, field, context = {}) {
  if (value === null || value === undefined) return NOTHING;
  if (Number.isNaN(value)) return "not a number";
  const words = mapped(value, field.mappings);
  if (words?.text) return words.text;
  if (!Number.isFinite(value)) return value > 0 ? "+∞" : "-∞";
  return formatNumber(value * field.unit.scale, field, context);
}

function formatNumber(value, { unit, decimals }, { currency, zone = "UTC", nowMs = Date.now() }) {
  if (unit.kind === "duration") return duration(value);
  if (unit.kind === "time") return dateTime(value, zone);
  if (unit.kind === "age") return ago((nowMs - value) / 1000);
  if (unit.kind === "bool") return value ? "yes" : "no";
  if (unit.kind in BYTES) return scaledBytes(value, BYTES[unit.kind], decimals);
  const sign = value < 0 && unit.prefix ? "-" : "";
  if (unit.money && currency) return `${groupedMoney(value, decimals ?? null)} ${currency}`;
  return `${sign}${unit.prefix}${grouped(sign ? -value : value, decimals)}${unit.suffix}`;
}

// A tick of an axis: no more decimals than it needs, no currency (the panel's head says it).
export function formatTick(value, field) {
  if (field.unit.kind !== "number") return formatValue(value, field);
  const shown = Number((value * field.unit.scale).toPrecision(6));
  const size = Math.abs(shown);
  const [divisor, letter] = size >= 1e9 ? [1e9, "B"] : size >= 1e6 ? [1e6, "M"] : [1, ""];
  const number = (shown / divisor).toLocaleString("en-US", { maximumFractionDigits: 6 });
  return `${field.unit.prefix}${number}${letter}${field.unit.suffix.startsWith(" %") ? " %" : ""}`;
}

export const signed = (value, text) => (value > 0 ? `+${text}` : text);

const RULE_UNITS = {
  ratio: { unit: { kind: "number", scale: 100, prefix: "", suffix: " %" }, decimals: 1 },
  seconds: { unit: { kind: "duration", scale: 1, prefix: "", suffix: "" } },
  bytes: { unit: { kind: "bytes_1024", scale: 1, prefix: "", suffix: "" } },
};

// The value of an alert in the unit that its rule names; a rule about a state has no number worth reading.
export function formatAlertValue(value, unitName) {
  if (value === null || value === undefined || unitName === "state") return "";
  const suffix = !unitName || unitName === "plain" ? "" : ` ${unitName}`;
  const field = RULE_UNITS[unitName] ?? { unit: { kind: "number", scale: 1, prefix: "", suffix } };
  return formatValue(value, field);
}
