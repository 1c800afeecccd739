// The trace of a task: spans open beside it, a part of the time is marked with the pointer, and keys lead to others.
const trace = () => document.querySelector("[data-trace]");
let drag = null;
let dragged = 0;

/** Return where on its axis, in milliseconds, a pointer is. */
function moment(lane, x) {
  const [start, end] = lane.dataset.axis.split(" ").map(Number);
  const box = lane.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (x - box.left) / Math.max(1, box.width)));
  return { share, at: start + share * (end - start) };
}

function mark() {
  const from = Math.min(drag.first.share, drag.last.share);
  const share = Math.abs(drag.first.share - drag.last.share);
  drag.box.setAttribute("x", `${100 * from}%`);
  drag.box.setAttribute("width", `${100 * share}%`);
}

document.addEventListener("pointerdown", (event) => {
  const lane = event.button === 0 && trace() ? event.target.closest?.("[data-axis]") : null;
  if (!lane) return;
  const first = moment(lane, event.clientX);
  drag = { lane, first, last: first, x: event.clientX, box: null };
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  if (!drag.box) {
    if (Math.abs(event.clientX - drag.x) < 4) return;
    drag.box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    drag.box.setAttribute("class", "part");
    drag.box.setAttribute("height", "100%");
    drag.lane.append(drag.box);
    getSelection().removeAllRanges();
  }
  drag.last = moment(drag.lane, event.clientX);
  mark();
});

document.addEventListener("pointerup", () => {
  const done = drag;
  drag = null;
  if (!done?.box) return;
  dragged = Date.now();
  const [from, to] = [done.first.at, done.last.at].sort((a, b) => a - b).map((at) => at.toFixed(3));
  const here = new URL(trace().dataset.here, location.href);
  if (Number(to) > Number(from)) {
    here.searchParams.set("from", from);
    here.searchParams.set("to", to);
    here.hash = "trace";
    location.assign(here);
  } else done.box.remove();
});

addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drag) return;
  drag.box?.remove();
  drag = null;
});

document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("[data-axis]")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (Date.now() - dragged < 300 && event.target.closest("[data-axis]")) return event.preventDefault();
  const row = event.target.closest("a.span-row");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  htmx.ajax("GET", row.getAttribute("href"), { target: "#sheet-body", swap: "innerHTML" });
}, true);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select")) return;
  const key = event.key === "=" ? "+" : event.key;
  const link = ["[", "]", "+", "-", "0"].includes(key) && trace()?.querySelector(`a[aria-keyshortcuts="${key}"]`);
  if (link) location.assign(link.href);
});
