// The chat in its frame: what was said, what can be answered, who is there, and what is on its way.

import { day, el, isList, shrunk } from "./chat-format.js";
import { ChatApi } from "./api.js";
import { movedNote, offerMove } from "./move.js";
import { newId, Outbox } from "./outbox.js";
import { build, choices, face, messageRow, tick } from "./view.js";
import { WORDS } from "./words.js";

const TYPING_MS = 60_000;
const PERSON_MS = 6_000;
const FRESH_MS = 60_000;
const COUNTED = 30; // the shop hears of so many that they have been read

class Chat {
  constructor() {
    this.language = document.documentElement.lang === "en" ? "en" : "id";
    this.words = WORDS[this.language];
    this.api = new ChatApi(this.language);
    this.shown = new Map();
    this.pending = new Map();
    this.unread = 0;
    this.handler = "bot";
    this.isOpen = false;
    this.parts = build(this.words, document.body.dataset.shop, {
      move: () => this.#move(), close: () => this.#tell({ close: true }), grow: () => this.#grow(),
      submit: () => this.#submit(), photo: () => this.#photo(),
    });
    this.outbox = new Outbox({
      send: async (what) => { await this.connect(); return this.api.send(what); },
      sent: (what, stored) => this.#stored(what, stored),
      late: (what, error) => this.#late(what, error),
      refused: (what, error) => this.#refused(what, error),
    });
    for (const what of this.outbox.waiting) this.#await(what);
    document.addEventListener("visibilitychange", () => this.#seen());
    if (this.api.known || this.outbox.waiting.length) this.connect();
    if (this.outbox.waiting.length) this.outbox.again();
  }

  /** Talk with the page around the frame through ``port``; null: there is none. */
  join(port) {
    this.port = port;
    this.parts.close.hidden = port === null;
    if (port === null) {
      this.open();
      return;
    }
    port.onmessage = ({ data }) => {
      if (data.open) this.open(data.draft);
      else this.isOpen = false;
    };
    port.postMessage({ ready: true, known: this.api.known, unread: this.unread });
  }

  open(draft) {
    this.isOpen = true;
    if (draft) this.parts.input.value = draft;
    this.#seen();
    this.#grow();
    this.#toEnd();
    this.parts.input.focus({ preventScroll: true });
    this.connect();
  }

  /** Start or resume the session once, then follow what happens. */
  connect() {
    this.ready ??= this.#start().catch((error) => {
      this.ready = undefined;
      this.#online(false);
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.connect().catch(() => {}), 3_000);
      throw error;
    });
    this.ready.catch(() => {});
    return this.ready;
  }

  async #start() {
    const session = await this.api.session();
    this.shop = session.shop;
    this.parts.whatsapp.hidden = !session.whatsapp;
    for (const message of session.messages) this.#show(message, true);
    this.#state(session);
    this.#welcome();
    this.#toEnd();
    this.parts.log.setAttribute("aria-live", "polite");
    // What was said while this page was on its way is history here, but news to the page.
    const said = session.messages.filter((message) => message.author !== "customer").at(-1);
    if (said && new Date(said.at) > performance.timeOrigin - FRESH_MS) this.#tell({ said: true });
    const late = session.messages.slice(-COUNTED).filter(({ author, status }) => author !== "customer" && status !== "read");
    if (late.length && !this.isOpen) this.#tell({ unread: (this.unread = late.length) });
    this.#seen();
    this.#online(true);
    this.api.listen((event, data) => this.#on(event, data), (online) => this.#online(online));
  }

  #on(event, data) {
    if (event === "message") this.#show(data, false);
    else if (event === "status") this.#status(data);
    else if (event === "state") this.#state(data);
    else if (event === "typing") this.#typing(true, PERSON_MS);
  }

  #state({ handler, agent, face: photo, typing }) {
    const { words, parts } = this;
    this.handler = handler;
    const staff = agent ?? words.staff;
    parts.status.textContent = words[handler];
    parts.title.textContent = handler === "agent" ? staff : this.shop;
    parts.avatar.replaceChildren(handler === "agent" ? face(staff, photo) : face(this.shop));
    document.body.dataset.handler = handler;
    this.#typing(typing && handler === "bot");
    if (handler === "moved") this.#moved();
  }

  #online(online) {
    this.parts.offline.hidden = online;
  }

  #welcome() {
    if (this.shown.size || this.pending.size || this.greeting) return;
    this.greeting = el("div.welcome", {}, el("h2", {}, this.words.hello), el("p", {}, this.words.intro));
    this.parts.log.append(this.greeting);
    this.#offer(this.words.ideas.map((label) => ({ label })), "buttons");
  }

  #show(message, history) {
    this.#unsent(message.client_id);
    if (this.shown.has(message.id)) return;
    this.greeting?.remove();
    const mine = message.author === "customer";
    const row = messageRow(message, {
      words: this.words, language: this.language, fill: (box, item) => this.#fill(box, item), onload: () => this.#toEnd(),
    });
    if (mine) tick(row, message.status === "read" ? "read" : "sent", this.words);
    this.#insert(message, row);
    if (mine || message.id > (this.newest ?? 0)) this.#offer(mine ? [] : message.buttons, message.style);
    if (mine && !history && this.handler === "bot") this.#typing(true);
    if (!mine) this.#heard(message, history);
    this.#toEnd();
  }

  #heard(message, history) {
    this.newest = Math.max(this.newest ?? 0, message.id);
    if (history) return;
    this.#typing(false);
    this.#tell({ said: true });
    if (this.isOpen && !document.hidden) this.#seen();
    else this.#tell({ unread: (this.unread += 1) });
  }

  // In the order of the shop, whichever of the answer to a post and the stream was here first.
  #insert(message, row) {
    const { log } = this.parts;
    const later = [...this.shown.keys()].filter((id) => id > message.id);
    const before = later.length ? this.shown.get(Math.min(...later)) : null;
    const name = day(message.at, this.language);
    if (!before && name !== this.lastDay) {
      this.lastDay = name;
      log.append(el("div.day", {}, name));
    }
    this.shown.set(message.id, row);
    log.insertBefore(row, before);
  }

  async #fill(box, item) {
    if (item.state === "pending" || box.firstChild.src) return;
    try {
      if (item.state !== "stored") throw new Error(item.state);
      const url = item.url ?? (await this.api.photo(item.id));
      box.firstChild.src = url;
    } catch {
      box.replaceChildren(el("em", {}, this.words.gone));
    }
  }

  #status({ id, status, media }) {
    const row = this.shown.get(id);
    if (!row) return;
    tick(row, status === "read" ? "read" : "sent", this.words);
    for (const item of media) {
      const box = row.querySelector(`[data-media="${item.id}"]`);
      if (box?.firstChild instanceof HTMLImageElement) this.#fill(box, item);
    }
  }

  #offer(buttons, style) {
    const pictured = buttons.some((button) => button.picture) ? "pictured" : "";
    this.parts.chips.className = `chips ${style ?? ""} ${pictured}`;
    this.parts.chips.replaceChildren(...choices(buttons, (choice) => this.#tap(choice)));
  }

  #tap(choice) {
    if (choice.payload) this.#send({ payload: choice.payload, label: choice.label });
    else this.#send({ text: choice.label });
    this.parts.input.focus({ preventScroll: true });
  }

  #submit() {
    const text = this.parts.input.value.trim();
    if (!text) return;
    this.parts.input.value = "";
    this.#grow();
    this.#send({ text });
  }

  async #photo() {
    const { file, input } = this.parts;
    const [chosen] = file.files;
    file.value = "";
    if (!chosen) return;
    const text = input.value.trim();
    input.value = "";
    if (isList(chosen)) {
      this.#send({ text, file: chosen });
      return;
    }
    const photo = await shrunk(chosen);
    this.#send({ text, photo, preview: URL.createObjectURL(photo) });
  }

  #send(what) {
    const whole = { ...what, clientId: newId(), at: new Date().toISOString() };
    this.#complain(null);
    this.#offer([]);
    this.greeting?.remove();
    this.#await(whole);
    this.outbox.add(whole);
  }

  /** A row for what is on its way. */
  #await(what) {
    const media = what.preview ? [{ id: "new", state: "stored", url: what.preview }] : [];
    if (what.file) media.push({ id: "new", kind: "file", name: what.file.name });
    const draft = { author: "customer", text: what.text || what.label || "", at: what.at, media };
    const row = messageRow(draft, { words: this.words, language: this.language, fill: (box, item) => this.#fill(box, item),
      onload: () => this.#toEnd() });
    row.classList.add("sending");
    tick(row, "waiting", this.words);
    this.pending.set(what.clientId, row);
    this.parts.unsent.append(row);
    this.#toEnd();
  }

  #unsent(clientId) {
    if (!clientId) return;
    this.pending.get(clientId)?.remove();
    this.pending.delete(clientId);
    this.outbox.settle(clientId);
  }

  #stored(what, stored) {
    this.#show({ ...stored, media: stored.media.map((item) => ({ ...item, url: what.preview })) }, false);
  }

  #late(what, error) {
    this.#typing(false);
    const row = this.pending.get(what.clientId);
    if (!row || row.querySelector(".again")) return;
    row.classList.add("late");
    const words = error.status === 429 ? this.words.slow : this.words.failed;
    row.append(el("button.again", { type: "button", onclick: () => this.outbox.again() }, words));
    this.#toEnd();
  }

  #refused(what, error) {
    this.#unsent(what.clientId);
    const reason = { picture_too_large: "too_large", picture_unreadable: "unreadable", picture_empty: "unreadable",
      list_file_too_large: "list_too_large", message_too_long: "too_long" };
    this.#complain(this.words[error.status === 413 ? "too_large" : reason[error.code] ?? "refused"]);
  }

  #typing(on, length = TYPING_MS) {
    clearTimeout(this.typingTimer);
    this.parts.typing.hidden = !on;
    if (!on) return;
    this.typingTimer = setTimeout(() => this.#typing(false), length);
    this.#toEnd();
  }

  async #move() {
    const { input, panel, form, whatsapp } = this.parts;
    panel.querySelector(".move")?.remove();
    await this.connect();
    const { box, title } = await offerMove(this.api, this.words, this.language, () => (input.isConnected ? input : whatsapp).focus());
    panel.querySelector(".move")?.remove();
    panel.insertBefore(box, form);
    title.focus();
  }

  #moved() {
    const { panel, form, whatsapp } = this.parts;
    if (form.hidden) return;
    form.hidden = whatsapp.hidden = true;
    panel.querySelector(".move")?.remove();
    this.#offer([]);
    panel.append(movedNote(this.words, () => this.api.session(true).then(() => location.reload(), () => {})));
  }

  #complain(text) {
    this.parts.note.hidden = !text;
    this.parts.note.textContent = text ?? "";
  }

  #seen() {
    if (!this.isOpen || document.hidden) return;
    if (this.unread) this.#tell({ unread: (this.unread = 0) });
    if (!this.newest || this.newest === this.reported || !this.api.token) return;
    this.reported = this.newest;
    this.api.read(this.newest);
  }

  #tell(what) {
    this.port?.postMessage(what);
  }

  #grow() {
    const { input } = this.parts;
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 120)}px`;
  }

  #toEnd() {
    const { scroller } = this.parts;
    scroller.scrollTop = scroller.scrollHeight;
  }
}

const chat = new Chat();
const sites = [location.origin, ...document.body.dataset.sites.split(" ")];
if (window.parent === window) chat.join(null);
else {
  window.addEventListener("message", (event) => {
    const known = event.source === window.parent && sites.includes(event.origin);
    if (known && event.data?.sapa === "chat" && event.ports[0]) chat.join(event.ports[0]);
  });
}
