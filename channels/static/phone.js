// Customers' phones side by side. What is typed is sent as Twilio would send it.

import { clock, day, el, formatted, icon, shrunk, isList } from "./chat-format.js";

const TOKEN = document.querySelector("meta[name=csrf-token]").content;
const { shop: SHOP, shopNumber: NUMBER } = document.body.dataset;
const ADDED = "sapa-phones";
const OPEN_AT_FIRST = 4;
const TICKS = ["M1 6.500l3.500 3.500L11 3", "M8 9.200l.800.800L16 3"];
const ICONS = {
  photo: ["M4 8h3l2-3h6l2 3h3v11H4z", "M12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z"],
  go: ["M5 12h13", "M12 5l7 7-7 7"],
};
const strip = document.querySelector(".phones");
const tabs = document.querySelector(".tabs");

class Phone {
  constructor({ channel, number, name, added }) {
    Object.assign(this, { channel, number, name, added });
    this.address = channel === "whatsapp" ? `whatsapp:${number}` : `sms:${number}`;
    this.lastId = 0;
    this.shown = new Map();
    this.mine = [];
    this.#build();
  }

  #build() {
    const whatsapp = this.channel === "whatsapp";
    this.status = el("small", {}, "online");
    this.talk = el("div.talk", { role: "log", "aria-live": "polite", tabindex: "0", "aria-label": `Percakapan ${this.name}` });
    this.empty = el("p.empty", {}, whatsapp ? "Coba tulis: kampas rem depan Beat 2019" : "Coba tulis: busi vario 125 ada?");
    this.talk.append(this.empty);
    this.input = el("textarea", {
      rows: "1", maxlength: "1600", placeholder: whatsapp ? "Ketik pesan" : "Pesan SMS", "aria-label": `Pesan dari ${this.name}`, enterkeyhint: "send",
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.#submit();
      },
      oninput: () => this.#grow(),
    });
    this.file = el("input", { type: "file", accept: "image/*,.csv,.xlsx,.txt", hidden: true, onchange: () => this.#photo() });
    const write = el("form.write", { onsubmit: (event) => { event.preventDefault(); this.#submit(); } },
      el("button", { type: "button", "aria-label": "Kirim foto atau daftar", title: "Kirim foto atau daftar (Excel, CSV)", onclick: () => this.file.click() }, icon(...ICONS.photo)),
      this.file, this.input,
      el("button.go", { type: "submit", "aria-label": "Kirim", title: "Kirim" }, icon(...ICONS.go)));
    const top = el("div.top", {}, el("span.face", { "aria-hidden": "true" }, SHOP[0]), el("div", {}, el("strong", {}, SHOP), this.status));
    this.screen = el("div.screen", {}, top, this.talk, write);
    const label = el("div.label", {}, el("strong", {}, this.name), el("span", {}, `${whatsapp ? "WhatsApp" : "SMS"} · ${readable(this.number)}`));
    if (this.added) label.append(el("button", { type: "button", onclick: () => drop(this) }, "Tutup"));
    this.node = el(`section.device.${this.channel}`, { "aria-label": `Telepon ${this.name}` }, label, this.screen);
    this.dot = el("span.dot", { hidden: true });
    this.tab = el("button.tab", { type: "button", "aria-pressed": "false", onclick: () => this.bring() }, this.dot, `${this.name.split(" ")[0]} · ${whatsapp ? "WA" : "SMS"}`);
  }

  bring() {
    this.node.scrollIntoView({ behavior: "smooth", inline: "center", block: "nearest" });
    this.dot.hidden = true;
  }

  async history() {
    const answer = await fetch(`/phone/history?address=${encodeURIComponent(this.address)}`);
    if (!answer.ok) return;
    const { messages, ...state } = await answer.json();
    for (const message of messages) this.show(message, true);
    this.state(state);
    this.#seen();
  }

  state({ handler, agent }) {
    const words = { bot: "online", queue: "menunggu admin", agent: `dibalas ${agent ?? "admin"}` };
    this.status.textContent = this.channel === "sms" ? readable(NUMBER) : (words[handler] ?? "online");
  }

  show(message, history = false) {
    this.lastId = Math.max(this.lastId, message.id);
    if (this.shown.has(message.id)) return;
    this.empty.remove();
    const mine = message.author === "customer";
    if (mine) this.#settle(message);
    const name = day(message.at, "id");
    if (name !== this.lastDay) this.talk.append(el("div.day", {}, name));
    this.lastDay = name;
    const row = this.#row(message, mine);
    this.shown.set(message.id, row);
    this.talk.append(row);
    if (mine) this.mine.push(row);
    else {
      for (const earlier of this.mine) earlier.querySelector(".ticks")?.classList.add("seen");
      this.mine = [];
      if (!history) { this.#seen(); if (!this.#visible()) this.dot.hidden = false; }
    }
    this.#closeOffers(row);
    this.#toEnd();
  }

  update({ id, media }) {
    const row = this.shown.get(id);
    for (const item of media) {
      const image = row?.querySelector(`[data-media="${item.id}"]`);
      if (image && !image.src && item.state === "stored") image.src = `/phone/media/${item.id}`;
    }
  }

  #row(message, mine) {
    const bubble = el("div.bubble");
    for (const item of message.media ?? []) {
      if (item.kind === "file") {
        bubble.append(el("p", {}, `📋 ${item.name ?? "Daftar barang"}`));
        continue;
      }
      const image = el("img", { alt: "Foto", "data-media": item.id });
      if (item.url) image.src = item.url;
      else if (item.state === "stored") image.src = `/phone/media/${item.id}`;
      image.addEventListener("load", () => this.#toEnd());
      bubble.append(image);
    }
    if (message.text) {
      const text = el("p", { dir: "auto" });
      text.append(this.channel === "sms" ? message.text : formatted(message.text));
      bubble.append(text);
    }
    const meta = el("span.meta", {}, clock(message.at, "id"));
    if (mine && this.channel === "whatsapp") {
      const ticks = icon(...TICKS);
      ticks.setAttribute("viewBox", "0 0 17 12");
      ticks.setAttribute("class", "ticks");
      ticks.setAttribute("stroke-width", "1.5");
      meta.append(ticks);
    }
    bubble.append(meta);
    const turned = this.lastMine !== mine ? ".turn" : "";
    this.lastMine = mine;
    const row = el(`div.msg${mine ? ".mine" : ""}${turned}`, {}, bubble);
    if (!mine) this.#offer(row, message);
    return row;
  }

  #offer(row, { style, buttons }) {
    if (!buttons?.length) return;
    const replies = style === "list"
      ? [el("button.reply", { type: "button", onclick: () => this.#sheet(buttons) }, "☰ Lihat pilihan")]
      : buttons.map((choice) => el("button.reply", { type: "button", onclick: () => this.#tap(choice) }, choice.label));
    row.append(el("div.replies", {}, ...replies));
  }

  // An earlier question stays readable, but only the newest can be answered by a tap.
  #closeOffers(newest) {
    for (const button of this.talk.querySelectorAll(".reply")) button.disabled = !newest.contains(button);
  }

  #sheet(buttons) {
    const shade = el("div.shade");
    const close = () => { shade.remove(); sheet.remove(); this.input.focus(); };
    const rows = buttons.map((choice) => el("li", {}, el("button", { type: "button", onclick: () => { close(); this.#tap(choice); } },
      choice.label, choice.description ? el("small", {}, choice.description) : null)));
    const sheet = el("div.sheet", { role: "dialog", "aria-label": "Pilihan", onkeydown: (event) => { if (event.key === "Escape") close(); } },
      el("header", {}, "Pilihan", el("button", { type: "button", "aria-label": "Tutup", onclick: close }, "×")), el("ul", {}, ...rows));
    shade.addEventListener("click", close);
    this.screen.append(shade, sheet);
    sheet.querySelector("li button").focus();
  }

  #tap(choice) {
    this.#send({ payload: choice.payload, label: choice.label });
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

  async #send(what, clientId = id()) {
    const media = what.preview ? [{ id: "new", url: what.preview }] : [];
    if (what.file) media.push({ id: "new", kind: "file", name: what.file.name });
    this.empty.remove();
    const row = this.#row({ text: what.text || what.label || "", at: new Date().toISOString(), media }, true);
    row.words = what.text || what.label || "";
    row.classList.add("sending");
    this.talk.append(row);
    this.waiting ??= [];
    this.waiting.push(row);
    this.#toEnd();
    const form = new FormData();
    const fields = { channel: this.channel, number: this.number, name: this.name, client_id: clientId };
    for (const [name, value] of Object.entries({ ...fields, ...what })) {
      if (value && !["preview", "photo", "file"].includes(name)) form.set(name, value);
    }
    if (what.photo) form.set("photo", what.photo, "photo.jpg");
    if (what.file) form.set("file", what.file, what.file.name);
    try {
      const answer = await fetch("/phone/messages", { method: "POST", headers: { "X-CSRFToken": TOKEN }, body: form });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const stored = await answer.json();
      this.waiting = this.waiting.filter((other) => other !== row);
      row.remove();
      this.show({ ...stored, media: stored.media.map((item) => ({ ...item, url: what.preview })) });
    } catch {
      row.classList.replace("sending", "failed");
      row.append(el("button", { type: "button", onclick: () => { row.remove(); this.#send(what, clientId); } }, "Belum terkirim, coba lagi"));
    }
  }

  // The stream may bring our own message before the answer to its POST does.
  #settle(message) {
    const row = this.waiting?.find((other) => other.words === message.text && !other.querySelector("img"));
    if (!row) return;
    this.waiting = this.waiting.filter((other) => other !== row);
    row.remove();
  }

  #visible() {
    const box = this.node.getBoundingClientRect();
    return !document.hidden && box.left >= -40 && box.right <= innerWidth + 40;
  }

  #seen() {
    if (!this.lastId) return;
    const body = JSON.stringify({ address: this.address, upto: this.lastId, read: this.#visible() });
    fetch("/phone/seen", { method: "POST", headers: { "X-CSRFToken": TOKEN, "Content-Type": "application/json" }, body }).catch(() => {});
  }

  #grow() {
    this.input.style.height = "42px";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 104)}px`;
  }

  #toEnd() {
    requestAnimationFrame(() => { this.talk.scrollTop = this.talk.scrollHeight; });
  }
}

const phones = new Map();
let stream = null;

function put(facts) {
  const phone = new Phone(facts);
  if (phones.has(phone.address)) return phones.get(phone.address);
  phones.set(phone.address, phone);
  strip.append(phone.node);
  tabs.append(phone.tab);
  watcher.observe(phone.node);
  return phone;
}

function drop(phone) {
  phones.delete(phone.address);
  phone.node.remove();
  phone.tab.remove();
  keep();
  listen();
}

function listen() {
  stream?.close();
  const watched = [...phones.values()].map((phone) => `watch=${encodeURIComponent(`${phone.address}@${phone.lastId}`)}`);
  stream = new EventSource(`/phone/events?${watched.join("&")}`);
  const on = (kind, act) => stream.addEventListener(kind, (event) => {
    const data = JSON.parse(event.data);
    const phone = phones.get(data.address);
    if (phone) act(phone, data);
  });
  on("message", (phone, data) => phone.show(data));
  on("status", (phone, data) => phone.update(data));
  on("state", (phone, data) => phone.state(data));
  // Reconnect ourselves: each phone has its own last message, EventSource knows only one.
  stream.addEventListener("error", () => { stream.close(); setTimeout(listen, 1_000); });
}

function added() {
  try {
    return JSON.parse(localStorage.getItem(ADDED)) ?? [];
  } catch {
    return [];
  }
}

function keep() {
  const facts = [...phones.values()].filter((phone) => phone.added).map(({ channel, number, name }) => ({ channel, number, name }));
  try {
    localStorage.setItem(ADDED, JSON.stringify(facts));
  } catch {
    // Private browsing: new phones live as long as the page.
  }
}

function id() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readable(number) {
  return number.replace(/^\+62(\d{3})(\d{3,4})(\d+)$/, "0$1-$2-$3");
}

for (const button of document.querySelectorAll(".add")) {
  button.addEventListener("click", () => {
    const number = `+62812${String(crypto.getRandomValues(new Uint32Array(1))[0]).padStart(10, "0").slice(-8)}`;
    const phone = put({ channel: button.dataset.channel, number, name: `Pelanggan ${phones.size + 1}`, added: true });
    keep();
    listen();
    phone.bring();
    phone.input.focus({ preventScroll: true });
  });
}

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const phone = [...phones.values()].find((one) => one.node === target);
    if (!phone) continue;
    phone.tab.setAttribute("aria-pressed", String(isIntersecting));
    if (isIntersecting) phone.dot.hidden = true;
  }
}, { threshold: 0.6 });

const demo = JSON.parse(document.getElementById("phones").textContent).slice(0, OPEN_AT_FIRST);
for (const facts of demo) put(facts);
for (const facts of added()) put({ ...facts, added: true });
await Promise.all([...phones.values()].map((phone) => phone.history()));
listen();
