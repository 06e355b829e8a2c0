// What was said and not yet kept by the server. It survives a reload, a closed tab, a server that is
// down: entries go out one after the other, each with its key, until the server says that it has them.
// The server takes a key once, however often it comes.
import { post } from "./desk-api.js";

const NAME = "hangtag-review-outbox";
const PAUSES = [500, 1000, 2000, 5000];

export function outbox({ changed, refused }) {
  // Of this tab alone, or two tabs would write over each other's; what closed tabs left is taken over.
  const own = `${NAME}-${Math.random().toString(36).slice(2)}`;
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

  /** What is on its way, from other tabs of this browser and from those that are closed, too. */
  function waiting() {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(NAME));
    return names.flatMap((name) => JSON.parse(localStorage.getItem(name) ?? "[]"));
  }

  /** Entries of tabs that are gone. A tab that lives holds the lock of its name. */
  async function takeOver() {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(NAME) && name !== own);
    for (const name of names) {
      const take = () => {
        const left = JSON.parse(localStorage.getItem(name) ?? "[]");
        localStorage.removeItem(name);
        entries.push(...left);
      };
      if (locks) await locks.request(name, { ifAvailable: true }, (lock) => lock && take());
      else take();
    }
    keep();
    run();
  }

  locks?.request(own, () => new Promise(() => {}));
  takeOver();
  return { add, waiting };
}
