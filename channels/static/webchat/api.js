// Talks to the server for the web chat: session, messages, and the stream of what happens.

const TOKEN = "sapa-chat-token";
const TRIAL = "sapa-chat-trial";
const SILENT_MS = 40_000; // the server says something every 15 seconds
const FIRST_MS = 10_000; // and something at once: else it is held back on the way
const STALE_MS = 20_000;
const POLL_MS = 4_000;
const STREAM_AGAIN_MS = 300_000;

export class ChatApi {
  constructor(language) {
    this.language = language;
    this.token = kept(TOKEN);
    this.lastId = 0;
    this.heard = 0;
    this.pause = null;
    // Back from sleep, from another tab or from a dead spot: look at once, not when a timer says so.
    addEventListener("online", () => this.nudge());
    addEventListener("pageshow", () => this.nudge());
    addEventListener("offline", () => { this.abort?.abort(); this.onState?.(false); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.nudge(); });
  }

  /** Start or resume; returns {messages, handler, agent, shop, whatsapp}. */
  async session(fresh = false) {
    const told = { token: fresh ? null : this.token, language: this.language, keep: !mayKeep(), fresh };
    const body = JSON.stringify(told);
    const headers = { "Content-Type": "application/json" };
    const session = await (await asked("session", { method: "POST", headers, body })).json();
    this.token = session.token;
    this.lastId = session.messages.reduce((top, message) => Math.max(top, message.id), this.lastId);
    keep(TOKEN, session.token);
    return session;
  }

  /** Whether this browser has been here before. */
  get known() {
    return this.token !== null || "known" in document.body.dataset;
  }

  /** Send words, a tapped choice, a photo or a list. Sending the same clientId again changes nothing. */
  async send({ clientId, text, payload, label, photo, file }) {
    const body = new FormData();
    body.set("client_id", clientId);
    body.set("language", this.language);
    if (text) body.set("text", text);
    if (payload) body.set("payload", payload);
    if (label) body.set("label", label);
    if (photo) body.set("photo", photo, "photo.jpg");
    if (file) body.set("file", file, file.name);
    return (await asked("messages", { method: "POST", headers: this.#headers(), body })).json();
  }

  /** A code by which this visitor goes on in WhatsApp: {code, link, number, expires_at}. */
  async move() {
    const headers = { ...this.#headers(), "Content-Type": "application/json" };
    const body = JSON.stringify({ language: this.language });
    return (await asked("move", { method: "POST", headers, body })).json();
  }

  /** Tell the shop that everything up to ``id`` has been seen. */
  read(id) {
    const body = JSON.stringify({ upto: id });
    const headers = { ...this.#headers(), "Content-Type": "application/json" };
    asked("read", { method: "POST", headers, body, keepalive: true }).catch(() => {});
  }

  /** An object URL of a photo of this conversation. */
  async photo(id) {
    const answer = await asked(`media/${id}`, { headers: this.#headers() });
    return URL.createObjectURL(await answer.blob());
  }

  /** Call ``on(event, data)`` for everything that happens, and ``state(online)``; never ends. */
  async listen(on, state) {
    this.onState = state;
    let pause = 500;
    let streamFrom = 0;
    for (;;) {
      const began = Date.now();
      try {
        if (began >= streamFrom) await this.#stream(on, state);
        else await this.#poll(on, state);
        if (began < streamFrom) pause = POLL_MS;
      } catch (error) {
        if (error.message === "held back") streamFrom = Date.now() + STREAM_AGAIN_MS;
        else if (!this.nudged) state(false);
        if (error.status === 403) await this.session().catch(() => {});
      }
      if (Date.now() >= streamFrom) pause = Date.now() - began > 5_000 ? 500 : Math.min(pause * 2, 15_000);
      if (!this.nudged) await this.#rest(pause);
      this.nudged = false;
    }
  }

  /** Look now: a stream that has been silent for long may be dead without anybody saying so. */
  nudge() {
    if (this.abort && Date.now() - this.heard < STALE_MS) return;
    this.nudged = true;
    this.abort?.abort();
    this.pause?.();
  }

  #rest(length) {
    return new Promise((done) => {
      const timer = setTimeout(done, length);
      this.pause = () => { clearTimeout(timer); done(); };
    });
  }

  // fetch instead of EventSource: the token travels in a header, not in an address that is logged.
  async #stream(on, state) {
    const abort = new AbortController();
    this.abort = abort;
    this.heard = Date.now();
    let first = true;
    const watch = setInterval(() => {
      if (Date.now() - this.heard > (first ? FIRST_MS : SILENT_MS)) abort.abort();
    }, 1_000);
    try {
      const headers = { ...this.#headers(), "Last-Event-ID": String(this.lastId) };
      const answer = await asked("events", { headers, signal: abort.signal, cache: "no-store" });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let buffer = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        if (first) state(true);
        first = false;
        this.heard = Date.now();
        buffer += value;
        for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
          this.#dispatch(buffer.slice(0, end), on);
          buffer = buffer.slice(end + 2);
        }
      }
    } catch (error) {
      const late = first && abort.signal.aborted && !this.nudged && navigator.onLine;
      throw late ? new Error("held back") : error;
    } finally {
      clearInterval(watch);
      abort.abort();
      if (this.abort === abort) this.abort = null;
    }
  }

  async #poll(on, state) {
    const headers = { ...this.#headers(), "Last-Event-ID": String(this.lastId) };
    const told = await (await asked("updates", { headers, cache: "no-store" })).json();
    state(true);
    for (const { event, data } of told.events) on(event, data);
    this.lastId = Math.max(this.lastId, told.last_id);
  }

  #dispatch(block, on) {
    const field = (name) => block.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
    const data = field("data");
    if (!data) return;
    on(field("event"), JSON.parse(data));
    this.lastId = Math.max(this.lastId, Number(field("id")) || 0);
  }

  #headers() {
    return { Authorization: `Bearer ${this.token}` };
  }
}

async function asked(path, options) {
  const answer = await fetch(`/webchat/${path}`, options);
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error("refused"), { status: answer.status, code: problem.code });
}

/** Whether a frame may store anything here; some browsers let it, some only with a cookie. */
function mayKeep() {
  keep(TRIAL, "1");
  const may = kept(TRIAL) === "1";
  keep(TRIAL, null);
  return may;
}

/** What this browser keeps under ``name``; null if it keeps nothing for us. */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // private browsing: the conversation lives as long as the page
  }
}

/** Keep ``value`` under ``name`` as far as this browser lets us; null: keep nothing. */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Nothing to do: see kept().
  }
}
