// The API. Whatever goes wrong becomes a Refusal: a sentence and what to do next.

export class Refusal extends Error {
  constructor(message, hint = "", status = 0) {
    super(message);
    this.hint = hint;
    this.status = status;
  }
}

async function fetched(path, parameters, options = {}) {
  const at = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== "" && one !== undefined && one !== null && one !== false) at.append(name, one);
  }
  const said = at.toString();
  let answer;
  try {
    answer = await fetch(said ? `${path}?${said}` : path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The server does not answer.", "Is hangtag serve still running?");
  }
  const body = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body;
  throw new Refusal(body?.error ?? `The server answered ${answer.status}.`, body?.hint ?? "", answer.status);
}

export const about = () => fetched("/api/about", {});
export const search = (parameters, signal) => fetched("/api/search", parameters, { signal });
export const facets = (parameters, signal) => fetched("/api/facets", parameters, { signal });
export const compare = (parameters, signal) => fetched("/api/compare", parameters, { signal });
export const product = (id, signal) => fetched(`/api/products/${encodeURIComponent(id)}`, {}, { signal });
export const like = (id, parameters, signal) => fetched(`/api/like/${encodeURIComponent(id)}`, parameters, { signal });
export const byPhoto = (photo, parameters, signal) =>
  fetched("/api/photo", parameters, { signal, method: "POST", body: photo, headers: { "content-type": photo.type || "application/octet-stream" } });

/** Where a product's photo is; `width` one of 128, 320, 512, 960. */
export const photoOf = (id, width) => `/photos/${encodeURIComponent(id)}?width=${width}`;
