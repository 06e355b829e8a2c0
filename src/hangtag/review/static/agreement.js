// How far the review is, how far people agree, and where they do not.
import { get, photoOf } from "./desk-api.js";
import { count, el, percent } from "./elements.js";

const page = document.getElementById("ledger");
const when = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

function table(names, numbers, rows) {
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, names.map((name, place) => el("th", { scope: "col", class: numbers.includes(place) ? "n" : null }, name)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, place) => el("td", { class: numbers.includes(place) ? "n" : null }, cell)))))));
}

function says(kappa) {
  if (kappa === null) return "no variety";
  return kappa > 0.8 ? "strong" : kappa > 0.6 ? "good" : kappa > 0.4 ? "moderate" : kappa > 0.2 ? "weak" : "little more than chance";
}

const figure = (number, text) => el("div", {}, el("b", {}, number.toLocaleString("en")), el("span", { class: "soft" }, text));

function photo(id) {
  const frame = el("span", { class: "photo" });
  frame.append(el("img", { src: photoOf(id, 128), alt: "", loading: "lazy", on: { error: () => frame.replaceChildren() } }));
  return frame;
}

async function draw() {
  try {
    const [about, progress, agreement] = await Promise.all([get("/api/about"), get("/api/progress"), get("/api/agreement")]);
    const titles = Object.fromEntries(about.attributes.map((one) => [one.name, one.title]));
    page.replaceChildren(
      el("h1", {}, "Progress and agreement"),
      el("section", { class: "big" }, figure(progress.reviewed, `of ${count(progress.products, "product", "products")} reviewed`), figure(progress.corrections, "values corrected")),
      el("section", {}, el("h2", {}, "Who said how much"), progress.people.length
        ? table(["Person", "Products", "Confirmed", "Corrected", "Last"], [1, 2, 3], progress.people.map((one) => [el("b", {}, one.person), one.products.toLocaleString("en"), one.confirmed.toLocaleString("en"), one.corrected.toLocaleString("en"), when.format(new Date(one.last))]))
        : el("p", { class: "soft" }, "Nobody has said anything yet.")),
      el("section", {}, el("h2", {}, "How far people agree"),
        el("p", { class: "soft" }, "Kappa is what is left of the agreement after what chance alone would bring: 1 is always, 0 is no more than chance. It needs products that two people have judged; the queue “Second opinion” brings them, without showing what the other one said."),
        agreement.pairs.length
          ? table(["Attribute", "Between", "Products", "Same", "Kappa", ""], [2, 3, 4], agreement.pairs.map((one) => [titles[one.attribute] ?? one.attribute, one.people.join(" and "), one.products.toLocaleString("en"), percent(one.agree), one.kappa === null ? "–" : one.kappa.toFixed(2), says(one.kappa)]))
          : el("p", { class: "soft" }, "No product has been judged by two people.")),
      el("section", {}, el("h2", {}, "Where they differ"), agreement.differences.length
        ? [el("p", { class: "soft" }, "The last word stands."), table(["", "Product", "Attribute", "Said"], [], agreement.differences.map((one) => [photo(one.product_id), one.title || one.product_id, titles[one.attribute] ?? one.attribute,
          one.said.map(([person, value], place) => [place ? el("br") : null, `${person}: `, el("b", {}, value.join(", ") || "none")])])),
          agreement.more ? el("p", { class: "soft" }, `And ${agreement.more.toLocaleString("en")} more.`) : null]
        : el("p", { class: "soft" }, "Nowhere.")));
    page.setAttribute("aria-busy", "false");
  } catch (error) {
    page.append(el("p", { role: "alert" }, `${error.message} ${error.hint ?? ""}`));
  }
}
draw();
