// The web chat's one script tag, on our own pages and on the sites that the shop allows:
//   <script src="https://shop.example/webchat/widget.js" defer data-language="id"></script>
// Puts a button on the page and the chat into a frame of the shop's origin; the page's styles,
// scripts and policies do not reach in there, and the two talk through one port.

(() => {
  const tag = document.currentScript;
  if (!tag || document.getElementById("sapa-chat")) return;
  const shop = new URL(tag.src).origin;
  const wanted = tag.dataset.language || document.documentElement.lang || navigator.language;
  const language = wanted.toLowerCase().startsWith("en") ? "en" : "id";
  const theme = tag.dataset.theme || "auto";
  const words = {
    id: { open: "Chat dengan toko", hint: "Cari suku cadang? Tanya di sini", unread: "pesan baru" },
    en: { open: "Chat with the shop", hint: "Looking for a part? Ask here", unread: "new messages" },
  }[language];
  const PATIENCE_MS = 10_000;
  const NARROW = "(max-width: 520px)";
  // What is important in here wins over what is important on the page; elsewhere it is the reverse.
  const STYLE = `
    :host { all: initial !important; position: fixed !important; inset: auto 0 0 auto !important;
      z-index: 2147483000 !important; display: block !important; width: 0 !important; height: 0 !important;
      font: 500 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif !important;
      color-scheme: light !important; }
    [hidden] { display: none !important; }
    button { font: inherit; cursor: pointer; border: 0; padding: 0; margin: 0; }
    :focus-visible { outline: 3px solid #2b6cb0; outline-offset: 2px; box-shadow: 0 0 0 2px #fff; }
    .launcher { position: fixed; right: 20px; bottom: calc(20px + env(safe-area-inset-bottom)); width: 60px;
      height: 60px; border-radius: 50%; background: #c8102e; color: #fff; display: grid; place-items: center;
      box-shadow: 0 6px 20px rgb(157 11 34 / .45); transition: background .15s, transform .15s; }
    .launcher:hover { background: #9d0b22; transform: translateY(-2px); }
    .launcher svg { width: 32px; height: 32px; }
    .badge { position: absolute; top: -2px; right: -2px; min-width: 22px; height: 22px; padding: 0 6px;
      box-sizing: border-box; border-radius: 11px; background: #111827; color: #fff; font-size: 12px;
      font-weight: 700; line-height: 22px; }
    .hint { position: fixed; right: 92px; bottom: calc(31px + env(safe-area-inset-bottom)); padding: 9px 14px;
      background: #fff; color: #1b1f24; border-radius: 12px 12px 2px 12px;
      box-shadow: 0 4px 18px rgb(16 24 40 / .16); }
    iframe { position: fixed; right: 20px; bottom: calc(20px + env(safe-area-inset-bottom)); width: 392px;
      height: min(660px, calc(100dvh - 40px)); border: 0; border-radius: 18px; background: #f4f5f7;
      box-shadow: 0 12px 40px rgb(16 24 40 / .3); visibility: hidden; }
    .open iframe { visibility: visible; }
    .open .launcher, .open .hint { visibility: hidden; }
    @media ${NARROW} { iframe { inset: 0; width: 100%; height: 100dvh; border-radius: 0; } .hint { display: none; } }
    @media (prefers-reduced-motion: reduce) { .launcher { transition: none; } }`;

  const host = document.createElement("div");
  host.id = "sapa-chat";
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet(); // a policy against styles in the page does not mean this one
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const made = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const count = made("span", { "aria-hidden": "true", class: "badge", hidden: "" });
  const launcher = made("button", { type: "button", class: "launcher", "aria-label": words.open,
    "aria-expanded": "false" }, bubble(), count);
  const hint = made("button", { type: "button", class: "hint", tabindex: "-1", "aria-hidden": "true",
    hidden: "" }, words.hint);
  const frame = made("iframe", { title: words.open, allow: "clipboard-write",
    src: `${shop}/webchat/frame?lang=${language}&theme=${theme}` });
  const box = made("section", { "aria-label": words.open, hidden: "" }, hint, launcher, frame);
  let port = null;
  let opening = null;
  let isOpen = false;
  let refused = false;

  frame.addEventListener("load", () => {
    // For the shop's origin only: where the browser refuses to show the chat nobody hears it.
    const line = new MessageChannel();
    line.port1.onmessage = ({ data }) => hear(data, line.port1);
    frame.contentWindow.postMessage({ sapa: "chat" }, shop, [line.port2]);
    setTimeout(() => {
      refused = !port;
      if (refused) console.warn(`Sapa: the chat of ${shop} is not allowed on ${location.origin} (SAPA_WIDGET_ORIGINS)`);
    }, PATIENCE_MS);
  });

  function hear(data, from) {
    if (data.ready) {
      port = from;
      refused = false;
      box.hidden = false;
      hint.hidden = Boolean(data.known);
      if (opening) open(opening.draft);
    }
    if ("unread" in data) {
      count.hidden = !data.unread;
      count.textContent = data.unread;
      launcher.setAttribute("aria-label", data.unread ? `${words.open}, ${data.unread} ${words.unread}` : words.open);
    }
    if (data.close) close();
    // The page around the chat may look again at what an answer has changed, the cart above all.
    if (data.said) document.dispatchEvent(new CustomEvent("sapa:said"));
  }

  function open(draft) {
    opening = { draft };
    if (!port) return;
    opening = null;
    isOpen = true;
    hint.hidden = true;
    box.classList.add("open");
    launcher.setAttribute("aria-expanded", "true");
    fit();
    frame.focus();
    port.postMessage({ open: true, draft });
  }

  function close() {
    isOpen = false;
    box.classList.remove("open");
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus();
    port?.postMessage({ open: false });
  }

  // A keyboard on the screen makes the visible part smaller, and with it the chat.
  function fit() {
    const seen = window.visualViewport;
    const small = seen && matchMedia(NARROW).matches && seen.height < innerHeight - 60;
    frame.style.height = isOpen && small ? `${seen.height}px` : "";
    frame.style.top = isOpen && small ? `${seen.offsetTop}px` : "";
  }
  window.visualViewport?.addEventListener("resize", fit);

  launcher.addEventListener("click", () => open());
  hint.addEventListener("click", () => open());
  // Any element of the page may open the chat, with words ready to send.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-sapa-chat]");
    if (!opener || refused) return; // a link stays a link where there is no chat
    event.preventDefault();
    open(opener.dataset.sapaChat);
  });
  // The page itself comes first.
  const begin = () => {
    root.append(box);
    document.body.append(host);
    // Above everything, and not moved or cut by what the page does to its own elements.
    if (host.showPopover) {
      host.popover = "manual";
      host.showPopover();
    }
  };
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);

  function bubble() {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 32 32");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("fill", "currentColor");
    path.setAttribute(
      "d",
      "M16 4C8.8 4 3 8.9 3 15c0 3.3 1.7 6.2 4.4 8.2-.2 1.6-.9 3-1.9 4.1-.3.4 0 .9.5.8 2.4-.3 4.5-1.2 6.1-2.6 1.2.3 2.5.5 3.9.5 7.2 0 13-4.9 13-11S23.2 4 16 4Zm-6 12.700a1.700 1.700 0 1 1 0-3.400 1.700 1.700 0 0 1 0 3.400Zm6 0a1.700 1.700 0 1 1 0-3.400 1.700 1.700 0 0 1 0 3.400Zm6 0a1.700 1.700 0 1 1 0-3.400 1.700 1.700 0 0 1 0 3.400Z",
    );
    svg.append(path);
    return svg;
  }
})();
