// The web chat's one script tag:
//   <script src="/webchat/widget.js" defer data-language="id"></script>
// Puts a button on the page; the chat itself is loaded when it is first needed.

(() => {
  const tag = document.currentScript;
  const origin = new URL(tag.src).origin;
  const wanted = tag.dataset.language || document.documentElement.lang || navigator.language;
  const language = wanted.toLowerCase().startsWith("en") ? "en" : "id";
  const words = {
    id: { open: "Chat dengan toko", hint: "Cari suku cadang? Tanya di sini" },
    en: { open: "Chat with the shop", hint: "Looking for a part? Ask here" },
  }[language];

  const host = document.createElement("div");
  host.id = "sapa-chat";
  const root = host.attachShadow({ mode: "open" });
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = `${origin}/static/webchat.css`;

  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.className = "launcher";
  launcher.setAttribute("aria-label", words.open);
  launcher.setAttribute("aria-haspopup", "dialog");
  launcher.setAttribute("aria-expanded", "false");
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.hidden = true;
  launcher.append(bubble(), badge);
  const hint = document.createElement("button");
  hint.type = "button";
  hint.className = "hint";
  hint.textContent = words.hint;
  hint.tabIndex = -1;
  hint.hidden = true;

  // Without its style sheet the button would lie at the page's end, so wait for it.
  launcher.hidden = true;
  sheet.addEventListener("load", () => {
    launcher.hidden = false;
    hint.hidden = remembered() !== null;
  });
  root.append(sheet, hint, launcher);
  document.body.append(host);

  let chat = null;
  async function load() {
    const { Chat } = await import(`${origin}/static/webchat-chat.js`);
    chat ??= new Chat({ origin, language, root, launcher, badge, title: tag.dataset.title });
    return chat;
  }
  async function open() {
    hint.hidden = true;
    (await load()).toggle();
  }
  launcher.addEventListener("click", open);
  hint.addEventListener("click", open);
  // Any element of the page may open the chat, with words ready to send.
  document.addEventListener("click", async (event) => {
    const opener = event.target.closest?.("[data-sapa-chat]");
    if (!opener) return;
    event.preventDefault();
    hint.hidden = true;
    (await load()).open(opener.dataset.sapaChat);
  });
  // Somebody who has written before gets answers while the chat is closed.
  if (remembered() !== null) load().then((ready) => ready.connect());

  function remembered() {
    try {
      return localStorage.getItem("sapa-chat-token");
    } catch {
      return null;
    }
  }

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
