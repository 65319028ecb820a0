// @ts-check
// The SQL page: Ctrl+Enter runs the query, a click on a name inserts it, the caret goes to the error.
// Everything else works without this file.
"use strict";

(() => {
  const field = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("q"));
  if (!field) return;

  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    field.form?.requestSubmit();
  });

  field.form?.addEventListener("submit", () => {
    field.form?.setAttribute("aria-busy", "true");
  });
  // Restored from the back-forward cache: no query is running.
  window.addEventListener("pageshow", () => field.form?.removeAttribute("aria-busy"));

  /** @param {string} name */
  function insert(name) {
    if (!field) return;
    // Names that are not plain SQL identifiers are quoted.
    const word = /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
    const before = field.value.slice(0, field.selectionStart);
    const gap = before === "" || /[\s(.,]$/.test(before) ? "" : " ";
    field.setRangeText(gap + word, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  }

  for (const found of document.querySelectorAll("[data-insert]")) {
    const button = /** @type {HTMLButtonElement} */ (found);
    button.hidden = false;
    button.addEventListener("click", () => insert(button.dataset.insert ?? ""));
  }
  for (const plain of document.querySelectorAll("[data-plain]")) plain.remove();

  const line = Number(field.dataset.line);
  if (line > 0) {
    const lines = field.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + Number(field.dataset.column) - 1;
    const word = /^\w+/.exec(field.value.slice(start));
    field.focus({ preventScroll: true });
    field.setSelectionRange(start, start + (word ? word[0].length : 0));
  }
})();
