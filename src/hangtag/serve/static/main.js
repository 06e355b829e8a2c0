// The page: from the address to what is shown. Every change goes into the address and is drawn from it.
import { asked, filterPairs, read, written } from "./address.js";
import * as api from "./api.js";
import { card, notice, photo, rove, told, waiting } from "./cards.js";
import { sides } from "./compare.js";
import { CROSS, count, el, FUNNEL, icon, iconButton } from "./elements.js";
import { facets, refill } from "./facets.js";
import { panel } from "./panel.js";
import * as photos from "./photos.js";
import { understood } from "./understood.js";

const PAGE = 24;
const AT_ONCE = 96;
const TYPING = 220;

const $ = (id) => document.getElementById(id);
const [box, found, status, tools, context, tags, side, sheet] = ["q", "found", "status", "tools", "context", "understood", "facets", "filters"].map($);

let state = read();
let known = { products: 0, columns: {}, configurations: [], a: "", b: "", version: "" };
let hits = [];
let meanings = [];
let answered = null; // what the hits on the page were asked for
let lastFacets = null;
let asking = null;
let photoAddress = "";

const product = panel($("panel"), {
  go: (id) => go({ product: id }, { replace: true }),
  close: closeProduct,
  alike: (id) => go({ like: id, q: "", photo: "", product: "", compare: false, pages: 1, filters: {} }),
  filter: (column, value) => go({ filters: { ...state.filters, [column]: [...new Set([...(state.filters[column] ?? []), value])] }, product: "", pages: 1 }),
  address: addressOf,
});

function addressOf(id) {
  return written({ ...state, product: id });
}

/** Go where the state with these changes is. */
function go(changes, { replace = false } = {}) {
  state = { ...state, ...changes };
  const mark = { opened: Boolean(state.product) && (replace ? history.state?.opened ?? false : true) };
  history[replace ? "replaceState" : "pushState"](mark, "", written(state));
  draw();
}

function closeProduct() {
  if (history.state?.opened) history.back();
  else go({ product: "" }, { replace: true });
}

function toggle(column, value) {
  const before = state.filters[column] ?? [];
  const values = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
  const { [column]: _, ...others } = state.filters;
  go({ filters: values.length ? { ...others, [column]: values } : others, pages: 1 });
}

const acts = {
  address: addressOf,
  open: (id) => go({ product: id }),
  alike: (id) => go({ like: id, q: "", photo: "", compare: false, pages: 1, filters: {} }),
};

function narrowing() {
  return { filter: filterPairs(state.filters), where: state.where, strict: state.strict };
}

async function hitsFrom(first, last, signal) {
  let answer = null;
  while (first < last) {
    const wanted = { ...narrowing(), configuration: state.by, k: Math.min(AT_ONCE, last - first), offset: first };
    const part = await (state.photo ? byPhoto(wanted, signal) : state.like ? api.like(state.like, wanted, signal) : api.search({ ...wanted, q: state.q }, signal));
    answer = answer ? { ...part, offset: answer.offset, hits: [...answer.hits, ...part.hits] } : part;
    first += wanted.k;
    if (!part.more) break;
  }
  return answer;
}

async function byPhoto(wanted, signal) {
  const blob = await photos.kept(state.photo);
  if (!blob) throw new api.Refusal("That photo is no longer here.", "Choose it again: it was kept by the tab that it was opened in.");
  return api.byPhoto(blob, wanted, signal);
}

/** Draw what the state says; ask for what is not there yet. */
async function draw() {
  sync();
  const wanted = asked(state);
  const isNew = wanted !== answered;
  const target = state.pages * PAGE;
  if (isNew || (!state.compare && hits.length < target && found.querySelector("[data-more]"))) await load(wanted, isNew, target);
  if (wanted !== asked(state)) return; // something else was asked meanwhile
  drawProduct();
}

