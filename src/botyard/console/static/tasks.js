// The list of tasks: rows change in place, new ones wait behind a pill, several can be picked.
import { fragment } from "./console.js";

const results = () => document.querySelector("[data-tasks]");
const ticks = () => [...document.querySelectorAll("#results tbody input[type=checkbox]")];

/** Put fresh rows in the place of the ones on the page; what was ticked or focused stays so. */
function renew(fresh) {
  for (const row of fresh.querySelectorAll("tr[data-id]")) {
    const old = document.getElementById(row.id);
    if (!old || old.dataset.version === row.dataset.version) continue;
    const focused = old.contains(document.activeElement);
    const box = row.querySelector("input");
    if (box) box.checked = old.querySelector("input").checked;
    row.classList.add("fresh");
    row.classList.toggle("picked", old.classList.contains("picked"));
    old.replaceWith(row);
    if (focused) row.querySelector("a").focus();
  }
}

async function update(change) {
  const list = results();
  if (!list) return;
  const there = [...document.querySelectorAll("#results tr[data-id]")].map((row) => Number(row.dataset.id));
  const wanted = change.more ? there : there.filter((id) => change.tasks.includes(id));
  const query = new URLSearchParams({ q: list.dataset.query, newest: list.dataset.newest || "0", ids: wanted.join(",") });
  const fresh = await fragment(`/tasks/fresh?${query}`);
  if (list !== results()) return;
  renew(fresh);
  document.getElementById("tasks-answer").textContent = fresh.querySelector("[data-answer]").textContent;
  list.querySelector(".chips").replaceChildren(...fresh.querySelector("[data-chips]").children);
  const summary = fresh.querySelector("[data-newer]").dataset;
  const pill = list.querySelector("[data-pill]");
  const newer = Number(summary.newer);
  pill.hidden = newer === 0 || list.dataset.newest === "";
  pill.querySelector("a").textContent = summary.words;
  // An empty list has nothing that could move: show the first tasks at once.
  if (newer && !there.length && list.dataset.newest === "") location.reload();
}
// Bots that run tell how far they are without an event of their own, so what they say is asked for.
setInterval(() => {
  const paused = document.querySelector("[data-pause][aria-pressed=true]");
  if (!document.hidden && !paused && document.querySelector("#results [data-runs]")) void update({ more: true, tasks: [] }).catch(() => {});
}, 5000);
document.body.addEventListener("live", (event) => void update(event.detail).catch(() => {}));

function count() {
  const picked = ticks().filter((box) => box.checked);
  for (const box of ticks()) box.closest("tr").classList.toggle("picked", box.checked);
  const bar = document.querySelector("[data-selection]");
  if (!bar) return;
  bar.classList.toggle("some", picked.length > 0);
  bar.querySelector("[data-count]").textContent = picked.length === 1 ? "1 task selected" : `${picked.length} tasks selected`;
  const every = document.querySelector("[data-all]");
  if (!every) return;
  every.checked = picked.length > 0 && picked.length === ticks().length;
  every.indeterminate = picked.length > 0 && !every.checked;
}
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const box of ticks()) box.checked = event.target.checked;
  if (event.target.closest("#results")) count();
});
// The words that the filter knows, offered for the last word of the line.
const words = [...document.querySelectorAll("#filter-words option")].map((option) => option.value);
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-filter][list]")) return;
  const [, before, last] = event.target.value.match(/^(.*?)(\S*)$/);
  const fitting = words.filter((word) => word.startsWith(last) && word !== last).slice(0, 12);
  document.getElementById("filter-words").replaceChildren(...fitting.map((word) => new Option("", before + word)));
});

let from = null;
document.addEventListener("click", (event) => {
  if (!event.target.matches("#results tbody input[type=checkbox]")) return;
  const boxes = ticks();
  const at = boxes.indexOf(event.target);
  if (event.shiftKey && from !== null) {
    for (const box of boxes.slice(Math.min(at, from), Math.max(at, from) + 1)) box.checked = event.target.checked;
    count();
  }
  from = at;
});
document.addEventListener("htmx:after:swap", count);
addEventListener("pageshow", count);
