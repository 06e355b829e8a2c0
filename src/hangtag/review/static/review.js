// The page: a product, what was read of it, one key to confirm or correct. Text is only ever text.
import { count } from "./elements.js";
import { get, key, post, Refusal } from "./desk-api.js";
import { dialogs } from "./dialogs.js";
import { heard } from "./keys.js";
import { outbox } from "./outbox.js";
import { sheet } from "./sheet.js";

const AHEAD = 4;
const BEAT = 60000;
const HOLDING = 20; // the most that the server lets a page hold
const PATIENCE = 300;
const RETRY = 5000;
const $ = (id) => document.getElementById(id);
const session = key();
const address = new URLSearchParams(location.search);

let about = null;
let person = localStorage.getItem("hangtag-review-person") ?? "";
let chosen = { queue: "", attribute: "", category: "" };
let current = null;
let ahead = [];
let past = []; // [{ card, state, save_id }] of this page, to be undone
let left = 0;
let total = 0;
let asking = null;
let letGo = Promise.resolve();
let trouble = null;
let retry = 0;
let round = 0; // grows with every other choice of queue: answers to an earlier one are late

const box = outbox({
  changed: ({ waiting, failing }) => {
    $("saving").textContent = failing ? `${count(waiting, "answer waits", "answers wait")} for the server` : waiting > 2 ? "Saving…" : "";
    $("saving").classList.toggle("failing", failing);
  },
  refused: (error, body) => {
    toast(`${error.message} ${error.hint ?? ""}`, body.product_id);
    // It was not kept: there is nothing to undo, and the product comes again.
    past = past.filter(({ save_id }) => save_id !== body.save_id);
    if (about && !current) advance();
  },
});
const shown = sheet({ look: $("look"), judge: $("answers"), done: confirm, skip, undo, zoom: () => current && talk.zoom(current), note });
const talk = dialogs({ zoom: $("zoom"), help: $("help"), who: $("who"), note: $("note") });
heard({ open: () => document.querySelector("dialog[open]"), actions: { confirm, skip, undo, note, zoom: () => current && talk.zoom(current), help: () => talk.help(), ...shown.actions } });

async function start() {
  while (!person) person = await talk.who("");
  named(person);
  try {
    about = await get("/api/about");
  } catch (error) {
    return stuck(error, start);
  }
  chosen = { queue: address.get("queue") || about.queue, attribute: address.get("attribute") ?? "", category: address.get("category") ?? "" };
  fill($("queue"), about.queues.map((one) => [one.name, one.title, one.about]), chosen.queue);
  fill($("attribute"), [["", "All attributes"], ...about.attributes.map((one) => [one.name, `Only ${one.title.toLowerCase()}`])], chosen.attribute);
  fill($("category"), [["", "All kinds"], ...about.categories.map((one) => [one.name, `${one.name} (${one.products.toLocaleString("en")})`])], chosen.category);
  await advance();
}

function fill(select, options, value) {
  select.replaceChildren(...options.map(([name, title, says]) => Object.assign(document.createElement("option"), { value: name, textContent: title, title: says ?? "", selected: name === value })));
}

function choose(changes) {
  chosen = { ...chosen, ...changes };
  const said = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  history.replaceState(null, "", `?${said}`);
  round += 1;
  // One after the other: a release that comes late would let go of what is given next.
  letGo = Promise.all([letGo, asking]).then(() => post("/api/release", { session })).catch(() => {});
  asking = null;
  ahead = [];
  current = null;
  advance();
}

/** Ask for what there is too little of. One question at a time. */
function gather(n = AHEAD) {
  if (asking) return asking;
  // What was said and is still on its way is not to come again; the server does not know of it.
  const waiting = box.waiting();
  const said = waiting.map(({ body }) => body.product_id);
  const saves = waiting.filter(({ path }) => path === "/api/save").map(({ body }) => body.product_id);
  const undoing = waiting.some(({ path }) => path === "/api/undo");
  const holding = [...[current, ...ahead].filter(Boolean).map((card) => card.product_id), ...saves].slice(0, HOLDING);
  const mine = round;
  asking = (async () => {
    await letGo;
    if (mine !== round) return;
    const answer = await post("/api/next", { person, session, queue: chosen.queue, attribute: chosen.attribute || null, category: chosen.category || null, n: Math.max(0, n - ahead.length), holding });
    if (mine !== round) return;
    // What another page got or reviewed meanwhile, because this one slept too long, is not ours now.
    // What is being undone is no such thing: the server may not know of it yet.
    const lost = new Set(undoing ? [] : holding.filter((id) => !answer.held.includes(id)));
    ahead = ahead.filter((card) => !lost.has(card.product_id));
    if (lost.has(current?.product_id)) toast("Another page has got this product or reviewed it meanwhile.", current.product_id);
    const seen = new Set([...said, ...[current, ...ahead].filter(Boolean).map((card) => card.product_id)]);
    for (const card of answer.products) if (!seen.has(card.product_id)) { ahead.push({ ...card, queue: chosen.queue }); shown.preload(card); }
    left = answer.left;
    total = answer.total;
    trouble = null;
    here(answer.here);
    meter();
  })().catch((error) => { if (mine === round) trouble = error instanceof Refusal ? error : new Refusal(error.message); }).finally(() => { if (mine === round) asking = null; });
  return asking;
}

