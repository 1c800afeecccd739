// The grid of app tables: a cell becomes its form when it is pressed; without scripts the row's own link leads to one.
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("button[data-c]");
  if (!cell) return;
  const to = `${cell.closest("tr").querySelector("th a").pathname}/cell?column=${cell.dataset.c}&edit=1`;
  htmx.ajax("GET", to, { target: cell.closest("td"), swap: "innerHTML" });
});

// Whoever works by keyboard goes on where the form was.
document.addEventListener("htmx:after:swap", async (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  const cell = target?.closest?.(".grid td");
  await preparePickers(target ?? document);
  (cell?.querySelector("[autofocus]") ?? cell?.querySelector("button[data-c]"))?.focus();
});

// Escape leaves a cell as it was, unless it closes a list of rows first.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented) event.target.closest?.(".cell-form")?.querySelector("a.button")?.click();
});

/** Let every field that holds the id of a row be filled by what the row is called; how is loaded when there is one. */
async function preparePickers(within) {
  const fields = [...within.querySelectorAll("input[data-rows]:not([type=hidden])")];
  if (!fields.length) return;
  const { Picker } = await import("./picker.js");
  for (const field of fields) if (field.isConnected && field.type !== "hidden") new Picker(field);
}

preparePickers(document);

document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-choose-all]")) return;
  for (const each of document.querySelectorAll("input[form=chosen]")) each.checked = event.target.checked;
});
