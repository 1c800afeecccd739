// The console's own script: what pages do beyond links, forms and htmx. Strict, small, no framework.
import { ago, duration } from "./words.js";

const body = document.body;
const find = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Return the HTML of a fragment as an inert template; a session that has ended leads to the sign-in page. */
export async function fragment(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { "HX-Request": "true" }, credentials: "same-origin" });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content;
}

/** Show a short message in the corner. */
export function toast(text) {
  const box = document.createElement("div");
  box.className = "toast";
  box.textContent = text;
  find("#toasts")?.append(box);
  setTimeout(() => box.remove(), 4000);
}

// The notice of the last form leaves by itself when it brings good news, and by a click in any case.
const flash = find("[data-flash]");
flash?.addEventListener("click", () => flash.remove());
if (flash?.dataset.flash === "good") setTimeout(() => flash.remove(), 6000);

// Times: relative ones grow old, durations run, and the reader's own zone is in the tooltip.
const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

function refreshTimes() {
  const now = Date.now();
  for (const each of all("time[data-ago]")) {
    const moment = Date.parse(each.dateTime);
    const words = ago(moment, now);
    if (each.textContent !== words) each.textContent = words;
    each.title = zoned.format(moment);
  }
}

function refreshDurations() {
  const now = Date.now();
  for (const each of all("[data-since]")) each.textContent = duration(now - Number(each.dataset.since));
}

setInterval(refreshTimes, 10_000);
setInterval(refreshDurations, 1000);
refreshTimes();

// Copying.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  event.preventDefault();
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast("Copied.");
  } catch {
    toast("The browser did not allow copying.");
  }
});

// Rows are links as a whole, but not where they hold something to press or a text is being marked.
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (!row || event.target.closest("a, button, input, label, summary, select, textarea, form") || !getSelection().isCollapsed) return;
  const to = row.dataset.row || row.querySelector("th a").href;
  if (event.ctrlKey || event.metaKey) open(to);
  else location.assign(to);
});

// A fold that the reader opened or closed stays so when its part of the page is renewed; a second look closes by itself.
const folds = new Map();
const keyOf = (fold) => {
  const part = fold.closest("[id]");
  return `${part?.id}/${all("details", part ?? document).indexOf(fold)}`;
};
document.addEventListener("click", (event) => {
  const fold = event.target.closest("main summary")?.parentElement;
  if (fold) folds.set(keyOf(fold), !fold.open);
  for (const each of all(".careful[open]")) if (!each.contains(event.target)) each.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const each of all(".careful[open]")) each.open = false;
});
function keepFolds() {
  for (const fold of folds.size ? all("main details") : []) {
    const open = folds.get(keyOf(fold));
    if (open !== undefined && fold.open !== open) fold.open = open;
  }
}

// Colours and the width of the menu are remembered in cookies, so that the server draws them right at once.
const remember = (name, value) => {
  document.cookie = `${name}=${value}; Path=/; SameSite=Lax; Max-Age=${value ? 31536000 : 0}`;
};
find("[data-theme-form]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = dark ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  remember("botyard_theme", theme);
});
find("[data-fold]")?.addEventListener("click", () => {
  const narrow = document.documentElement.dataset.nav !== "narrow";
  if (narrow) document.documentElement.dataset.nav = "narrow";
  else delete document.documentElement.dataset.nav;
  remember("botyard_nav", narrow ? "narrow" : "");
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

// Dialogs.
const palette = find("#palette");
const help = find("#help");
const sheet = find("#sheet");

function openPalette() {
  if (!palette || palette.open) return;
  palette.showModal();
  const input = find("input", palette);
  input.value = "";
  htmx.trigger(input, "open");
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open='palette']")) openPalette();
  if (event.target.closest("[data-close]") && sheet?.open) {
    event.preventDefault();
    sheet.close();
  }
  if (event.target.matches("dialog[open]")) event.target.close();
});
document.addEventListener("htmx:after:swap", (event) => {
  const target = event.detail?.ctx?.target ?? event.target;
  if (target?.id === "sheet-body" && !sheet.open) sheet.showModal();
  if (target?.id === "palette-list") point(find("li a", palette));
  keepFolds();
  refreshTimes();
});

document.addEventListener("htmx:response:error", (event) => {
  if (event.detail?.ctx?.response?.status === 401) location.reload();
});

