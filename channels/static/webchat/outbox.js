// What has been written and not yet taken by the shop: sent one after the other, tried again until
// it is taken or refused, and words kept over a reload. The same clientId is stored once.

import { keep, kept } from "./api.js";

const UNSENT = "sapa-chat-unsent";
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000];
const FOR_GOOD = new Set([400, 404, 409, 413, 415, 422]);

export class Outbox {
  /** ``send(what)`` posts; ``sent(what, stored)``, ``late(what)`` and ``refused(what, error)`` tell. */
  constructor({ send, sent, late, refused }) {
    Object.assign(this, { send, sent, late, refused });
    this.waiting = read();
    this.tries = 0;
    addEventListener("online", () => this.again());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.again(); });
  }

  add(what) {
    this.waiting.push(what);
    this.#keep();
    this.#run();
  }

  /** The stream has brought this one: it is stored, whatever became of the answer to its post. */
  settle(clientId) {
    this.#drop(clientId);
  }

  /** Try now. */
  again() {
    clearTimeout(this.timer);
    this.tries = 0;
    this.#run();
  }

  async #run() {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    try {
      while (this.waiting.length) await this.#one(this.waiting[0]);
    } catch {
      const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
      this.tries += 1;
      this.timer = setTimeout(() => this.#run(), pause);
    } finally {
      this.running = false;
    }
  }

  async #one(what) {
    let stored;
    try {
      stored = await this.send(what);
    } catch (error) {
      if (!FOR_GOOD.has(error.status)) {
        for (const one of this.waiting) this.late(one, error);
        throw error;
      }
      this.#drop(what.clientId);
      this.refused(what, error);
      return;
    }
    this.tries = 0;
    this.#drop(what.clientId);
    this.sent(what, stored);
  }

  #drop(clientId) {
    this.waiting = this.waiting.filter((one) => one.clientId !== clientId);
    this.#keep();
  }

  // A photo cannot be kept here; whoever reloads while one is on its way chooses it again.
  #keep() {
    const words = this.waiting.filter((one) => !one.photo && !one.file);
    keep(UNSENT, words.length ? JSON.stringify(words) : null);
  }
}

function read() {
  try {
    const found = JSON.parse(kept(UNSENT) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one.clientId === "string") : [];
  } catch {
    return [];
  }
}

/** An id that nobody else has. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
