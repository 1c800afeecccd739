// The field with code: line numbers, indenting by the keyboard, saving by Ctrl S, and a warning before typing is lost.
for (const editor of document.querySelectorAll("[data-editor]")) {
  const area = editor.querySelector("textarea");
  const lines = editor.querySelector("[data-lines]");
  const before = area.value;
  let count = 0;
  let leaving = false;
  let sent = false;

  const number = () => {
    const now = area.value.split("\n").length;
    if (now !== count) lines.textContent = Array.from({ length: now }, (_, at) => at + 1).join("\n");
    count = now;
    lines.scrollTop = area.scrollTop;
  };
  area.addEventListener("input", number);
  area.addEventListener("scroll", () => { lines.scrollTop = area.scrollTop; });
  number();

  /** Replace what is between two places, so that undoing still works. */
  const put = (from, to, text) => {
    area.setSelectionRange(from, to);
    if (!document.execCommand(text ? "insertText" : "delete", false, text)) area.setRangeText(text, from, to, "end");
  };
  const startOf = (at) => area.value.lastIndexOf("\n", at - 1) + 1;

  const shift = (back) => {
    const { selectionStart: from, selectionEnd: to, value } = area;
    if (from === to && !back) return put(from, to, " ".repeat(4 - ((from - startOf(from)) % 4)));
    const start = startOf(from);
    const end = Math.max(from, to > from && value[to - 1] === "\n" ? to - 1 : to);
    const block = value.slice(start, end);
    const text = back ? block.replace(/^( {1,4}|\t)/gm, "") : block.replace(/^(?=.)/gm, "    ");
    if (text === block) return;
    put(start, end, text);
    if (from !== to) area.setSelectionRange(start, start + text.length);
  };

  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      leaving = true;
      event.stopPropagation();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      area.form.requestSubmit();
    } else if (event.key === "Tab" && !leaving && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      shift(event.shiftKey);
    } else if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) {
      const start = startOf(area.selectionStart);
      const [indent] = area.value.slice(start, area.selectionStart).match(/^[ \t]*/);
      if (indent) {
        event.preventDefault();
        put(area.selectionStart, area.selectionEnd, `\n${indent}`);
      }
    }
    if (event.key !== "Shift") leaving = false;
  });

  area.form.addEventListener("submit", () => { sent = true; });
  addEventListener("beforeunload", (event) => {
    if (!sent && area.value !== before) event.preventDefault();
  });
}