function point(link) {
  for (const each of all("a.current", palette)) each.classList.remove("current");
  link?.classList.add("current");
  link?.scrollIntoView({ block: "nearest" });
}
palette?.addEventListener("keydown", (event) => {
  const links = all("li a", palette);
  const at = links.findIndex((link) => link.classList.contains("current"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    point(links.at((at + (event.key === "ArrowDown" ? 1 : -1)) % links.length));
  } else if (event.key === "Enter") {
    event.preventDefault();
    (links[at] ?? links[0])?.click();
  }
});

// A form that comes back with something wrong begins at the first field to correct.
find("[aria-invalid]")?.focus();

// Keys.
const PLACES = Object.fromEntries(all(".nav [data-key]").map((link) => [link.dataset.key, link.getAttribute("href")]));
let going = 0;

function step(way) {
  const rows = all("main [data-row]").filter((row) => row.offsetParent);
  const at = rows.indexOf(document.activeElement?.closest("[data-row]"));
  const row = rows[Math.max(0, Math.min(rows.length - 1, at + way))];
  find("a", row)?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

function showHelp() {
  const keys = all(".nav [data-key]").map((link) => `g ${link.dataset.key}: ${link.title}`);
  const places = find("[data-places]", help);
  if (places) places.textContent = keys.join(" · ");
  help?.showModal();
}

function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return openPalette() ?? true;
  const form = event.target.closest("form[data-run]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) return form.requestSubmit() ?? true;
  if (event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return false;
  if (event.target.closest("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return false;
  }
  if (Date.now() - going < 1200 && PLACES[event.key]) return location.assign(PLACES[event.key]) ?? true;
  if (event.key === "g") going = Date.now();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "x") document.activeElement?.closest("[data-row]")?.querySelector("input[type=checkbox]")?.click();
  else if (event.key === "/") (find("[data-filter]") ?? find("#log-q"))?.focus();
  else if (event.key === "?") showHelp();
  else return false;
  return true;
}
document.addEventListener("keydown", (event) => {
  if (pressed(event)) event.preventDefault();
});

// Live updates: the stream says which ids changed, htmx and the list of tasks fetch what they show of them.
const page = find("[data-task]");
const shown = Number(page?.dataset.task ?? 0);
const listens = Boolean(find("[hx-trigger*='live'], [data-tasks]"));
let source = null;
let paused = false;
let waiting = null;
let last = 0;
let pointed = 0;

document.addEventListener("pointermove", (event) => {
  if (event.target.closest?.("tbody")) pointed = Date.now();
}, { passive: true });

/** Hand a change to the page: at most one every 700 ms, and not while somebody is about to click or marks a text. */
function tell(change) {
  waiting = waiting ? { ...change, tasks: [...waiting.tasks, ...change.tasks] } : change;
  if (tell.timer) return;
  const attempt = () => {
    const busy = Date.now() - pointed < 1500 || !getSelection().isCollapsed || find("dialog[open]");
    if (busy && Date.now() - last < 8000) {
      tell.timer = setTimeout(attempt, 500);
      return;
    }
    tell.timer = 0;
    last = Date.now();
    const detail = waiting;
    waiting = null;
    body.dispatchEvent(new CustomEvent("live", { detail }));
  };
  tell.timer = setTimeout(attempt, Math.max(0, last + 700 - Date.now()));
}

function heard(change) {
  if (shown && (change.log || change.tasks.includes(shown))) body.dispatchEvent(new CustomEvent("botyard:log"));
  if (shown && (change.spans || change.log) && find("[data-renews]")) renewSpans();
  const concerns = !shown || change.more || change.tasks.includes(shown) || change.runners.length;
  if (concerns && (change.first || change.more || change.tasks.length || change.runners.length || change.automations.length)) tell(change);
}

/** Spans may come by the thousand: a trace is renewed every two seconds at most. */
function renewSpans() {
  renewSpans.timer ||= setTimeout(() => {
    renewSpans.timer = 0;
    renewSpans.last = Date.now();
    if (!find("dialog[open]") && getSelection().isCollapsed) body.dispatchEvent(new CustomEvent("botyard:spans"));
  }, Math.max(0, (renewSpans.last ?? 0) + 2000 - Date.now()));
}

function connect() {
  if (!listens || source || document.hidden || paused) return;
  source = new EventSource(shown ? `/live?task=${shown}` : "/live");
  let first = true;
  source.addEventListener("change", (event) => {
    const change = { tasks: [], runners: [], automations: [], log: false, more: false, ...JSON.parse(event.data) };
    // What happened between drawing the page and listening is fetched once.
    if (first) Object.assign(change, { first: true, log: true, more: true });
    first = false;
    heard(change);
  });
  source.addEventListener("open", () => {
    first = true;
    setOffline(false);
  });
  source.addEventListener("error", () => {
    setOffline(true);
    if (source?.readyState !== EventSource.CLOSED) return;
    disconnect();
    setTimeout(connect, 5000);
  });
}

/** Say so when the page can no longer hear the server: what it shows may be out of date. */
function setOffline(on) {
  clearTimeout(setOffline.timer);
  if (on) setOffline.timer = setTimeout(() => { find("#offline").hidden = false; }, 2500);
  else find("#offline").hidden = true;
}

function disconnect() {
  source?.close();
  source = null;
}
document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);
find("[data-pause]")?.addEventListener("click", (event) => {
  const button = event.currentTarget;
  paused = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(paused));
  find("span", button).textContent = paused ? "Updates paused" : "Pause updates";
  if (paused) disconnect();
  else connect();
});
connect();
