// One product, whole: what was read from its photo, what the catalog knows, what looks like it.
import * as api from "./api.js";
import { photo, SAYS, sentence } from "./cards.js";
import { ALIKE, bar, CROSS, el, icon, iconButton, LEFT, percent, RIGHT, uncalibrated } from "./elements.js";

const ALIKES = 8;

/** `around`: { hit, before, after } of the product in the list; `go`, `close`, `alike`, `filter` act. */
export function panel(dialog, { go, close, alike, filter, address }) {
  let asking = null;

  async function show(id, around) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    if (!dialog.open) dialog.showModal();
    dialog.replaceChildren(head(id, around), el("div", { class: "panel-body" }, el("h2", { id: "panel-title" }, around.hit?.title || "…")));
    dialog.querySelector("[data-first]").focus({ preventScroll: true });
    try {
      const found = await api.product(id, signal);
      dialog.replaceChildren(head(id, around), body(found, around.hit, around.meanings ?? []));
      dialog.scrollTop = 0;
      dialog.querySelector("[data-first]")?.focus({ preventScroll: true });
      const alikes = await api.like(id, { k: ALIKES }, signal);
      dialog.querySelector("[data-alikes]")?.replaceChildren(...strip(alikes.hits));
    } catch (error) {
      if (error.name === "AbortError") return;
      const place = dialog.querySelector("[data-alikes]") ?? dialog.querySelector(".panel-body");
      place?.replaceChildren(el("h2", { id: "panel-title" }, error.message), el("p", { class: "soft" }, error.hint ?? ""));
    }
  }

  function head(id, { before, after }) {
    return el("div", { class: "panel-head" },
      el("span", { class: "id" }, id),
      before ? iconButton("The one before (←)", LEFT, () => go(before)) : null,
      after ? iconButton("The next one (→)", RIGHT, () => go(after)) : null,
      el("button", { type: "button", class: "icon", title: "Close (Esc)", data: { first: "" }, on: { click: close } }, icon(CROSS), el("span", { class: "hidden" }, "Close")));
  }

  function body(found, hit, meanings) {
    const title = found.title || found.product_id;
    const missed = hit ? meanings.filter((meaning) => !hit.reasons.some((one) => one.words === meaning.words && one.column === meaning.column)) : [];
    return el("div", { class: "panel-body" },
      el("div", { class: "panel-photo" }, photo(found.product_id, title, 960, true, 320),
        el("button", { type: "button", class: "button", on: { click: () => alike(found.product_id) } }, icon(ALIKE), "More that look like this")),
      el("div", { class: "panel-says" },
        el("h2", { id: "panel-title" }, title),
        found.description ? el("p", { class: "description" }, found.description) : null,
        hit && (hit.reasons.length || missed.length) ? el("section", {}, el("h3", {}, "Why it is here"),
          el("ul", { class: "reasons" }, hit.reasons.map(reason), missed.map(lacking))) : null,
        found.readings.length ? readings(found) : null,
        found.issues.length ? el("section", {}, el("h3", {}, "Worth a look"), el("ul", { class: "issues" }, found.issues.map((one) => el("li", {}, one)))) : null,
        Object.keys(found.metadata).length ? metadata(found) : null),
      el("section", { class: "alikes" }, el("h3", {}, "Looks like it"), el("ul", { class: "strip", data: { alikes: "" } }, el("li", { class: "soft" }, "Looking…"))));
  }

  function reason(one) {
    return el("li", {}, el("q", {}, one.words), el("span", { class: "arrow", "aria-hidden": "true" }, "→"),
      el("span", {}, `${one.title}: `, el("strong", {}, one.values.join(", "))),
      one.confidence === null ? el("span", { class: "soft" }, SAYS[one.source]) : el("span", { class: "sure" }, bar(one.confidence), percent(one.confidence), one.calibrated === false ? uncalibrated() : null),
      el("span", { class: "hidden" }, sentence(one)));
  }

  /** Words that were understood and that this product does not answer, as far as is known. */
  function lacking(meaning) {
    const unsaid = `${meaning.negated ? "not known to be without" : "not"} ${meaning.values.slice(0, 2).join(", ")}`;
    return el("li", { class: "lacking" }, el("q", {}, meaning.words), el("span", { class: "arrow", "aria-hidden": "true" }, "→"), el("span", { class: "soft" }, unsaid));
  }

  function readings(found) {
    return el("section", { class: "hangtag" }, el("span", { class: "hole", "aria-hidden": "true" }),
      el("h3", {}, found.readings.some((one) => one.source !== "photo") ? "What photo and texts show" : "What the photo shows"), el("dl", {}, found.readings.map((reading) => el("div", { class: reading.shown ? "reading" : "reading withheld" },
        el("dt", {}, reading.title),
        el("dd", {},
          el("span", { class: "value" }, reading.value.length ? reading.value.map((value) =>
            el("button", { type: "button", class: "text", title: `Only ${reading.title}: ${value}`, on: { click: () => filter(reading.attribute, value) } }, value)) : el("span", { class: "soft" }, "none"),
          texts(reading),
          reading.source === "person" ? el("span", { class: "soft" }, " as a person said") : null,
          reading.shown ? null : el("span", { class: "soft" }, " not sure enough to be shown")),
          others(reading))))));
  }

  /** What its texts have to do with a value, and the words that speak for it. */
  function texts({ source, words }) {
    if (source !== "text" && !(source === "both" && words.length)) return null;
    const quoted = words.map((word) => `“${word}”`).join(", ");
    return el("span", { class: "soft" }, source === "text" ? " from its texts" : " as its texts say", quoted ? `: ${quoted}` : "");
  }

  /** How sure, as a button that shows how likely all the options are. */
  function others(reading) {
    const all = Object.entries(reading.probabilities).sort((a, b) => b[1] - a[1]).slice(0, 9);
    const list = el("ul", { class: "options", hidden: true }, all.map(([option, share]) =>
      el("li", {}, el("span", {}, option), bar(share), el("span", { class: "count" }, percent(share)))));
    const button = el("button", { type: "button", class: "sure", "aria-expanded": "false", title: `How likely each option of ${reading.title} is`,
      on: { click: () => { list.hidden = !list.hidden; button.setAttribute("aria-expanded", String(!list.hidden)); } } },
    bar(reading.confidence), percent(reading.confidence), reading.calibrated || reading.source === "person" ? null : uncalibrated(), icon("M7 10l5 5 5-5"));
    return [button, list];
  }

  function metadata(found) {
    return el("section", {}, el("h3", {}, "What the catalog knows"), el("dl", { class: "known" }, Object.values(found.metadata).map(({ title, value }) =>
      [el("dt", {}, title), el("dd", {}, value)])));
  }

  function strip(hits) {
    if (!hits.length) return [el("li", { class: "soft" }, "Nothing does.")];
    return hits.map((hit) => el("li", {}, el("a", { href: address(hit.product_id), title: hit.title, on: { click: (event) => { if (!event.metaKey && !event.ctrlKey) { event.preventDefault(); go(hit.product_id); } } } },
      photo(hit.product_id, hit.title || hit.product_id, 320))));
  }

  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  // Heard wherever the focus is: while a product is being fetched it may be nowhere.
  document.addEventListener("keydown", (event) => {
    if (!dialog.open || event.target.closest("input, textarea, select") || event.altKey || event.ctrlKey || event.metaKey) return;
    const name = { ArrowLeft: "The one before (←)", ArrowRight: "The next one (→)" }[event.key];
    const button = name && [...dialog.querySelectorAll(".panel-head button")].find((one) => one.title === name);
    if (button) { event.preventDefault(); button.click(); }
  });
  return { show, hide() { asking?.abort(); if (dialog.open) dialog.close(); } };
}