async function load(wanted, isNew, target) {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const started = busy(isNew);
  try {
    if (isNew && !(await hasAbout())) return;
    if (state.compare) await loadSides(signal);
    else {
      const offset = isNew ? 0 : hits.length;
      const [answer, sets] = await Promise.all([
        hitsFrom(offset, target, signal),
        isNew ? api.facets({ q: state.like || state.photo ? "" : state.q, ...narrowing() }, signal).catch(quietly) : null,
      ]);
      hits = isNew ? answer.hits : [...hits, ...answer.hits];
      meanings = answer.meanings;
      if (sets) lastFacets = sets;
      drawHits(answer, isNew);
    }
    answered = wanted;
    drawFacets();
    drawTools();
  } catch (error) {
    if (error.name === "AbortError") return;
    hits = [];
    answered = null;
    drawTrouble(error);
  } finally {
    if (asking?.signal === signal) idle(started);
  }
}

// The products are there: that the counts are not is no reason to hide them.
function quietly(error) {
  if (error.name === "AbortError" || error.status === 422) throw error;
  return null;
}

async function hasAbout() {
  if (!known.version) {
    known = await api.about();
    $("about").textContent = `${count(known.products, "product", "products")} · hangtag ${known.version} ·`;
  }
  return true;
}

async function loadSides(signal) {
  hits = [];
  const a = state.a || known.a;
  const b = state.b || known.b;
  if (!state.q) {
    tags.replaceChildren();
    status.textContent = "";
    found.replaceChildren(notice("Two ways to search, side by side", "Type a query above. Each side answers it with a configuration of its own, and you see what moved."));
    lastFacets ??= await api.facets(narrowing(), signal);
    return;
  }
  const [answer, sets] = await Promise.all([
    api.compare({ q: state.q, a, b, k: PAGE, ...narrowing() }, signal),
    api.facets({ q: state.q, ...narrowing() }, signal).catch(quietly),
  ]);
  if (sets) lastFacets = sets;
  hits = answer.b.hits.concat(answer.a.hits);
  meanings = answer.b.meanings;
  drawUnderstood(answer.b);
  const [shared, pair] = sides(answer, { configurations: known.configurations, choose: (which, name) => go({ [which]: name }), ...acts });
  status.textContent = shared;
  found.replaceChildren(pair);
}

function drawHits(answer, isNew) {
  drawUnderstood(answer);
  const shown = { ...answer, offset: 0, hits };
  status.textContent = hits.length ? told(shown) : "";
  if (!hits.length) return drawNothing();
  const more = answer.more && state.pages < 20
    ? el("p", { class: "more-row" }, el("button", { type: "button", class: "button", data: { more: "" }, on: { click: () => go({ pages: state.pages + 1 }, { replace: true }) } }, "Show more")) : null;
  const at = isNew ? null : document.activeElement;
  if (isNew) {
    const grid = el("ol", { class: "grid", id: "grid" }, hits.map((hit, place) => card(hit, { ...acts, eager: place < 10 })));
    rove(grid);
    found.replaceChildren(...(isHome() ? [welcome()] : []), grid, ...(more ? [more] : []));
    if (window.scrollY > found.offsetTop) window.scrollTo({ top: 0 });
    return;
  }
  const fresh = answer.hits.map((hit) => card(hit, acts));
  $("grid").append(...fresh);
  found.querySelector(".more-row")?.remove();
  if (more) found.append(more);
  if (at === document.body || at?.dataset?.more !== undefined) fresh[0]?.querySelector("a.open").focus();
}

function isHome() {
  return !state.q && !state.like && !state.photo && !state.where && !Object.keys(state.filters).length;
}

/** What one may ask, to begin with. */
function welcome() {
  return el("section", { class: "welcome" },
    el("h2", {}, "Search by what the photos show"),
    el("p", {}, `Say it in your own words. ${count(known.products, "product was", "products were")} read; each result tells which words it answers.`),
    known.examples.length ? el("ul", { class: "tries" }, known.examples.map((text) => el("li", {}, el("a", { class: "try", href: written({ ...state, q: text }), on: { click: (event) => { event.preventDefault(); go({ q: text }); } } }, text)))) : null);
}