async function advance() {
  const mine = round;
  current = null;
  const lacking = () => mine === round && !current && !ahead.length;
  if (lacking()) {
    // What was judged takes no more keys.
    const late = setTimeout(() => { if (!current) shown.waiting(); }, PATIENCE);
    // What is being asked now was asked for when there was more at hand.
    await asking;
    if (lacking()) await gather();
    // What was just said must be known before it is asked what is left.
    while (lacking() && !trouble && left > 0 && box.waiting().length) {
      await new Promise((done) => setTimeout(done, 150));
      if (!box.waiting().length) await gather();
    }
    clearTimeout(late);
  }
  // Another queue was chosen meanwhile, or undo shows what was before.
  if (mine !== round || current) return;
  if (!ahead.length && trouble) return stuck(trouble, advance);
  current = ahead.shift() ?? null;
  if (current) show(current);
  else shown.nothing({ past: past.length, total, left, here: others() });
  if (ahead.length < 2) gather();
}

/** Nothing to show, and why. It is tried again: whoever reviews by keys looks for no button. */
function stuck(error, again) {
  shown.trouble(error, again);
  clearTimeout(retry);
  if (error.again) retry = setTimeout(() => { if (!current) again(); }, RETRY);
}

function show(card, state) {
  current = card;
  shown.show(card, about, state);
  $("spoken").textContent = `${card.title || card.product_id}. ${card.readings.map((one) => `${one.attribute.replace("_", " ")}: ${one.value.join(", ") || "none"}`).join(". ")}`;
}

/** One key: what is shown is what this person says. */
function confirm() {
  if (!current || !about) return;
  const { answers, state } = shown.said();
  if (!Object.keys(answers).length) return skip();
  const save_id = key();
  box.add("/api/save", { save_id, person, session, product_id: current.product_id, answers, queue: current.queue, note: state.note ?? "" });
  past.push({ card: current, state, save_id });
  if (past.length > 200) past.shift();
  left = Math.max(0, left - 1);
  meter();
  advance();
}

function skip() {
  if (!current) return;
  box.add("/api/skip", { person, session, product_id: current.product_id });
  past.push({ card: current, state: shown.said().state, save_id: null });
  advance();
}

/** Back to the product before, as it was left; what was said of it is taken back. */
function undo() {
  const last = past.pop();
  if (!last) return toast("There is nothing to undo on this page.");
  if (last.save_id) {
    box.add("/api/undo", { save_id: key(), undone: last.save_id, person, session });
    left += 1;
  }
  if (current) ahead.unshift(current);
  show(last.card, last.state);
  meter();
  // The server holds for this page what it takes back; what was skipped has been let go.
  if (!last.save_id) gather();
}

async function note() {
  if (!current) return;
  const card = current;
  const text = await talk.note(shown.said().state.note ?? "");
  if (text !== null && card === current) shown.note(text);
}

function meter() {
  $("meter").hidden = !total;
  $("meter-fill").style.width = `${total ? (100 * (total - left)) / total : 0}%`;
  $("meter-says").textContent = `${(total - left).toLocaleString("en")} of ${total.toLocaleString("en")}`;
}

let everybody = [];
const others = () => everybody.filter((name) => name !== person);
function here(names) {
  everybody = names;
  $("person-button").title = others().length ? `You are ${person}. Also here: ${others().join(", ")}` : `You are ${person}`;
  $("person-button").dataset.others = others().length || "";
}

function named(name) {
  person = name;
  localStorage.setItem("hangtag-review-person", name);
  $("person").textContent = name;
  here(everybody);
}

let hiding = 0;
function toast(text, product = "") {
  clearTimeout(hiding);
  $("toast").textContent = product ? `${product}: ${text}` : text;
  $("toast").hidden = false;
  hiding = setTimeout(() => { $("toast").hidden = true; }, 6000);
}

for (const name of ["queue", "attribute", "category"]) $(name).addEventListener("change", () => { $(name).blur(); choose({ [name]: $(name).value }); });
$("help-button").addEventListener("click", () => talk.help());
$("person-button").addEventListener("click", async () => { const name = await talk.who(person); if (name && name !== person) { named(name); choose({}); } });
// Whoever leaves lets go; whoever stays and thinks keeps what is shown.
window.addEventListener("pagehide", () => { fetch("/api/release", { method: "POST", keepalive: true, headers: { "content-type": "application/json" }, body: JSON.stringify({ session }) }).catch(() => {}); });
window.addEventListener("pageshow", (event) => { if (event.persisted && about) choose({}); });
// Whoever comes back after a while hears at once what is not theirs any more, and whoever has nothing
// what has become free.
function beat() {
  if (document.visibilityState !== "visible" || !about) return;
  if (current) gather();
  else advance();
}
document.addEventListener("visibilitychange", beat);
setInterval(beat, BEAT);
start();
