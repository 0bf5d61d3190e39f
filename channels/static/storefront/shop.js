// The shop's few own behaviours; every page works without them.
(() => {
  const said = document.getElementById("said");
  let timer = 0;
  // A note goes by itself, slowly enough to be read and to be used by its link.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== said) return;
    clearTimeout(timer);
    timer = setTimeout(() => said.replaceChildren(), 7000);
  });
  // Too often, no connection, a form that is too old: say it instead of doing nothing.
  const failed = () => {
    const note = document.createElement("p");
    note.className = "toast bad";
    note.textContent = document.documentElement.lang === "en"
      ? "That did not work. Please try again."
      : "Belum berhasil. Coba lagi ya.";
    said.replaceChildren(note);
  };
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
})();
