// The web chat's panel: what was said, what can be answered, and who is there.

import { ChatApi } from "./webchat-api.js";
import { clock, day, el, formatted, icon, shrunk, isList } from "./chat-format.js";

const WORDS = {
  id: {
    bot: "Dijawab otomatis, 24 jam", queue: "Menunggu admin…", agent: (name) => `Anda bicara dengan ${name}`,
    write: "Tulis pesan…", send: "Kirim", photo: "Kirim foto atau daftar (Excel, CSV)", close: "Tutup chat", log: "Percakapan",
    offline: "Sambungan terputus, mencoba lagi…", failed: "Belum terkirim. Ketuk untuk coba lagi",
    too_large: "Foto terlalu besar (maksimal 10 MB)", unreadable: "File ini bukan foto yang bisa dibaca",
    hello: "Halo Kak! 👋", intro: "Cari suku cadang Honda? Sebutkan nama barang dan motornya, atau kirim nomor part.",
    ideas: ["Kampas rem depan Beat 2019", "Status pesanan saya", "Cara bayar"],
    typing: "Sedang mengetik", gone: "Foto tidak bisa dibuka", loading: "Memuat foto", photoAlt: "Foto", list: "Daftar barang", list_too_large: "File daftar terlalu besar (maksimal 1 MB)",
    sent: "terkirim", read: "dibaca", staff: "Admin", more: "Lihat pilihan", slow: "Terlalu cepat, tunggu sebentar ya",
  },
  en: {
    bot: "Answered automatically, 24 hours", queue: "Waiting for staff…", agent: (name) => `You are talking to ${name}`,
    write: "Write a message…", send: "Send", photo: "Send a photo or a list (Excel, CSV)", close: "Close chat", log: "Conversation",
    offline: "Connection lost, trying again…", failed: "Not sent. Tap to try again",
    too_large: "The photo is too large (10 MB at most)", unreadable: "This file is not a photo that can be read",
    hello: "Hello! 👋", intro: "Looking for a Honda part? Tell me the part and your bike, or send a part number.",
    ideas: ["Front brake pads Beat 2019", "My order status", "How to pay"],
    typing: "Typing", gone: "The photo cannot be opened", loading: "Loading photo", photoAlt: "Photo", list: "Parts list", list_too_large: "The list is too large (1 MB at most)",
    sent: "sent", read: "read", staff: "Staff", more: "See options", slow: "Too fast, please wait a moment",
  },
};
const TYPING_MS = 25_000;
const FRESH_MS = 60_000;
const ICONS = {
  close: ["M6 6l12 12", "M18 6L6 18"],
  send: ["M5 12h13", "M12 5l7 7-7 7"],
  photo: ["M4 8h3l2-3h6l2 3h3v11H4z", "M12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z"],
};

export class Chat {
  constructor({ origin, language, root, launcher, badge, title }) {
    Object.assign(this, { root, launcher, badge });
    this.words = WORDS[language];
    this.language = language;
    this.api = new ChatApi(origin, language);
    this.shown = new Map();
    this.pending = new Map();
    this.unread = 0;
    this.lastDay = "";
    this.handler = "bot";
    this.#build(title);
  }

  toggle() {
    if (this.panel.hidden) this.open();
    else this.close();
  }

  open(draft) {
    this.panel.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    this.root.host.classList.add("open");
    this.#seen();
    if (draft) this.input.value = draft;
    this.#grow();
    this.#toEnd();
    this.input.focus({ preventScroll: true });
    this.connect();
  }

  close() {
    this.panel.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.root.host.classList.remove("open");
    this.launcher.focus();
  }

