// What the words of a query were taken to mean, as tags that can be taken off.
import { CROSS, el, icon } from "./elements.js";

const NEGATION = /(?:^|\s)(?:not|non|no|without|sans|except|excluding|minus)\s+(?:(?:a|an|any|the|with|in|of)\s+)*$/i;

/** `now()` gives the query as it is; `drop(query)` is called with what a tag taken off leaves of it. */
export function understood(answer, { strict, titles, now, drop, setStrict }) {
  if (!answer?.meanings.length) return [];
  const tags = answer.meanings.map((meaning) => {
    const means = `${titles[meaning.column] ?? meaning.column}: ${meaning.negated ? "no " : ""}${shortened(meaning.values, meaning.negated)}`;
    const button = el("button", { type: "button", class: "off", title: `Search without “${meaning.words}”`, on: { click: () => drop(without(now(), meaning, answer.query)) } },
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

/** A query without a meaning's words, and without the "no" before them. `asked` is where they stood
 * when they were understood; another tag may have been taken off since. */
export function without(query, meaning, asked = query) {
  // Places are counted in characters; JavaScript counts some of them twice.
  const letters = Array.from(query);
  const words = Array.from(asked).slice(meaning.start, meaning.end);
  const stands = (at) => words.every((letter, i) => letters[at + i] === letter);
  const start = [meaning.start, ...letters.keys()].find(stands);
  if (start === undefined) return query;
  let before = letters.slice(0, start).join("");
  if (meaning.negated) before = before.replace(NEGATION, " ");
  return `${before} ${letters.slice(start + words.length).join("")}`.replace(/\s+/g, " ").trim();
}
