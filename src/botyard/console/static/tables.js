// The grid of app tables: a cell becomes its form when it is pressed; without scripts its link leads to the row.
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("a.cell");
  if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const to = new URL(cell.href);
  htmx.ajax("GET", `${to.pathname}/cell${to.search}&edit=1`, { target: cell.closest("td"), swap: "innerHTML" });
});

// Whoever works by keyboard goes on where the form was.
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  const cell = target?.closest?.(".grid td");
  (cell?.querySelector("[autofocus]") ?? cell?.querySelector("a.cell"))?.focus();
});