function drawNothing() {
  const many = Object.values(state.filters).flat().length;
  found.replaceChildren(notice("Nothing fits all of that", many || state.strict ? "Take something away, and there may be more." : "Try other words, or fewer.",
    many ? el("button", { type: "button", class: "button", on: { click: () => go({ filters: {}, pages: 1 }) } }, "Clear the filters") : null,
    state.strict ? el("button", { type: "button", class: "button", on: { click: () => go({ strict: false, pages: 1 }) } }, "Let words be wishes") : null));
}

function drawTrouble(error) {
  if (!(error instanceof api.Refusal)) console.error(error);
  tags.replaceChildren();
  status.textContent = "";
  found.replaceChildren(el("div", { role: "alert" }, notice(error.message, error.hint ?? "",
    el("button", { type: "button", class: "button", on: { click: () => draw() } }, "Try again"),
    state.where ? el("button", { type: "button", class: "button", on: { click: () => go({ where: "" }) } }, "Drop the condition") : null,
    state.photo || state.like ? el("button", { type: "button", class: "button", on: { click: () => go({ photo: "", like: "" }) } }, "Back to all products") : null)));
}

function drawUnderstood(answer) {
  tags.replaceChildren(...(state.like || state.photo ? [] : understood(answer, {
    strict: state.strict, titles: known.columns,
    now: () => state.q, drop: (q) => go({ q, pages: 1 }), setStrict: (strict) => go({ strict, pages: 1 }),
  })));
}

function drawFacets() {
  if (!lastFacets) return;
  const acting = { chosen: state.filters, titles: known.columns, toggle, clear: () => go({ filters: {}, pages: 1 }) };
  refill(side, facets(lastFacets, { ...acting, where: "side" }));
  if (sheet.open) refill(sheet, facets(lastFacets, { ...acting, where: "sheet", close: () => sheet.close() }));
}

function drawTools() {
  const many = Object.values(state.filters).flat().length;
  const parts = [el("button", { type: "button", class: "button filters-button", on: { click: openFilters } }, icon(FUNNEL), many ? `Filters (${many})` : "Filters")];
  if (known.configurations.length > 1 && !state.compare && !state.like && !state.photo) {
    const by = state.by || known.b;
    parts.push(el("label", { class: "by" }, el("span", {}, "Rank by"), el("select", { on: { change: (event) => go({ by: event.target.value, pages: 1 }) } },
      known.configurations.map((one) => el("option", { value: one.name, selected: one.name === by, title: one.about }, one.name)))));
  }
  tools.replaceChildren(...parts);
}

function openFilters() {
  sheet.showModal();
  drawFacets();
}

/** The fixed parts: the box, the switch, what one looks for, the title. */
function sync() {
  if (document.activeElement !== box || box.value.trim() !== state.q) box.value = state.q;
  const button = $("compare-button");
  button.setAttribute("aria-pressed", String(state.compare));
  document.body.classList.toggle("comparing", state.compare);
  const looking = state.like ? `like ${state.like}` : state.photo ? "by photo" : state.q;
  document.title = looking ? `${looking.slice(0, 80)} · hangtag` : "hangtag";
  drawContext();
}

