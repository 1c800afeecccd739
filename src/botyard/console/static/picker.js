// A field for the id of a row, filled by what the row is called: a box to type in, and a list of rows that fit.
export class Picker {
  constructor(field) {
    this.field = field;
    this.box = field.cloneNode();
    this.list = document.createElement("ul");
    this.list.id = `${field.id}-rows`;
    this.list.className = "row-choices";
    this.list.setAttribute("role", "listbox");
    this.list.hidden = true;
    for (const name of ["name", "data-rows", "data-called"]) this.box.removeAttribute(name);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) this.box.setAttribute(name, value);
    this.box.setAttribute("aria-controls", this.list.id);
    this.box.value = field.dataset.called;
    this.said = this.box.value;
    for (const name of ["id", "autofocus"]) field.removeAttribute(name);
    field.type = "hidden";
    field.after(this.box, this.list);
    this.list.setAttribute("aria-label", this.box.labels[0]?.textContent.trim() ?? "Rows");
    this.box.addEventListener("input", () => this.search(150));
    this.box.addEventListener("keydown", (event) => this.press(event));
    this.box.addEventListener("click", () => this.list.hidden && this.search(0, ""));
    this.box.addEventListener("focus", () => this.box.select());
    this.box.addEventListener("blur", () => this.leave());
    // The field keeps the focus while a row is pressed, so that leaving it does not close the list first.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(event.target.closest("[data-id]")));
  }

  search(delay, typed = this.box.value) {
    const number = this.stop();
    this.timer = setTimeout(async () => {
      const answer = await fetch(`${this.field.dataset.rows}&typed=${encodeURIComponent(typed)}`, { headers: { "HX-Request": "true" } });
      if (number !== this.asked || !answer.ok) return;
      this.list.innerHTML = await answer.text();
      this.show(true);
      this.point(typed ? this.list.querySelector("[data-id]") : null);
    }, delay);
  }

  /** Let no search that is under way open the list any more; return the number of the next one. */
  stop() {
    clearTimeout(this.timer);
    this.asked = (this.asked ?? 0) + 1;
    return this.asked;
  }

  press(event) {
    const rows = [...this.list.querySelectorAll("[data-id]")];
    const at = rows.indexOf(this.pointed);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) return this.search(0, "");
      this.point(rows[at < 0 ? (event.key === "ArrowDown" ? 0 : rows.length - 1) : (at + (event.key === "ArrowDown" ? 1 : rows.length - 1)) % rows.length]);
    } else if (event.key === "Enter" && this.box.value.trim() && (this.pointed || this.box.value !== this.said)) {
      // What was typed is no choice yet: the form goes with the next Enter.
      event.preventDefault();
      if (this.pointed) this.take(this.pointed);
      else this.search(0);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.leave();
    }
  }

  point(row) {
    this.pointed?.setAttribute("aria-selected", "false");
    this.pointed = row;
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    if (row) this.box.setAttribute("aria-activedescendant", row.id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  take(row) {
    if (!row) return;
    this.stop();
    this.field.value = row.dataset.id;
    this.said = row.firstElementChild.textContent;
    this.box.value = this.said;
    this.show(false);
  }

  /** Keep what was chosen: an emptied field is no row, and a text that was not chosen stands for nothing. */
  leave() {
    this.stop();
    if (!this.box.value.trim()) this.field.value = this.said = "";
    this.box.value = this.said;
    this.show(false);
  }

  show(open) {
    this.list.hidden = !open;
    this.box.setAttribute("aria-expanded", String(open));
    if (!open) this.point(null);
  }
}
