// Dialogs: the photo at large, the keys, who is reviewing, a note.
import { CROSS, el, iconButton } from "./elements.js";
import { photoOf } from "./desk-api.js";

const KEYS = [
  ["Enter", "Yes: keep what is shown, go on to the next product"],
  ["1 … 9", "Choose that option of the open attribute"],
  ["↓ ↑", "The next attribute, the one before (also j and k)"],
  ["x", "Say nothing of this attribute (also 0)"],
  ["u", "Undo: back to the product before (also Ctrl Z)"],
  ["s", "Skip: leave this product to others"],
  ["z", "The photo, larger"],
  ["n", "Write a note"],
  ["?", "These keys"],
];

export function dialogs({ zoom, help, who, note }) {
  const head = (id, title, dialog) => el("div", { class: "dialog-head" }, el("h2", { id }, title), iconButton("Close (Esc)", CROSS, () => dialog.close()));

  for (const dialog of [zoom, help, note]) dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  /** Asks for one text; null where nobody answers. */
  function ask(dialog, content, field) {
    return new Promise((answer) => {
      let told = null;
      const form = el("form", { method: "dialog", on: { submit: (event) => { event.preventDefault(); told = field.value.trim(); dialog.close(); } } }, content);
      dialog.replaceChildren(form);
      dialog.addEventListener("close", () => answer(told), { once: true });
      dialog.showModal();
      field.focus();
      field.select();
    });
  }

  return {
    zoom(card) {
      const image = el("img", { src: photoOf(card.product_id), alt: `Photo of ${card.title || card.product_id}, at full size` });
      image.addEventListener("click", () => zoom.classList.toggle("full"));
      zoom.classList.remove("full");
      zoom.replaceChildren(image, iconButton("Close (Esc)", CROSS, () => zoom.close()));
      zoom.showModal();
    },
    help() {
      help.replaceChildren(head("help-title", "Keys", help), el("dl", { class: "keys" }, KEYS.map(([key, says]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, says)])));
      help.showModal();
    },
    who(name) {
      const field = el("input", { id: "who-name", required: true, maxlength: 80, value: name, autocomplete: "name" });
      return ask(who, [el("h2", { id: "who-title" }, "Who is reviewing?"), el("p", { class: "soft" }, "Your name stands beside what you say."),
        el("label", { for: "who-name", class: "hidden" }, "Your name"), field, el("button", { type: "submit", class: "button primary" }, "Begin")], field);
    },
    note(text) {
      const field = el("textarea", { id: "note-text", maxlength: 2000, rows: 4 });
      field.value = text;
      field.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); field.form.requestSubmit(); } });
      return ask(note, [head("note-title", "A note on this product", note), el("label", { for: "note-text", class: "hidden" }, "Note"), field,
        el("button", { type: "submit", class: "button primary" }, "Keep it")], field);
    },
  };
}
