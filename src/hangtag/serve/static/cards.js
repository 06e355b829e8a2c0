// Products as cards, and moving among them with the arrow keys.
import { photoOf } from "./api.js";
import { ALIKE, count, el, icon, percent, uncalibrated } from "./elements.js";

/** Who says so. */
export const SAYS = { catalog: "the catalog says so", reading: "as it was read", rules: "follows from what is known" };
const SHOWN_FIELDS = ["article_type", "base_colour", "gender"];

/** A photo that says so where there is none. `eager` for what is seen first, `meanwhile` a width that may be here already. */
export function photo(id, title, width, eager = false, meanwhile = 0) {
  const frame = el("span", { class: "photo" });
  if (meanwhile) frame.style.backgroundImage = `url("${photoOf(id, meanwhile).replace(/["\\\n]/g, encodeURIComponent)}")`;
  const image = el("img", {
    src: photoOf(id, width), srcset: width === 320 ? `${photoOf(id, 320)} 320w, ${photoOf(id, 512)} 512w` : undefined,
    sizes: width === 320 ? "(max-width: 640px) 46vw, 230px" : undefined,
    alt: title, loading: eager ? "eager" : "lazy", decoding: "async",
  });
  image.addEventListener("error", () => {
    frame.classList.add("gone");
    frame.style.backgroundImage = "";
    frame.replaceChildren(el("span", { role: "img", "aria-label": `${title}: no photo` }, "no photo"));
  });
  frame.append(image);
  return frame;
}

/** Why a product is among the results, in a few tags: the surest reasons first. */
export function why(reasons, most = 3) {
  if (!reasons.length) return null;
  const shown = reasons.slice(0, most).map((reason) =>
    el("li", { title: sentence(reason) }, el("span", {}, reason.values.join(", ")),
      reason.confidence === null ? null : el("b", {}, percent(reason.confidence)),
      reason.calibrated === false ? uncalibrated() : null));
  if (reasons.length > most) shown.push(el("li", { class: "more" }, `+${reasons.length - most}`));
  return el("ul", { class: "why", "aria-label": "Why it is here" }, shown);
}

export function sentence(reason) {
  const sure = reason.confidence === null ? SAYS[reason.source] : `as it was read, ${percent(reason.confidence)} sure${reason.calibrated === false ? ", uncalibrated" : ""}`;
  return `“${reason.words}” matched ${reason.title}: ${reason.values.join(", ")} (${sure})`;
}

/** One product. `address` is where it opens; `badge` stands on the photo. */
export function card(hit, { address, open, alike, badge = null, eager = false, reasons = 3 }) {
  const title = hit.title || hit.product_id;
  const facts = SHOWN_FIELDS.map((name) => hit.fields[name]).filter(Boolean).join(" · ");
  const link = el("a", { class: "open", href: address(hit.product_id), tabindex: "-1", data: { id: hit.product_id },
    on: { click: (event) => { if (!event.metaKey && !event.ctrlKey && !event.shiftKey) { event.preventDefault(); open(hit.product_id); } } } }, title);
  return el("li", { class: "card", data: { id: hit.product_id } },
    photo(hit.product_id, "", 320, eager),
    badge,
    el("div", { class: "says" }, el("h2", {}, link), facts ? el("p", { class: "soft" }, facts) : null, why(hit.reasons, reasons)),
    alike ? el("button", { type: "button", class: "icon alike", tabindex: "-1", title: "More that look like this", on: { click: () => alike(hit.product_id, title) } },
      icon(ALIKE), el("span", { class: "hidden" }, `More that look like ${title}`)) : null);
}

/** The grid that waits. */
export function waiting(cards = 12) {
  return el("ol", { class: "grid waiting", "aria-hidden": "true" },
    Array.from({ length: cards }, () => el("li", { class: "card" }, el("span", { class: "photo" }), el("div", { class: "says" }, el("i"), el("i")))));
}

/** Nothing found, or something wrong: a sentence, what to do, and buttons that do it. */
export function notice(heading, text, ...actions) {
  return el("div", { class: "notice" }, el("h2", {}, heading), text ? el("p", {}, text) : null, actions.length ? el("p", { class: "actions" }, actions) : null);
}

export function told(answer) {
  const shown = answer.offset + answer.hits.length;
  const time = `${Math.max(1, Math.round(answer.seconds * 1000))} ms`;
  if (!answer.more) return `${count(shown, "product", "products")} · ${time}`;
  if (answer.total !== null) return `${shown.toLocaleString("en")} of ${count(answer.total, "product", "products")} · ${time}`;
  return `${answer.query ? "Best" : "First"} ${shown.toLocaleString("en")} · ${time}`;
}

/** One stop for Tab in each grid; the arrows go on from there. */
export function rove(grid) {
  const links = () => [...grid.querySelectorAll("a.open")];
  const first = links()[0];
  if (first) first.tabIndex = 0;
  grid.addEventListener("focusin", (event) => {
    const card = event.target.closest(".card");
    if (!card) return;
    for (const one of grid.querySelectorAll(".card")) {
      const here = one === card;
      one.querySelector("a.open").tabIndex = here ? 0 : -1;
      const button = one.querySelector(".alike");
      if (button) button.tabIndex = here ? 0 : -1;
    }
  });
  grid.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = links();
    const at = all.findIndex((link) => link.closest(".card").contains(event.target));
    if (at < 0) return;
    const next = moved(all, at, event.key);
    if (next === undefined) return;
    event.preventDefault();
    all[next].focus();
    all[next].closest(".card").scrollIntoView({ block: "nearest" });
  });
}

function moved(links, at, key) {
  const columns = wide(links);
  const last = links.length - 1;
  switch (key) {
    case "ArrowRight": return Math.min(at + 1, last);
    case "ArrowLeft": return Math.max(at - 1, 0);
    case "ArrowDown": return at + columns <= last ? at + columns : Math.floor(at / columns) < Math.floor(last / columns) ? last : at;
    case "ArrowUp": return at - columns >= 0 ? at - columns : at;
    case "Home": return 0;
    case "End": return last;
    default: return undefined;
  }
}

/** How many cards stand beside each other. */
function wide(links) {
  const top = links[0]?.closest(".card").offsetTop;
  const below = links.findIndex((link) => link.closest(".card").offsetTop !== top);
  return below < 0 ? links.length : below;
}
