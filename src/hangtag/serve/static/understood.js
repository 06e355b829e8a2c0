// What the words of a query were taken to mean, as tags that can be taken off.
import { CROSS, el, icon } from "./elements.js";

const NEGATION = /(?:^|\s)(?:not|non|no|without|sans|except|excluding|minus)\s+(?:(?:a|an|any|the|with|in|of)\s+)*$/i;

/** `drop(query)` is called with what is left of the query when a tag is taken off. */
export function understood(answer, { strict, titles, drop, setStrict }) {
  if (!answer?.meanings.length) return [];
  const tags = answer.meanings.map((meaning) => {
    const means = `${titles[meaning.column] ?? meaning.column}: ${meaning.negated ? "no " : ""}${shortened(meaning.values, meaning.negated)}`;
    const button = el("button", { type: "button", class: "off", title: `Search without “${meaning.words}”`, on: { click: () => drop(without(answer.query, meaning)) } },
      icon(CROSS), el("span", { class: "hidden" }, `Search without “${meaning.words}”`));
    return el("li", { class: meaning.negated ? "tag negated" : "tag" },
      el("span", { class: "hole", "aria-hidden": "true" }),
      el("span", {}, el("span", { class: "words" }, meaning.words), el("span", { class: "means", title: meaning.values.join(", ") }, means)), button);
  });
  const rest = answer.rest.length ? el("li", { class: "rest" }, "also searched: ", el("q", {}, answer.rest.slice(0, 12).join(" "))) : null;
  const only = el("label", { class: "check only" },
    el("input", { type: "checkbox", checked: strict, on: { change: (event) => setStrict(event.target.checked) } }), "Must match all of these");
  return [el("ul", { class: "tags", "aria-label": "What your words were taken to mean" }, tags, rest), only];
}

function shortened(values, negated) {
  // "no has pockets" is how tables say it, not people.
  if (negated) values = values.map((value) => value.replace(/^has /, ""));
  return values.length > 3 ? `${values.slice(0, 2).join(", ")} +${values.length - 2}` : values.join(" or ");
}

/** The query without a meaning's words, and without the "no" before them. */
export function without(query, meaning) {
  // Places are counted in characters; JavaScript counts some of them twice.
  const letters = Array.from(query);
  let before = letters.slice(0, meaning.start).join("");
  if (meaning.negated) before = before.replace(NEGATION, " ");
  return `${before} ${letters.slice(meaning.end).join("")}`.replace(/\s+/g, " ").trim();
}
