// Shared by the web chat and the phone simulator: text into nodes, never into HTML.

const INLINE = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])|\*([^\s*](?:[^*\n]*[^\s*])?)\*/g;

/** A fragment with links and *bold* of a message; everything else is plain text. */
export function formatted(text) {
  const fragment = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    fragment.append(text.slice(from, found.index));
    if (found[1]) {
      const link = document.createElement("a");
      link.href = found[1];
      link.textContent = found[1].replace(/^https?:\/\//, "");
      link.target = "_blank";
      link.rel = "noopener noreferrer nofollow";
      fragment.append(link);
    } else {
      const strong = document.createElement("strong");
      strong.textContent = found[2];
      fragment.append(strong);
    }
    from = found.index + found[0].length;
  }
  fragment.append(text.slice(from));
  return fragment;
}

/** An element with attributes, classes and children: el("p.note", {id: "x"}, "text"). */
export function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** A 24×24 line icon from path data. */
export function icon(...paths) {
  const svg = document.createElementNS(SVG, "svg");
  const look = {
    viewBox: "0 0 24 24", width: "24", height: "24", fill: "none", stroke: "currentColor",
    "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(look)) svg.setAttribute(name, value);
  for (const data of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", data);
    svg.append(path);
  }
  return svg;
}

/** Hours and minutes in the shop's zone, as people there read them. */
export function clock(iso, language) {
  const options = { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Pontianak" };
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "id-ID", options).format(
    new Date(iso),
  );
}

/** "Today", "Yesterday" or the date, in the shop's zone. */
export function day(iso, language) {
  const locale = language === "en" ? "en-GB" : "id-ID";
  const zone = { timeZone: "Asia/Pontianak" };
  const key = (date) => new Intl.DateTimeFormat("en-CA", zone).format(date);
  const then = new Date(iso);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  if (key(then) === key(new Date())) return capital(relative.format(0, "day"));
  if (key(then) === key(new Date(Date.now() - 86_400_000))) return capital(relative.format(-1, "day"));
  const options = { ...zone, weekday: "long", day: "numeric", month: "long" };
  return new Intl.DateTimeFormat(locale, options).format(then);
}

/** Whether a chosen file is a list of parts rather than a picture, by its name. */
export function isList(file) {
  return /\.(csv|tsv|txt|xlsx)$/i.test(file.name);
}

/** A photo made small enough to send over a phone line; the file itself if that fails. */
export async function shrunk(file, longest = 1800) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.size < 1_500_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.86));
    return small ?? file;
  } catch {
    return file;
  }
}
