// Ask the server's HTTP API. Every request has an end: a hung server must not leave the page silently old.

const TIMEOUT_MS = 5000;
const HIDDEN_PERIOD_MS = 15000; // nobody looks at a hidden tab; it asks seldom and at once when it is shown again

// An answer of the server that says no; `detail` is its own sentence.
export class Refused extends Error {
  constructor(detail) {
    super(detail);
    this.name = "Refused";
  }
}

// No answer at all: the server is gone, or too slow.
export class Unreachable extends Error {
  constructor(cause) {
    super("no answer from the server", { cause });
    this.name = "Unreachable";
  }
}

export async function getJson(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const search = new URLSearchParams(given);
  const url = given.length ? `${path}?${search}` : path;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store" }).catch((error) => {
    throw new Unreachable(error);
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(body?.error || body?.detail || `the server answered ${response.status}`);
  if (body === null) throw new Unreachable("an answer without a body");
  return body;
}

// Run `work` now and then every period, never twice at once. Returns the function that ends it.
export function every(periodMs, work) {
  let timer = null;
  let ended = false;
  let running = false;

  async function run() {
    clearTimeout(timer);
    if (ended || running) return;
    running = true;
    try {
      await work();
    } finally {
      running = false;
      if (!ended) timer = setTimeout(run, document.hidden ? HIDDEN_PERIOD_MS : periodMs);
    }
  }

  const shown = () => !document.hidden && run();
  document.addEventListener("visibilitychange", shown);
  run();
  return () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", shown);
  };
}
