// The log of a task: its end first, earlier lines on demand, new ones as they come. A hundred thousand lines stay
// smooth because only a window of them is in the page and the browser draws only what is seen.
import { fragment } from "./console.js";

const panel = document.querySelector("[data-log]");
const log = document.getElementById("log");
const MAX_LINES = 5_000;
const CHUNK = 500;

if (panel && log) {
  const base = panel.dataset.log;
  const form = panel.querySelector("[data-log-form]");
  const follow = panel.querySelector("[data-tail]");
  const wrap = panel.querySelector("[data-wrap]");
  let following = !location.hash.startsWith("#L");
  let cut = false; // lines at the end were dropped to make room; following loads the end again
  let busy = Promise.resolve();

  const lines = () => log.getElementsByClassName("line");
  const wishes = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  const narrowed = () => [...wishes()].length > 0;
  const lastKey = () => [...log.querySelectorAll(".chunk")].at(-1)?.dataset.last ?? "0.0";
  /** One thing at a time, in order: pieces of a log must not overtake each other. */
  const next = (work) => (busy = busy.then(work).catch(() => {}));

  const setFollowing = (on) => {
    following = on;
    follow.setAttribute("aria-pressed", String(on));
  };
  const toEnd = () => { log.scrollTop = log.scrollHeight; };

  /** Put what was found into the page, marking the text that was searched for. */
  function mark(root) {
    const text = form.elements.find.value.toLowerCase();
    if (!text) return root;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const hits = [];
    while (walker.nextNode()) if (walker.currentNode.parentElement?.closest(".text") && walker.currentNode.data.toLowerCase().includes(text)) hits.push(walker.currentNode);
    for (const node of hits) {
      let rest = node;
      for (let at = rest.data.toLowerCase().indexOf(text); at >= 0; at = rest.data.toLowerCase().indexOf(text)) {
        const hit = rest.splitText(at);
        rest = hit.splitText(text.length);
        const box = document.createElement("mark");
        hit.replaceWith(box);
        box.append(hit);
      }
    }
    return root;
  }

  function grow(piece) {
    const chunk = piece.querySelector(".chunk");
    if (!chunk) return;
    log.querySelector("[data-none]")?.remove();
    const old = [...log.querySelectorAll(".chunk")].at(-1);
    if (old && old.childElementCount + chunk.childElementCount <= CHUNK) {
      old.append(...mark(chunk).childNodes);
      old.dataset.last = chunk.dataset.last;
    } else {
      log.append(mark(chunk));
    }
  }

  /** Drop the lines farthest from what is read when too many are in the page. */
  function shrink(atTop) {
    while (lines().length > MAX_LINES) {
      const chunks = [...log.querySelectorAll(".chunk")];
      const gone = atTop ? chunks[0] : chunks.at(-1);
      gone.remove();
      if (atTop) offerEarlier(chunks[1].dataset.first);
      else cut = true;
    }
  }

  function offerEarlier(key) {
    const edge = log.querySelector("[data-edge=top]");
    const link = document.createElement("a");
    link.className = "link";
    link.href = `${base}?before=${key}`;
    link.dataset.earlier = "";
    link.textContent = "Load earlier lines";
    edge.replaceChildren(link);
  }

  async function append() {
    if (narrowed() || cut) return;
    for (;;) {
      const piece = await fragment(`${base}?after=${lastKey()}`);
      const more = piece.querySelector("[data-later]");
      grow(piece);
      shrink(true);
      if (following) toEnd();
      if (!more) return;
    }
  }

  async function earlier() {
    const link = log.querySelector("[data-earlier]");
    if (!link) return;
    const piece = await fragment(link.getAttribute("href"));
    const height = log.scrollHeight - log.scrollTop;
    log.querySelector("[data-edge=top]").replaceWith(piece.querySelector("[data-edge=top]"), ...piece.querySelectorAll(".chunk"));
    shrink(false);
    log.scrollTop = log.scrollHeight - height;
  }

  async function later(link) {
    const piece = await fragment(link.getAttribute("href"));
    link.closest("[data-edge]").remove();
    grow(piece);
    const edge = piece.querySelector("[data-edge=bottom]");
    if (edge) log.append(edge);
  }

  async function reload(query = wishes()) {
    const piece = await fragment(`${base}?${query}`);
    cut = false;
    log.replaceChildren(mark(piece));
    if (!narrowed() && following) toEnd();
    else log.scrollTop = 0;
  }

  async function toLine() {
    const [, epoch, seq] = location.hash.match(/^#L(\d+)\.(\d+)$/) ?? [];
    if (!epoch) return;
    setFollowing(false);
    if (!document.getElementById(`L${epoch}.${seq}`)) {
      await reload(new URLSearchParams({ before: `${epoch}.${Number(seq) + 50}` }));
      cut = true;
    }
    const line = document.getElementById(`L${epoch}.${seq}`);
    if (!line) return;
    for (const each of log.querySelectorAll(".line.target")) each.classList.remove("target");
    line.classList.add("target");
    const top = scrollY;
    line.scrollIntoView({ block: "center" });
    scrollTo(0, top);
  }

  log.addEventListener("scroll", () => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
    if (!atEnd && following) setFollowing(false);
    else if (atEnd && !following && !narrowed() && !cut) setFollowing(true);
    if (log.scrollTop < 120 && log.querySelector("[data-earlier]") && log.scrollHeight > log.clientHeight) next(async () => {
      if (log.scrollTop < 120) await earlier();
    });
  }, { passive: true });
  log.addEventListener("click", (event) => {
    const link = event.target.closest("[data-earlier], [data-later]");
    if (!link) return;
    event.preventDefault();
    next(() => (link.dataset.earlier === undefined ? later(link) : earlier()));
  });
  follow.addEventListener("click", () => {
    setFollowing(!following);
    if (following) next(async () => {
      if (cut) await reload();
      await append();
      toEnd();
    });
  });
  const setWrap = (on) => {
    log.classList.toggle("wraps", on);
    wrap.setAttribute("aria-pressed", String(on));
    localStorage.setItem("botyard.wrap", on ? "yes" : "no");
  };
  wrap.addEventListener("click", () => setWrap(!log.classList.contains("wraps")));
  setWrap(localStorage.getItem("botyard.wrap") !== "no");

  let typing = 0;
  const search = () => {
    clearTimeout(typing);
    typing = setTimeout(() => next(() => reload()), 250);
  };
  form.addEventListener("input", search);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  document.body.addEventListener("botyard:log", () => next(append));
  addEventListener("hashchange", () => next(toLine));
  if (location.hash.startsWith("#L")) next(toLine);
  else if (!narrowed()) toEnd();
}