async function drawContext() {
  const leave = () => go({ like: "", photo: "", pages: 1 });
  if (state.like) {
    const id = state.like;
    const text = el("strong", {}, id);
    context.replaceChildren(el("div", { class: "context" }, photo(id, "", 128, true), el("p", {}, "Products that look like ", text), iconButton("Back to all products", CROSS, leave)));
    const title = await api.product(id).then((one) => one.title, () => "");
    if (title && state.like === id) text.textContent = title;
  } else if (state.photo) {
    const key = state.photo;
    const blob = await photos.kept(key);
    if (state.photo !== key) return;
    URL.revokeObjectURL(photoAddress);
    photoAddress = blob ? URL.createObjectURL(blob) : "";
    context.replaceChildren(el("div", { class: "context" }, blob ? el("span", { class: "photo" }, el("img", { src: photoAddress, alt: "Your photo" })) : null,
      el("p", {}, "Products that look like ", el("strong", {}, "your photo")), iconButton("Back to all products", CROSS, leave)));
  } else context.replaceChildren();
}

function drawProduct() {
  if (!state.product) {
    const was = document.activeElement;
    product.hide();
    if (was && !was.isConnected) box.focus();
    return;
  }
  const at = hits.findIndex((hit) => hit.product_id === state.product);
  product.show(state.product, { hit: hits[at], meanings, before: hits[at - 1]?.product_id, after: at < 0 ? undefined : hits[at + 1]?.product_id });
}

function busy(isNew) {
  const line = $("progress");
  found.setAttribute("aria-busy", "true");
  if (isNew && !found.children.length) found.replaceChildren(waiting());
  // What is answered at once needs no sign that it is worked on.
  return setTimeout(() => { line.classList.add("on"); found.classList.add("stale"); }, 150);
}

function idle(timer) {
  clearTimeout(timer);
  $("progress").classList.remove("on");
  found.classList.remove("stale");
  found.setAttribute("aria-busy", "false");
}

// Typing: searched as one writes, one step back for all of it.
let timer = 0;
let writing = false;
function search(now) {
  clearTimeout(timer);
  const q = box.value.trim();
  if (q === state.q && !state.like && !state.photo) return;
  go({ q, like: "", photo: "", product: "", pages: 1 }, { replace: writing });
  writing = !now;
}
box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => search(false), TYPING); });
box.addEventListener("blur", () => { writing = false; });
$("search").addEventListener("submit", (event) => { event.preventDefault(); search(true); if (matchMedia("(pointer: coarse)").matches) box.blur(); });
box.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown") return;
  const first = found.querySelector("a.open[tabindex='0']") ?? found.querySelector("a.open");
  if (first) { event.preventDefault(); first.focus(); }
});

document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (event.key === "/" && !writes && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    if (sheet.open) sheet.close();
    const reach = () => { box.focus(); box.select(); };
    // Under an open product the box cannot be reached before going back has closed it. Otherwise at
    // once, or the first letters of whoever types quickly are lost.
    if (!state.product) return reach();
    closeProduct();
    setTimeout(reach);
  }
});
document.querySelector("[data-home]").addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  go(read(""));
});
$("compare-button").addEventListener("click", () => go({ compare: !state.compare, like: "", photo: "", pages: 1 }));
sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });

// Photos: chosen, dropped, pasted.
async function usePhoto(file) {
  if (!file) return;
  const key = await photos.keep(file);
  go({ photo: key, q: "", like: "", product: "", compare: false, pages: 1, filters: {} });
}
$("photo-button").addEventListener("click", () => $("photo-file").click());
$("photo-file").addEventListener("change", (event) => { usePhoto(event.target.files[0]); event.target.value = ""; });
document.addEventListener("paste", (event) => {
  const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
  if (file) { event.preventDefault(); usePhoto(file); }
});
const drop = $("drop");
let deep = 0;
const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragenter", (event) => { if (carries(event)) { deep += 1; drop.hidden = false; } });
document.addEventListener("dragleave", (event) => { if (carries(event)) { deep = Math.max(0, deep - 1); drop.hidden = deep === 0; } });
document.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
document.addEventListener("drop", (event) => { if (!carries(event)) return; event.preventDefault(); deep = 0; drop.hidden = true; usePhoto(event.dataTransfer.files[0]); });

window.addEventListener("popstate", () => { state = read(); draw(); });
draw();