  /** Start or resume the session once, then follow what happens. */
  connect() {
    this.ready ??= this.#start().catch((error) => {
      this.ready = undefined;
      this.#online(false);
      setTimeout(() => this.connect(), 3_000);
      throw error;
    });
    return this.ready.catch(() => {});
  }

  async #start() {
    const session = await this.api.session();
    this.title.textContent = session.shop;
    this.#state(session);
    for (const message of session.messages) this.#show(message, true);
    this.#welcome(session.messages.length === 0);
    this.#toEnd();
    // What was said while this page was on its way is history here, but news to the page.
    const said = session.messages.filter((message) => message.author !== "customer").at(-1);
    if (said && new Date(said.at) > performance.timeOrigin - FRESH_MS) {
      document.dispatchEvent(new CustomEvent("sapa:said"));
    }
    this.#online(true);
    this.api.listen((event, data) => this.#on(event, data), (online) => this.#online(online));
  }

  #on(event, data) {
    if (event === "message") this.#show(data, false);
    else if (event === "status") this.#status(data);
    else if (event === "state") this.#state(data);
  }

  #state({ handler, agent }) {
    this.handler = handler;
    this.status.textContent =
      handler === "agent" ? this.words.agent(agent ?? this.words.staff) : this.words[handler];
    this.panel.dataset.handler = handler;
    if (handler !== "bot") this.#typing(false);
  }

  #online(online) {
    this.offline.hidden = online;
  }

  #build(title) {
    const { words } = this;
    this.title = el("strong", {}, title || "Sapa");
    this.status = el("span.status", { "aria-live": "polite" }, words.bot);
    this.log = el("div.log", { role: "log", "aria-live": "polite", "aria-label": words.log, tabindex: "0" });
    this.chips = el("div.chips");
    this.offline = el("div.offline", { role: "status", hidden: true }, words.offline);
    this.note = el("div.note", { role: "alert", hidden: true });
    this.typing = el("div.typing", { hidden: true, "aria-label": words.typing }, el("i"), el("i"), el("i"));
    this.input = el("textarea", {
      rows: "1", maxlength: "4000", placeholder: words.write, "aria-label": words.write,
      oninput: () => this.#grow(), enterkeyhint: "send",
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.#submit();
      },
    });
    this.file = el("input", {
      type: "file", accept: "image/jpeg,image/png,image/webp,image/gif,.csv,.xlsx,.txt", hidden: true,
      onchange: () => this.#photo(),
    });
    const button = (name, label, onclick, kind = "button") =>
      el(`button.${name}`, { type: kind, "aria-label": label, title: label, onclick }, icon(...ICONS[name]));
    const form = el("form", { onsubmit: (event) => { event.preventDefault(); this.#submit(); } },
      button("photo", words.photo, () => this.file.click()), this.file, this.input,
      button("send", words.send, null, "submit"));
    const head = el("header", {}, el("div.avatar", { "aria-hidden": "true" }, "S"),
      el("div.who", {}, this.title, this.status), button("close", words.close, () => this.close()));
    this.scroller = el("div.scroller", {}, this.log, this.typing, this.chips);
    this.panel = el("section.panel", {
      role: "dialog", "aria-label": words.log, hidden: true,
      onkeydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); this.close(); } },
    }, head, this.offline, this.scroller, this.note, form);
    this.root.append(this.panel);
  }

  #welcome(empty) {
    if (!empty || this.greeting) return;
    this.greeting = el("div.welcome", {}, el("h2", {}, this.words.hello), el("p", {}, this.words.intro));
    this.log.append(this.greeting);
    this.#offer(this.words.ideas.map((label) => ({ label })), "buttons");
  }

  #show(message, history) {
    if (this.shown.has(message.id)) return;
    this.greeting?.remove();
    const mine = message.author === "customer";
    const row = this.#row(message, mine);
    if (mine) this.#settle(message);
    else this.#typing(false);
    this.#daybreak(message.at);
    this.shown.set(message.id, row);
    this.log.append(row);
    this.#offer(mine ? [] : message.buttons, message.style);
    if (mine && !history && this.handler === "bot") this.#typing(true);
    if (!mine && !history && this.panel.hidden) this.#unseen();
    // The page around the chat may look again at what an answer has changed, the cart above all.
    if (!mine && !history) document.dispatchEvent(new CustomEvent("sapa:said"));
    if (!mine && !this.panel.hidden) this.#seen(message.id);
    if (!mine) this.newest = message.id;
    this.#toEnd();
  }

  #row(message, mine) {
    const kind = mine ? "mine" : message.author;
    const parts = [];
    if (message.author === "agent") parts.push(el("span.name", {}, message.name ?? this.words.staff));
    for (const item of message.media ?? []) parts.push(this.#media(item));
    if (message.text) {
      const text = el("p", { dir: "auto" });
      text.append(formatted(message.text));
      parts.push(text);
    }
    const foot = el("span.foot", {}, clock(message.at, this.language));
    if (mine) foot.append(el("span.tick", {}, ""));
    return el(`div.row.${kind}`, {}, el("div.bubble", {}, ...parts, foot));
  }

  #media(item) {
    if (item.kind === "file") return el("div.list", {}, `📋 ${item.name ?? this.words.list}`);
    const image = el("img", { alt: this.words.photoAlt, loading: "lazy" });
    image.addEventListener("load", () => this.#toEnd());
    const box = el("div.picture", { "data-media": item.id }, image);
    this.#fill(box, item);
    return box;
  }

  async #fill(box, item) {
    if (item.url) {
      box.firstChild.src = item.url;
      return;
    }
    if (item.state === "pending") return;
    try {
      if (item.state !== "stored") throw new Error(item.state);
      box.firstChild.src = await this.api.photo(item.id);
    } catch {
      box.replaceChildren(el("em", {}, this.words.gone));
    }
  }

  #status({ id, media }) {
    const row = this.shown.get(id);
    if (!row) return;
    for (const item of media) {
      const box = row.querySelector(`[data-media="${item.id}"]`);
      if (box && !box.firstChild?.src) this.#fill(box, item);
    }
  }

  #daybreak(at) {
    const name = day(at, this.language);
    if (name === this.lastDay) return;
    this.lastDay = name;
    this.log.append(el("div.day", {}, name));
  }

  #offer(buttons, style) {
    this.chips.className = `chips ${style ?? ""}`;
    this.chips.replaceChildren(
      ...buttons.map((choice) =>
        el("button.chip", { type: "button", onclick: () => this.#tap(choice) },
          el("span", {}, choice.label),
          choice.description ? el("small", {}, choice.description) : null)),
    );
  }

  #tap(choice) {
    if (choice.payload) this.#send({ payload: choice.payload, label: choice.label });
    else this.#send({ text: choice.label });
    this.input.focus({ preventScroll: true });
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.#grow();
    this.#send({ text });
  }

  async #photo() {
    const [file] = this.file.files;
    this.file.value = "";
    if (!file) return;
    const text = this.input.value.trim();
    this.input.value = "";
    if (isList(file)) {
      this.#send({ text, file });
      return;
    }
    const photo = await shrunk(file);
    this.#send({ text, photo, preview: URL.createObjectURL(photo) });
  }

  async #send(what) {
    const clientId = what.clientId ?? crypto.randomUUID?.() ?? fallbackId();
    this.#complain(null);
    this.#offer([]);
    this.pending.get(clientId)?.remove();
    const media = what.preview ? [{ id: "new", state: "stored", url: what.preview }] : [];
    if (what.file) media.push({ id: "new", kind: "file", name: what.file.name });
    const draft = { text: what.text || what.label || "", at: new Date().toISOString(), media };
    this.greeting?.remove();
    const row = this.#row(draft, true);
    row.classList.add("sending");
    row.preview = what.preview;
    this.pending.set(clientId, row);
    this.log.append(row);
    this.#toEnd();
    try {
      await this.connect();
      const stored = await this.api.send({ clientId, ...what });
      row.messageId = stored.id;
      this.pending.delete(clientId);
      row.remove();
      this.#show({ ...stored, media: stored.media.map((item) => ({ ...item, url: what.preview })) }, false);
    } catch (error) {
      this.#failed(row, { ...what, clientId }, error);
    }
  }

  #failed(row, what, error) {
    this.#typing(false);
    row.classList.replace("sending", "failed");
    const reason = { picture_too_large: "too_large", picture_unreadable: "unreadable", picture_empty: "unreadable",
      list_file_too_large: "list_too_large" };
    const known = error.status === 429 ? "slow" : error.status === 413 ? "too_large" : reason[error.code];
    if (known && known !== "slow") {
      row.remove();
      this.pending.delete(what.clientId);
      this.#complain(this.words[known]);
      return;
    }
    const again = el("button.again", { type: "button", onclick: () => this.#send(what) },
      known ? this.words[known] : this.words.failed);
    row.append(again);
    this.#toEnd();
  }

  // The stream may bring our own message before the answer to its POST does.
  #settle(message) {
    for (const [clientId, row] of this.pending) {
      if (row.textContent.startsWith(message.text) && !row.preview) {
        this.pending.delete(clientId);
        row.remove();
        return;
      }
    }
  }

  #typing(on) {
    clearTimeout(this.typingTimer);
    this.typing.hidden = !on;
    if (on) this.typingTimer = setTimeout(() => this.#typing(false), TYPING_MS);
  }

  #complain(text) {
    this.note.hidden = !text;
    this.note.textContent = text ?? "";
  }

  #unseen() {
    this.unread += 1;
    this.badge.hidden = false;
    this.badge.textContent = String(this.unread);
  }

  #seen(id = this.newest) {
    this.unread = 0;
    this.badge.hidden = true;
    if (id && this.api.token && !document.hidden) this.api.read(id);
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }

  #toEnd() {
    requestAnimationFrame(() => { this.scroller.scrollTop = this.scroller.scrollHeight; });
  }
}

function fallbackId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
