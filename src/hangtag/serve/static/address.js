// What is looked at, as the address says it: the back button and a mailed link both work.

/** The state behind an address. */
export function read(search = location.search) {
  const at = new URLSearchParams(search);
  const state = {
    q: at.get("q") ?? "",
    filters: {},
    where: at.get("where") ?? "",
    strict: at.get("strict") === "1",
    by: at.get("by") ?? "",
    pages: Math.min(Math.max(Number.parseInt(at.get("pages") ?? "1", 10) || 1, 1), 20),
    like: at.get("like") ?? "",
    photo: at.get("photo") ?? "",
    product: at.get("product") ?? "",
    compare: at.get("compare") === "1",
    a: at.get("a") ?? "",
    b: at.get("b") ?? "",
  };
  for (const written of at.getAll("f")) {
    const colon = written.indexOf(":");
    if (colon > 0) (state.filters[written.slice(0, colon)] ??= []).push(written.slice(colon + 1));
  }
  return state;
}

/** The address of a state. */
export function written(state) {
  const at = new URLSearchParams();
  for (const name of ["q", "where", "by", "like", "photo", "a", "b", "product"]) if (state[name]) at.set(name, state[name]);
  for (const pair of filterPairs(state.filters)) at.append("f", pair);
  if (state.strict) at.set("strict", "1");
  if (state.compare) at.set("compare", "1");
  if (state.pages > 1) at.set("pages", String(state.pages));
  const said = at.toString();
  return said ? `/?${said}` : "/";
}

/** Filters as the API and the address write them: "column:value". */
export function filterPairs(filters) {
  return Object.entries(filters).flatMap(([column, values]) => values.map((value) => `${column}:${value}`));
}

/** What decides which products are found; the open product does not. */
export function asked(state) {
  return written({ ...state, product: "", pages: 1 });
}
