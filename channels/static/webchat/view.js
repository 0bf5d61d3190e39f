// What the chat looks like: rows, cards, choices, faces. Text into nodes, never into HTML.

import { clock, el, formatted, icon } from "./chat-format.js";

const ICONS = {
  close: ["M6 6l12 12", "M18 6L6 18"],
  send: ["M5 12h13", "M12 5l7 7-7 7"],
  photo: ["M4 8h3l2-3h6l2 3h3v11H4z", "M12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z"],
  whatsapp: ["M4 20l1.300-4A8 8 0 1 1 8.500 19z", "M9 9.500c.5 3 2.500 5 5.500 5.500l1-1.800-2-.9-.9.7c-.7-.4-1.200-.9-1.600-1.600l.7-.9-.9-2z"],
};
const TICKS = { waiting: ["M12 7v5l3 2", "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18"], sent: ["M5 13l4.500 4.500L19 7"],
  read: ["M2 13l4.500 4.500L15 8", "M11 16.500l1.500 1L22 7"] };

/** A round button with a picture and a name. */
export function iconButton(name, label, onclick, type = "button") {
  return el(`button.${name}`, { type, "aria-label": label, title: label, onclick }, icon(...ICONS[name]));
}

/** Somebody's face: their photo, or their initials on a colour of their own. */
export function face(name, url, size = "") {
  if (url) return el(`img.face${size}`, { src: url, alt: "" });
  const words = name.split(/\s+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  const sum = Array.from(name).reduce((all, sign) => all + sign.codePointAt(0), 0);
  const initials = ends.map((word) => Array.from(word)[0].toUpperCase()).join("") || "?";
  return el(`span.face${size}.tone${sum % 5}`, { "aria-hidden": "true" }, initials);
}

/** One message; ``fill(box, item)`` puts a photo into its box. */
export function messageRow(message, { words, language, fill, onload }) {
  const mine = message.author === "customer";
  const parts = [];
  const staff = message.name ?? words.staff;
  if (message.author === "agent") parts.push(el("span.name", {}, staff));
  for (const item of message.media ?? []) parts.push(media(item, words, fill, onload));
  if (message.card) parts.push(card(message.card, words, onload));
  if (message.text) {
    const text = el("p", { dir: "auto" });
    text.append(formatted(message.text));
    parts.push(text);
  }
  const foot = el("span.foot", {}, clock(message.at, language));
  if (mine) foot.append(el("span.tick", {}));
  const bubble = el("div.bubble", {}, ...parts, foot);
  const row = el(`div.row.${mine ? "mine" : message.author}`, {}, bubble);
  if (message.author === "agent") row.prepend(face(staff, message.face, ".small"));
  return row;
}

/** Show how far a message of ours has come: waiting, sent or read. */
export function tick(row, status, words) {
  const place = row.querySelector(".tick");
  if (!place || place.dataset.status === status) return;
  place.dataset.status = status;
  place.replaceChildren(icon(...TICKS[status]), el("span.sr", {}, ` ${words[status]}`));
}

function media(item, words, fill, onload) {
  if (item.kind === "file") return el("div.list", {}, `📋 ${item.name ?? words.list}`);
  const image = el("img", { alt: words.photoAlt, onload });
  const box = el("div.picture", { "data-media": item.id }, image);
  fill(box, item);
  return box;
}

function card({ name, price, picture, page }, words, onload) {
  return el("div.card", {},
    el("img", { src: picture, alt: "", onload }),
    price ? el("strong.price", {}, price) : null,
    el("a", { href: page, target: "_blank", rel: "noopener" }, words.page,
      el("span.sr", {}, `: ${name} (${words.newTab})`)));
}

/** The choices that are on offer. */
export function choices(buttons, tap) {
  return buttons.map((choice) =>
    el("button.chip", { type: "button", onclick: () => tap(choice) },
      choice.picture ? el("img", { src: choice.picture, alt: "", width: "52", height: "52" }) : null,
      el("span.label", {}, el("span", {}, choice.label),
        choice.description ? el("small", {}, choice.description) : null)));
}

/** The whole page; returns its parts by name. ``on`` holds what its buttons do. */
export function build(words, title, on) {
  const parts = {};
  parts.title = el("h1", {}, title);
  parts.status = el("span.status", { role: "status" }, words.bot);
  parts.avatar = el("span.avatar", {}, face(title));
  parts.whatsapp = iconButton("whatsapp", words.whatsapp, on.move);
  parts.whatsapp.hidden = true;
  parts.close = iconButton("close", words.close, on.close);
  parts.log = el("div.log", { role: "log", "aria-live": "off", "aria-label": words.log, tabindex: "0" });
  parts.unsent = el("div.log.unsent");
  parts.typing = el("div.typing", { role: "status", hidden: true }, el("span.sr", {}, words.typing), el("i"), el("i"), el("i"));
  parts.chips = el("div.chips");
  parts.offline = el("div.offline", { role: "status", hidden: true }, words.offline);
  parts.note = el("div.note", { role: "alert", hidden: true });
  parts.input = el("textarea", {
    rows: "1", maxlength: "4000", placeholder: words.write, "aria-label": words.write,
    oninput: on.grow, enterkeyhint: "send",
    onkeydown: (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      on.submit();
    },
  });
  parts.file = el("input", {
    type: "file", accept: "image/jpeg,image/png,image/webp,image/gif,.csv,.xlsx,.txt", hidden: true, onchange: on.photo,
  });
  parts.form = el("form", { onsubmit: (event) => { event.preventDefault(); on.submit(); } },
    iconButton("photo", words.photo, () => parts.file.click()), parts.file, parts.input,
    iconButton("send", words.send, null, "submit"));
  const head = el("header", {}, parts.avatar, el("div.who", {}, parts.title, parts.status), parts.whatsapp, parts.close);
  parts.scroller = el("div.scroller", {}, parts.log, parts.unsent, parts.typing, parts.chips);
  parts.panel = el("main.panel", { onkeydown: (event) => { if (event.key === "Escape") on.close(); } },
    parts.offline, parts.scroller, parts.note, parts.form);
  document.body.append(head, parts.panel);
  return parts;
}
