// The grid of app tables: a cell becomes its form when it is pressed; without scripts the row's own link leads to one.
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("button[data-c]");
  if (!cell) return;
  const to = `${cell.closest("tr").dataset.row}/cell?column=${cell.dataset.c}&edit=1`;
  htmx.ajax("GET", to, { target: cell.closest("td"), swap: "innerHTML" });
});

// Whoever works by keyboard goes on where the form was.
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  const cell = target?.closest?.(".grid td");
  (cell?.querySelector("[autofocus]") ?? cell?.querySelector("button[data-c]"))?.focus();
});
