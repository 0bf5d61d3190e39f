// Chooses light or dark before the first paint; the choice is kept in this browser only.
(function () {
  "use strict";
  var kept = null;
  try { kept = localStorage.getItem("sapa-theme"); } catch (error) { kept = null; }
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function show() {
    var theme = kept || (dark.matches ? "dark" : "light");
    document.documentElement.setAttribute("data-bs-theme", theme);
  }
  show();
  dark.addEventListener("change", show);
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-theme-switch]")) { return; }
    kept = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try { localStorage.setItem("sapa-theme", kept); } catch (error) { /* private window */ }
    show();
  });
})();
