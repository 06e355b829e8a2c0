// The review's API. What goes wrong becomes a Refusal; `again` says that it may go well later.

// What the review refuses for good. All else is of the way there: a server that is down, a proxy that
// asks for a login of its own, an answer that broke off.
const FOR_GOOD = [413, 422];

export class Refusal extends Error {
  constructor(message, hint = "", status = 0) {
    super(message);
    this.hint = hint;
    this.status = status;
    this.again = !FOR_GOOD.includes(status);
  }
}

// A connection that was cut somewhere on the way may never say so. Whatever is asked can be asked again.
const PATIENCE = 60000;

async function fetched(path, options) {
  const impatient = new AbortController();
  const timer = setTimeout(() => impatient.abort(), PATIENCE);
  try {
    return await answered(path, { ...options, signal: impatient.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function answered(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refusal("The server does not answer.", "What you say is kept here and sent when it does.");
  }
  if (answer.status === 401 && location.pathname !== "/login") location.assign(`/login${location.search}`);
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body;
  throw new Refusal(body?.error ?? `The server answered ${answer.status}.`, body?.hint ?? "", answer.status);
}

export const get = (path) => fetched(path, {});
export const post = (path, body) =>
  fetched(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
export const photoOf = (id, width) => `/photos/${encodeURIComponent(id)}${width ? `?width=${width}` : ""}`;

/** A key that nobody else has. */
export function key() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
