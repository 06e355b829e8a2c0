// The same query asked in two ways, side by side.
import { card, rove } from "./cards.js";
import { el } from "./elements.js";

/** `choose(side, name)` is called when another configuration is wanted for a side. */
export function sides(answer, { configurations, choose, ...acts }) {
  const ranks = { a: ranked(answer.a), b: ranked(answer.b) };
  const common = answer.a.hits.filter((hit) => ranks.b.has(hit.product_id)).length;
  const least = Math.max(answer.a.hits.length, answer.b.hits.length);
  const one = (side, other) => {
    const grid = el("ol", { class: "grid side" }, answer[side].hits.map((hit, at) => {
      const there = ranks[other].get(hit.product_id);
      return card(hit, { ...acts, reasons: 2, eager: at < 4, badge: badge(at + 1, side === "b" ? there : undefined, there === undefined, side) });
    }));
    rove(grid);
    const select = el("select", { "aria-label": `Configuration ${side.toUpperCase()}`, on: { change: (event) => choose(side, event.target.value) } },
      configurations.map((name) => el("option", { value: name.name, selected: name.name === answer[side].configuration, title: name.about }, name.name)));
    return el("section", { class: "half", "aria-label": `${side.toUpperCase()}: ${answer[side].configuration}` },
      el("header", {}, el("span", { class: `letter ${side}`, "aria-hidden": "true" }, side.toUpperCase()), select,
        el("p", { class: "soft about" }, configurations.find((name) => name.name === answer[side].configuration)?.about ?? ""),
        el("span", { class: "soft time" }, `${Math.max(1, Math.round(answer[side].seconds * 1000))} ms`)),
      answer[side].hits.length ? grid : el("p", { class: "soft" }, "Nothing found."));
  };
  const pair = el("div", { class: "halves" }, one("a", "b"), one("b", "a"));
  for (const event of ["pointerover", "focusin"]) pair.addEventListener(event, (seen) => twin(pair, seen.target.closest?.(".card")?.dataset.id));
  pair.addEventListener("pointerleave", () => twin(pair, undefined));
  return [`${common} of ${least} products are in both lists`, pair];
}

function ranked(answer) {
  return new Map(answer.hits.map((hit, at) => [hit.product_id, at + 1]));
}

/** The rank; on the right, whether that is better or worse than on the left. */
function badge(rank, before, alone, side) {
  const [kind, says, hidden] = alone
    ? ["only", `only ${side.toUpperCase()}`, ""]
    : before === undefined ? ["", "", ""]
      : before === rank ? ["same", "=", "same place as in A"]
        : before > rank ? ["up", `↑${before - rank}`, `${before - rank} higher than in A`] : ["down", `↓${rank - before}`, `${rank - before} lower than in A`];
  return el("span", { class: "badge" }, el("b", {}, String(rank)), says ? el("span", { class: kind }, el("span", { "aria-hidden": hidden ? "true" : null }, says), hidden ? el("span", { class: "hidden" }, hidden) : null) : null);
}

function twin(pair, id) {
  for (const one of pair.querySelectorAll(".card")) one.classList.toggle("twin", id !== undefined && one.dataset.id === id);
}
