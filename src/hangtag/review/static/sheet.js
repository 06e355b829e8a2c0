// One product: its photo, and its readings as rows of a hang tag. The row in hand shows its options.
import { bar, el, percent, uncalibrated } from "./elements.js";
import { photoOf } from "./desk-api.js";

const SAYS = { photo: "photo", text: "text", both: "photo + text", person: "a person" };
const same = (a, b) => a.length === b.length && a.every((one) => b.includes(one));

export function sheet({ look, judge, done, skip, undo, zoom, note }) {
  let card = null;
  let attributes = [];
  let values = {};
  let out = new Set(); // attributes this person does not speak of
  let at = 0;
  let remark = "";
  const loading = new Map();

  function show(next, about, state) {
    card = next;
    attributes = about.attributes.filter((one) => card.readings.some((reading) => reading.attribute === one.name));
    values = structuredClone(state?.values ?? Object.fromEntries(card.readings.map((one) => [one.attribute, one.value])));
    out = new Set(state?.out ?? []);
    remark = state?.note ?? "";
    at = leastSure();
    drawPhoto();
    draw();
    scrollTo({ top: 0 });
  }

  /** Where a look is worth most is where one begins; the first one where confidence is unseen. */
  function leastSure() {
    const sure = attributes.map((one) => reading(one.name).confidence ?? 1);
    return Math.max(0, sure.indexOf(Math.min(...sure)));
  }

  function drawPhoto() {
    const title = card.title || card.product_id;
    const image = el("img", { alt: `Photo of ${title}`, src: photoOf(card.product_id, 960), decoding: "async",
      on: { error: () => frame.replaceChildren(el("span", { class: "gone" }, "No photo to show")) } });
    const frame = el("button", { type: "button", class: "frame", title: "Larger (z)", data: { ownEnter: "" }, on: { click: zoom } }, image);
    // A lens: where the pointer is, the photo is shown at its own size.
    frame.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse" || !image.naturalWidth) return;
      const place = frame.getBoundingClientRect();
      frame.classList.add("near");
      image.style.transformOrigin = `${(100 * (event.clientX - place.left)) / place.width}% ${(100 * (event.clientY - place.top)) / place.height}%`;
    });
    frame.addEventListener("pointerleave", () => frame.classList.remove("near"));
    look.replaceChildren(frame);
  }

  function draw(focus = false) {
    const known = Object.values(card.metadata).filter(({ title }) => !/description|price|year/i.test(title)).map(({ value }) => value);
    const parts = [
      el("div", { class: "about" },
        el("h1", {}, card.title || card.product_id),
        el("p", { class: "soft" }, el("span", { class: "id" }, card.product_id), known.length ? ` · ${known.join(" · ")}` : "")),
      card.issues.length ? el("ul", { class: "issues" }, card.issues.map((one) => el("li", {}, one))) : null,
      el("div", { class: "hangtag rows" }, el("span", { class: "hole", "aria-hidden": "true" }), attributes.map(row)),
      remark ? el("p", { class: "remark" }, el("span", { class: "soft" }, "Note: "), remark) : null,
      el("div", { class: "acts" },
        el("button", { type: "button", class: "button primary", on: { click: done } }, verb(), el("kbd", {}, "Enter")),
        el("button", { type: "button", class: "button", data: { ownEnter: "" }, on: { click: skip } }, "Skip", el("kbd", {}, "s")),
        el("button", { type: "button", class: "button", data: { ownEnter: "" }, on: { click: undo } }, "Undo", el("kbd", {}, "u")),
        el("button", { type: "button", class: "button", data: { ownEnter: "" }, on: { click: note } }, "Note", el("kbd", {}, "n"))),
    ];
    judge.replaceChildren(...parts.filter(Boolean));
    if (focus) judge.querySelector(".row.open .row-head")?.focus({ preventScroll: true });
  }

  function verb() {
    const changed = attributes.filter((one) => !out.has(one.name) && !same(values[one.name], reading(one.name).value)).length;
    if (out.size === attributes.length) return "Nothing to say";
    return changed ? `Correct ${changed}, confirm ${attributes.length - out.size - changed}` : `Confirm${attributes.length - out.size > 1 ? " all" : ""}`;
  }

  const reading = (name) => card.readings.find((one) => one.attribute === name);

  function row(attribute, place) {
    const { name } = attribute;
    const one = reading(name);
    const value = values[name];
    const open = place === at;
    const changed = !same(value, one.value);
    const id = `row-${place}`;
    const kind = ["row", open && "open", changed && "changed", out.has(name) && "left-out"].filter(Boolean).join(" ");
    return el("section", { class: kind, "aria-label": attribute.title },
      el("button", { type: "button", class: "row-head", "aria-expanded": String(open), "aria-controls": id, on: { click: () => go(place) } },
        el("span", { class: "row-title" }, attribute.title),
        el("span", { class: "row-value" }, out.has(name) ? el("em", {}, "left out") : value.length ? value.join(", ") : el("em", {}, "none"),
          changed && !out.has(name) ? el("s", {}, el("span", { class: "hidden" }, " instead of "), one.value.join(", ") || "none") : null),
        sureness(one, changed)),
      el("div", { class: "row-body", id, hidden: !open },
        one.words?.length ? el("p", { class: "soft" }, "The text says: ", one.words.map((word) => `“${word}”`).join(", ")) : null,
        attribute.question ? el("p", { class: "soft" }, attribute.question, attribute.multiple ? ` Any number${attribute.at_most ? ` up to ${attribute.at_most}` : ""}.` : "") : null,
        el("div", { class: "chips", role: "group", "aria-label": attribute.title }, attribute.options.map((option, n) => chip(attribute, option, n, one)),
          el("button", { type: "button", class: "chip leave", "aria-pressed": String(out.has(name)), data: { ownEnter: "" }, title: "Say nothing of it", on: { click: () => leave() } }, el("kbd", {}, "x"), "cannot tell"))));
  }

  function chip(attribute, option, n, one) {
    const taken = values[attribute.name].includes(option.name) && !out.has(attribute.name);
    const share = one.probabilities?.[option.name];
    return el("button", { type: "button", class: "chip", "aria-pressed": String(taken), data: { ownEnter: "" }, title: option.definition || null, on: { click: () => pick(n) } },
      n < 9 ? el("kbd", { "aria-hidden": "true" }, String(n + 1)) : null, option.name,
      share === undefined ? null : el("span", { class: "share", title: one.calibrated ? "As the photo was read" : "As the photo was read, uncalibrated" }, percent(share)));
  }

  function sureness(one, changed) {
    if (changed) return el("span", { class: "sure" }, "corrected");
    if (one.confidence === null) return el("span", { class: "sure" });
    if (one.source === "person") return el("span", { class: "sure" }, "a person said so");
    return el("span", { class: "sure" }, bar(one.confidence), el("span", { class: "percent" }, percent(one.confidence)),
      one.calibrated ? null : uncalibrated(),
      el("span", { class: "source" }, one.shown ? SAYS[one.source] ?? one.source : "withheld"));
  }

  function go(place) {
    at = place;
    draw(true);
  }

  function pick(n) {
    const attribute = attributes[at];
    const option = attribute?.options[n]?.name;
    if (!option) return;
    const { name } = attribute;
    out.delete(name);
    if (!attribute.multiple) values[name] = [option];
    else if (values[name].includes(option)) values[name] = values[name].filter((one) => one !== option);
    else {
      const more = [...values[name], option];
      values[name] = attribute.at_most ? more.slice(-attribute.at_most) : more;
    }
    draw(true);
  }

  function leave() {
    const name = attributes[at]?.name;
    if (!name) return;
    if (!out.delete(name)) out.add(name);
    draw(true);
  }

  function said() {
    const answers = Object.fromEntries(attributes.filter((one) => !out.has(one.name) && (one.multiple || values[one.name].length)).map((one) => [one.name, values[one.name]]));
    return { answers, state: { values: structuredClone(values), out: [...out], note: remark } };
  }

  function preload(next) {
    if (loading.size > 12) loading.delete(loading.keys().next().value);
    const image = new Image();
    image.src = photoOf(next.product_id, 960);
    loading.set(next.product_id, image);
  }

  function message(title, text, ...buttons) {
    card = null;
    attributes = [];
    const notice = el("div", { class: "notice" }, el("h2", {}, title), el("p", {}, text), el("p", { class: "actions" }, ...buttons));
    look.replaceChildren();
    // Told again, it stays as it is, with the focus where it was.
    if (!judge.firstElementChild?.isEqualNode(notice)) judge.replaceChildren(notice);
  }

  const button = (says, click) => el("button", { type: "button", class: "button", data: { ownEnter: "" }, on: { click } }, says);
  return {
    show, said, preload,
    note(text) { remark = text; draw(); },
    waiting() { message("One moment", "Products are being fetched."); },
    nothing({ total, left, here }) {
      if (left > 0) message("Nothing free right now", here.length ? `The rest of this queue is with ${here.join(", ")}, or you skipped it.` : "The rest of this queue you have skipped.", button("Undo the last one", undo));
      else message(total ? "All done" : "Nothing here", total ? "Every product of this queue has been reviewed. Choose another queue above." : "No product is in this queue. Choose another one above.", button("Undo the last one", undo));
    },
    trouble(error, again) { message(error.message, error.hint ?? "", button("Try again", again)); },
    actions: {
      down: () => attributes.length && go((at + 1) % attributes.length),
      up: () => attributes.length && go((at + attributes.length - 1) % attributes.length),
      pick, leave,
    },
  };
}

