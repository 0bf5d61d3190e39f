// Going on in WhatsApp: a code that proves the same person, and the link that has it ready to send.

import { clock, el } from "./chat-format.js";

/** Show code and link above the form; ``done()`` when the person stays here. */
export async function offerMove(api, words, language, done) {
  const title = el("h2", { tabindex: "-1" }, words.moveTitle);
  const box = el("section.move", { "aria-label": words.moveTitle }, title);
  const leave = () => { box.remove(); done(); };
  const stay = el("button.plain", { type: "button", onclick: leave }, words.moveCancel);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    leave();
  });
  try {
    const { code, link, expires_at: until } = await api.move();
    const open = el("a.go", { href: link, target: "_blank", rel: "noopener" }, words.moveOpen,
      el("span.sr", {}, ` (${words.newTab})`));
    if (code) {
      box.append(el("p", {}, words.moveText),
        el("p.code", {}, el("span.sr", {}, `${words.moveCode}: `), code),
        el("p.small", {}, words.moveValid(clock(until, language))));
    } else box.append(el("p", {}, words.moveFresh));
    box.append(open, stay);
  } catch (error) {
    const spent = error.status === 429 || error.code === "codes_spent";
    box.append(el("p", { role: "alert" }, spent ? words.moveSpent : words.moveFailed), stay);
  }
  return { box, title };
}

/** What stands in the place of the form when the talk has moved. */
export function movedNote(words, again) {
  return el("div.moved", { role: "status" }, el("p", {}, words.movedText),
    el("button.plain", { type: "button", onclick: again }, words.again));
}
