// Elements from data. Text is only ever text: nothing here, and nothing that uses it, parses markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element; `on` is event → function, `data` is dataset, all else attributes. */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on") for (const [event, heard] of Object.entries(value)) element.addEventListener(event, heard);
    else if (key === "data") Object.assign(element.dataset, value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A line drawing, 24 by 24. */
export function icon(...paths) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

export const CROSS = "M6 6l12 12M18 6L6 18";
export const LEFT = "M15 5l-7 7 7 7";
export const RIGHT = "M9 5l7 7-7 7";
export const ALIKE = "M8 4h11a1 1 0 0 1 1 1v11M4 8h11a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z";
export const FUNNEL = "M4 6h16M7 12h10M10 18h4";

/** A button that shows a drawing and says a sentence. */
export function iconButton(says, path, click, name = "icon") {
  return el("button", { type: "button", class: name, title: says, on: { click } }, icon(path), el("span", { class: "hidden" }, says));
}

/** 0.973 → "97 %". Never "100 %" or "0 %" of what is not quite so. */
export function percent(share) {
  if (share > 0.995 && share < 1) return ">99 %";
  if (share > 0 && share < 0.005) return "<1 %";
  return `${Math.round(100 * share)} %`;
}

/** A bar as long as a probability; the figure stands beside it, so it says nothing to readers. */
export function bar(share) {
  const fill = el("span");
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return el("span", { class: "track", "aria-hidden": "true" }, fill);
}

/** Stands beside a confidence that was fitted to no labels. */
export function uncalibrated() {
  return el("span", { class: "uncalibrated", title: "As the engine gives it: how often it is right when it is so sure is not known" }, "uncalibrated");
}

export function count(number, one, many) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
