// The keyboard. Heard wherever the focus is, but for fields and open dialogs.

const KEYS = {
  Enter: "confirm", s: "skip", u: "undo", z: "zoom", n: "note", "?": "help",
  ArrowDown: "down", ArrowUp: "up", j: "down", k: "up", x: "leave", 0: "leave",
};

export function heard({ open, actions }) {
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.isComposing) return;
    const dialog = open();
    if (dialog) {
      if (dialog.id === "zoom" && (event.key === "z" || event.key === " ")) { event.preventDefault(); dialog.close(); }
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "z") { event.preventDefault(); return actions.undo(); }
    if (event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, textarea, select")) return;
    // A link or a button of the frame does what it says; Enter on a reading is still "yes, all of it".
    if (event.key === "Enter" && event.target.closest("a, header button, [data-own-enter]")) return;
    if (/^[1-9]$/.test(event.key)) { event.preventDefault(); return actions.pick(Number(event.key) - 1); }
    const name = KEYS[event.key];
    // A key that is held down must not say yes to all the catalog.
    if (!name || (event.repeat && name !== "down" && name !== "up")) return;
    event.preventDefault();
    actions[name]();
  });
}
