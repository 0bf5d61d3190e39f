// The console's few own behaviours. Everything that is shown comes from the server.
(function () {
  "use strict";
  var body = document.body;

  // ---- live: one stream per page says what to look at again ----
  var KINDS = ["inbox", "conversation", "payments", "orders", "complaints", "returns", "comments", "learning"];
  var offline = document.getElementById("offline");
  var source = null;
  var offlineTimer = null;

  function connect() {
    var address = body.dataset.live;
    if (!address || !window.EventSource) { return; }
    source = new EventSource(address);
    source.onopen = function () {
      clearTimeout(offlineTimer);
      offline.hidden = true;
    };
    source.onerror = function () {
      clearTimeout(offlineTimer);
      offlineTimer = setTimeout(function () { offline.hidden = false; }, 4000);
      // The browser comes back by itself unless the server refused outright.
      if (source.readyState === EventSource.CLOSED) { setTimeout(connect, 5000); }
    };
    KINDS.forEach(function (kind) {
      source.addEventListener(kind, function () { htmx.trigger(body, "live-" + kind); });
    });
  }
  window.addEventListener("pagehide", function () { if (source) { source.close(); } });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { connect(); } });
  connect();

  // ---- requests ----
  body.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRFToken"] = body.dataset.csrf;
    if (document.visibilityState === "visible") { event.detail.headers["X-Visible"] = "1"; }
  });
  body.addEventListener("htmx:sendError", function () { toast(body.dataset.noConnection, "error"); });
  body.addEventListener("htmx:responseError", function (event) {
    if (!event.detail.xhr.getResponseHeader("HX-Trigger") && event.detail.xhr.status !== 401) {
      toast(body.dataset.wentWrong, "error");
    }
  });
  body.addEventListener("toast", function (event) { toast(event.detail.text, event.detail.kind); });

  var ICONS = { success: "circle-check", error: "alert-circle", info: "info-circle" };
  function toast(text, kind) {
    var box = document.getElementById("toasts");
    var item = document.createElement("div");
    var icon = document.createElement("i");
    var words = document.createElement("div");
    item.className = "toast-s " + (kind || "info");
    item.setAttribute("role", kind === "error" ? "alert" : "status");
    icon.className = "ti ti-" + (ICONS[kind] || ICONS.info);
    words.textContent = text;
    item.append(icon, words);
    box.append(item);
    fade(item);
  }
  function fade(item) { setTimeout(function () { item.remove(); }, 7000); }
  document.querySelectorAll("#toasts > *").forEach(fade);

  // ---- a new waiting customer: title, and a sound if wanted ----
  var title = document.title;
  var waiting = null;
  function loud() {
    try { return localStorage.getItem("sapa-sound") !== "off"; } catch (error) { return true; }
  }
  function showSound() {
    document.querySelectorAll("[data-sound]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(loud()));
      button.querySelector("i").className = "ti ti-" + (loud() ? "bell" : "bell-off");
    });
  }
  function chime() {
    var Audio = window.AudioContext || window.webkitAudioContext;
    if (!Audio || !loud()) { return; }
    var audio = new Audio();
    [660, 880].forEach(function (pitch, index) {
      var tone = audio.createOscillator();
      var volume = audio.createGain();
      var start = audio.currentTime + index * 0.14;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.22);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.24);
    });
    setTimeout(function () { audio.close(); }, 1000);
  }
  function countWaiting() {
    var counter = document.querySelector("[data-waiting]");
    if (!counter) { return; }
    var now = Number(counter.dataset.waiting) || 0;
    document.title = now ? "(" + now + ") " + title : title;
    if (waiting !== null && now > waiting) { chime(); }
    waiting = now;
  }
  body.addEventListener("htmx:afterSettle", countWaiting);
  countWaiting();
  showSound();

  // The row that is to be worked on next has the focus, also when another swap (the counts)
  // follows right after and would take it.
  body.addEventListener("htmx:afterSettle", function (event) {
    var next = document.querySelector("#rows [autofocus]");
    var swapped = event.detail && event.detail.target;
    if (next && (document.activeElement === body || (swapped && swapped.id === "rows"))) { next.focus(); }
  });

  // ---- the conversation ----
  var thread = document.getElementById("thread");
  function atEnd() { return thread.scrollHeight - thread.scrollTop - thread.clientHeight < 140; }
  if (thread) {
    var follow = true;
    thread.scrollTop = thread.scrollHeight;
    thread.addEventListener("load", function () { if (follow) { thread.scrollTop = thread.scrollHeight; } }, true);
    thread.addEventListener("scroll", function () { follow = atEnd(); }, { passive: true });
    body.addEventListener("htmx:beforeSwap", function () { follow = atEnd(); });
    body.addEventListener("htmx:afterSettle", function () {
      var seen = {};
      thread.querySelectorAll("[data-message]").forEach(function (item) {
        if (seen[item.dataset.message]) { item.remove(); }
        seen[item.dataset.message] = true;
      });
      if (follow) { thread.scrollTop = thread.scrollHeight; }
    });
    document.addEventListener("visibilitychange", function () {
      if (document.visibilityState === "visible") { htmx.trigger(body, "live-conversation"); }
    });
    window.addEventListener("resize", function () { if (follow) { thread.scrollTop = thread.scrollHeight; } });
  }

  function draftKey(field) { return "sapa-draft-" + field.dataset.draft; }
  function prepareDraft() {
    var field = document.querySelector("textarea[data-draft]");
    if (!field || field.dataset.ready) { return; }
    field.dataset.ready = "1";
    // What was typed before this script ran is newer than what was kept.
    try { field.value = field.value || sessionStorage.getItem(draftKey(field)) || ""; } catch (error) { /* off */ }
    if (window.matchMedia("(min-width: 861px)").matches) { field.focus(); }
  }
  prepareDraft();
  body.addEventListener("htmx:afterSettle", prepareDraft);
  function keepDraft() {
    var field = document.querySelector("textarea[data-draft]");
    if (!field) { return; }
    try { sessionStorage.setItem(draftKey(field), field.value); } catch (error) { /* full */ }
  }
  body.addEventListener("input", keepDraft);
  window.addEventListener("pagehide", keepDraft);
  body.addEventListener("said", function () {
    var field = document.querySelector("textarea[data-draft]");
    if (!field) { return; }
    field.value = "";
    sessionStorage.removeItem(draftKey(field));
    if (thread) { thread.scrollTop = thread.scrollHeight; }
    field.focus();
  });
  body.addEventListener("keydown", function (event) {
    var sends = event.target.matches && event.target.matches("textarea[data-draft]");
    if (sends && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (event.target.value.trim()) { event.target.form.requestSubmit(); }
    }
  });

  // ---- sheets, zoom, menus ----
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-open]");
    var closer = event.target.closest("[data-close]");
    var picture = event.target.closest("a[data-zoom]");
    if (opener) { document.getElementById(opener.dataset.open).showModal(); }
    if (closer) { shut(closer); }
    if (picture && !event.ctrlKey && !event.metaKey) { event.preventDefault(); zoom(picture); }
    if (event.target.matches("dialog")) { event.target.close(); }
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
    if (event.target.closest("[data-sound]")) {
      try { localStorage.setItem("sapa-sound", loud() ? "off" : "on"); } catch (error) { /* private */ }
      showSound();
      chime();
    }
    var preset = event.target.closest("[data-preset]");
    if (preset) {
      var field = document.getElementById(preset.dataset.preset);
      field.value = preset.textContent.trim();
      field.focus();
    }
  });
  function shut(closer) {
    var dialog = closer.closest("dialog");
    if (dialog) { dialog.close(); } else { closer.closest(".toast-s").remove(); }
  }
  function zoom(link) {
    var dialog = document.getElementById("zoom");
    dialog.querySelector("img").src = link.href;
    dialog.querySelector("img").alt = link.getAttribute("aria-label") || "";
    dialog.showModal();
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) { menu.open = false; });
      if (location.hash === "#detail") { history.back(); }
    }
  });
  body.addEventListener("change", function (event) {
    if (event.target.matches("[data-submits]")) { event.target.form.requestSubmit(); }
  });
  // A form that was refused stands again on its own page: opened, at what is to be mended.
  if (body.dataset.at) { history.replaceState(null, "", body.dataset.at); }
  document.querySelectorAll("dialog.sheet[open]").forEach(function (sheet) { sheet.close(); sheet.showModal(); });
  var mend = document.querySelector("dialog[open] [aria-invalid]") || document.querySelector("[aria-invalid=true]");
  if (mend) {
    mend.focus();
    document.querySelectorAll("#toasts .refusal").forEach(function (one) { one.remove(); });
  }
  // One press is one change: the button waits for the answer.
  document.addEventListener("submit", function (event) {
    var button = event.target.querySelector("button[type=submit], button:not([type])");
    if (!button || event.target.hasAttribute("hx-post")) { return; }
    setTimeout(function () { button.disabled = true; }, 0);
    window.addEventListener("pageshow", function () { button.disabled = false; }, { once: true });
  });
})();
