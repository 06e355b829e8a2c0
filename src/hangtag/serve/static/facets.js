// What the catalog can be narrowed to, with how many products are left.
import { CROSS, el, iconButton } from "./elements.js";

const SHOWN = 7;
const OPEN = 5;
// Sections and long lists stay as the person left them.
const folded = new Map();
const whole = new Set();

/** `toggle(column, value)` and `clear()` are called; `chosen` is column → values. */
export function facets(answer, { chosen, titles, toggle, clear, close = null, where = "side" }) {
  const many = Object.values(chosen).flat().length;
  const head = el("div", { class: "facets-head" }, el("h2", {}, "Filters"),
    many ? el("button", { type: "button", class: "text", on: { click: clear } }, `Clear ${many === 1 ? "it" : `all ${many}`}`) : null,
    close ? iconButton("Close the filters", CROSS, close) : null);
  const sections = answer.facets.map((facet, place) => section(facet, place, { chosen: chosen[facet.column] ?? [], toggle, where }));
  const unknown = Object.keys(chosen).filter((column) => !answer.facets.some((facet) => facet.column === column));
  const strange = unknown.flatMap((column) => chosen[column].map((value) =>
    el("li", {}, row({ column, title: titles[column] ?? column }, { value, count: 0 }, true, toggle, where))));
  return [head, strange.length ? el("ul", { class: "values" }, strange) : null, ...sections].filter(Boolean);
}

function section(facet, place, { chosen, toggle, where }) {
  const key = `${where}/${facet.column}`;
  const all = whole.has(key);
  const kept = facet.values.filter((one, at) => all || at < SHOWN || chosen.includes(one.value));
  const list = el("ul", { class: "values" }, kept.map((one) => el("li", {}, row(facet, one, chosen.includes(one.value), toggle, where))));
  const more = facet.values.length > SHOWN
    ? el("button", { type: "button", class: "text", "aria-expanded": String(all), on: { click: (event) => {
        if (all) whole.delete(key); else whole.add(key);
        const fresh = section(facet, place, { chosen, toggle, where });
        event.target.closest("details").replaceWith(fresh);
        fresh.querySelector("button.text").focus();
      } } }, all ? "Fewer" : `All ${facet.values.length}`)
    : null;
  const details = el("details", { class: "facet", open: folded.has(key) ? !folded.get(key) : place < OPEN || chosen.length > 0 },
    el("summary", {}, facet.title, chosen.length ? el("span", { class: "dot" }, String(chosen.length)) : null), list, more);
  details.addEventListener("toggle", () => folded.set(key, !details.open));
  return details;
}

function row(facet, one, checked, toggle, where) {
  return el("label", { class: one.count || checked ? "value" : "value none" },
    el("input", { type: "checkbox", checked, data: { facet: `${where}/${facet.column}:${one.value}` }, on: { change: () => toggle(facet.column, one.value) } }),
    el("span", { class: "name" }, one.value), el("span", { class: "count" }, one.count.toLocaleString("en")));
}

/** Replace a list of facets without taking the focus away from whoever is clicking through it. */
export function refill(place, parts) {
  const at = document.activeElement?.dataset?.facet;
  const top = place.scrollTop;
  place.replaceChildren(...parts);
  place.scrollTop = top;
  if (at) [...place.querySelectorAll("[data-facet]")].find((input) => input.dataset.facet === at)?.focus({ preventScroll: true });
}
