// Talks to the server for the web chat: session, messages, and the stream of what happens.

const TOKEN = "sapa-chat-token";

export class ChatApi {
  constructor(origin, language) {
    this.origin = origin;
    this.language = language;
    this.token = read();
    this.lastId = 0;
    this.stopped = false;
  }

  /** Start or resume; returns {messages, handler, agent, shop}. */
  async session() {
    const answer = await fetch(`${this.origin}/webchat/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token: this.token, language: this.language }),
    });
    if (!answer.ok) throw new Error(`session ${answer.status}`);
    const session = await answer.json();
    this.token = session.token;
    this.lastId = session.messages.reduce((top, message) => Math.max(top, message.id), 0);
    write(session.token);
    return session;
  }

  /** Send words, a tapped choice, a photo or a list. Sending the same clientId again changes nothing. */
  async send({ clientId, text, payload, label, photo, file }) {
    const form = new FormData();
    form.set("client_id", clientId);
    form.set("language", this.language);
    if (text) form.set("text", text);
    if (payload) form.set("payload", payload);
    if (label) form.set("label", label);
    if (photo) form.set("photo", photo, "photo.jpg");
    if (file) form.set("file", file, file.name);
    const answer = await fetch(`${this.origin}/webchat/messages`, {
      method: "POST",
      headers: this.#headers(),
      body: form,
    });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}));
      throw Object.assign(new Error("not sent"), { status: answer.status, code: problem.code });
    }
    return answer.json();
  }

  /** Tell the shop that everything up to ``id`` has been seen. */
  read(id) {
    const body = JSON.stringify({ upto: id });
    const headers = { ...this.#headers(), "Content-Type": "application/json" };
    fetch(`${this.origin}/webchat/read`, { method: "POST", headers, body, keepalive: true }).catch(
      () => {},
    );
  }

  /** An object URL of a photo of this conversation. */
  async photo(id) {
    const answer = await fetch(`${this.origin}/webchat/media/${id}`, { headers: this.#headers() });
    if (!answer.ok) throw new Error(`photo ${answer.status}`);
    return URL.createObjectURL(await answer.blob());
  }

  /** Call ``on(event, data)`` for everything that happens, and ``state(online)``; reconnects. */
  async listen(on, state) {
    let pause = 500;
    while (!this.stopped) {
      const began = Date.now();
      try {
        await this.#stream(on, state);
      } catch {
        state(false);
      }
      pause = Date.now() - began > 5_000 ? 500 : Math.min(pause * 2, 15_000);
      await new Promise((done) => setTimeout(done, pause));
    }
  }

  // fetch instead of EventSource: the token travels in a header, not in an address that is logged.
  async #stream(on, state) {
    const headers = { ...this.#headers(), "Last-Event-ID": String(this.lastId) };
    const answer = await fetch(`${this.origin}/webchat/events`, { headers });
    if (!answer.ok) throw new Error(`events ${answer.status}`);
    state(true);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += value;
      for (let end = buffer.indexOf("\n\n"); end >= 0; end = buffer.indexOf("\n\n")) {
        this.#dispatch(buffer.slice(0, end), on);
        buffer = buffer.slice(end + 2);
      }
    }
  }

  #dispatch(block, on) {
    const field = (name) => block.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
    const data = field("data");
    if (!data) return;
    const id = Number(field("id"));
    if (id) this.lastId = Math.max(this.lastId, id);
    on(field("event"), JSON.parse(data));
  }

  #headers() {
    return { Authorization: `Bearer ${this.token}` };
  }
}

function read() {
  try {
    return localStorage.getItem(TOKEN);
  } catch {
    return null; // private browsing: the conversation lives as long as the page
  }
}

function write(token) {
  try {
    localStorage.setItem(TOKEN, token);
  } catch {
    // Nothing to do: see read().
  }
}
