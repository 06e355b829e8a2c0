// What was said and not yet kept by the server. It survives a reload, a closed tab, a server that is
// down: entries go out one after the other, each with its key, until the server says that it has them.
// The server takes a key once, however often it comes.
import { post } from "./desk-api.js";

const NAME = "hangtag-review-outbox";
const PAUSES = [500, 1000, 2000, 5000];

export function outbox({ changed, refused }) {
  // Of this tab alone, or two tabs would write over each other's; what closed tabs leave is taken over.
  const own = `${NAME}-${Math.random().toString(36).slice(2)}`;
  const heard = new Set([own]); // names of outboxes
  let entries = [];
  let running = false;
  let failures = 0;
  const locks = navigator.locks;

  function keep() {
    if (entries.length) localStorage.setItem(own, JSON.stringify(entries));
    else localStorage.removeItem(own);
    changed({ waiting: entries.length, failing: failures > 0 });
  }

  function add(path, body) {
    entries.push({ path, body });
    keep();
    run();
  }

  async function run() {
    if (running) return;
    running = true;
    while (entries.length) {
      const { path, body } = entries[0];
      let refusal = null;
      try {
        await post(path, body);
      } catch (error) {
        if (error.again !== false) {
          failures += 1;
          keep();
          await new Promise((done) => setTimeout(done, PAUSES[Math.min(failures, PAUSES.length) - 1]));
          continue;
        }
        refusal = error;
      }
      failures = 0;
      entries.shift();
      keep();
      if (refusal) refused(refusal, body);
    }
    running = false;
  }

  const isOurs = (name) => name?.startsWith(NAME);
  const kept = (name) => JSON.parse(localStorage.getItem(name) ?? "[]");

  /** What is on its way, from other tabs of this browser and from those that are closed, too. */
  function waiting() {
    return Object.keys(localStorage).filter(isOurs).flatMap(kept);
  }

  /** What another tab leaves when it is closed. A tab that lives holds the lock of its name. */
  function inherit(name) {
    if (heard.has(name)) return;
    heard.add(name);
    const take = () => {
      entries.push(...kept(name));
      keep();
      localStorage.removeItem(name);
      run();
    };
    if (locks) locks.request(name, take);
    else take();
  }

  locks?.request(own, () => new Promise(() => {}));
  Object.keys(localStorage).filter(isOurs).forEach(inherit);
  // Without locks (they need HTTPS, or this very machine) nobody can tell who lives: only a new page takes.
  if (locks) addEventListener("storage", ({ key, newValue }) => { if (newValue && isOurs(key)) inherit(key); });
  return { add, waiting };
}
