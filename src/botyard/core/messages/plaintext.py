"""The text of an HTML message, for mail programs that show no HTML. One pass, whatever the HTML is like."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9]{0,30})")
#: The end of a tag, or the quote that a value of one of its attributes begins with.
_EDGE = re.compile(r"""=\s*(["'])|>""")
_ADDRESS = re.compile(r"""\b(?:href|alt)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
# Bounded: the digits of a reference become a number.
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
#: What is no text, up to its end.
_SILENT = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "title")}
#: What stands on lines of its own, and what has an empty line around it.
_LINES = frozenset(
    (
        *("address", "article", "aside", "body", "caption", "dd", "div", "dl", "dt", "fieldset", "footer", "form"),
        *("header", "hr", "legend", "li", "main", "nav", "option", "section", "tr"),
    )
)
_PARAGRAPHS = frozenset(("blockquote", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"))


class _Tag(NamedTuple):
    name: str
    closes: bool
    attributes: str


def text_of(page: str) -> str:
    """Return what an HTML page says, with line breaks where it has blocks, and links after their words."""
    writer = _Writer()
    for piece in _pieces(page):
        if isinstance(piece, str):
            writer.write(_resolved(piece))
        else:
            writer.mark(piece)
    return writer.text()


class _Writer:
    """Puts lines together: blanks collapse as a browser would have them, except in `pre`."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0
        self._blank = False
        self._verbatim = 0
        self._link: tuple[str, int] | None = None

    def write(self, text: str) -> None:
        """Add words."""
        if self._verbatim:
            self._add(text)
            return
        words = " ".join(text.split())
        if words and text[0].isspace():
            self._blank = True
        if words:
            self._add(words)
        self._blank = self._blank or text[-1:].isspace()

    def mark(self, tag: _Tag) -> None:
        """Add what a tag means between words."""
        if tag.name == "pre":
            self._verbatim = max(0, self._verbatim + (-1 if tag.closes else 1))
        if tag.name in _PARAGRAPHS:
            self._breaks = max(self._breaks, 2)
        elif tag.name == "br":
            self._breaks += not tag.closes
        elif tag.name in _LINES:
            self._breaks = max(self._breaks, 1)
        if tag.closes:
            self._close(tag.name)
        else:
            self._open(tag)

    def text(self) -> str:
        """Return what was written."""
        return "".join(self._parts).strip() + "\n"

    def _open(self, tag: _Tag) -> None:
        if tag.name == "li":
            self._add("- ")
        elif tag.name in ("td", "th"):
            self._blank = True
        elif tag.name == "img":
            self.write(_value(tag))
        elif tag.name == "a":
            self._link = (_value(tag), len(self._parts))

    def _close(self, name: str) -> None:
        if name != "a" or self._link is None:
            return
        (address, begun), self._link = self._link, None
        words = "".join(self._parts[begun:]).strip()
        if address.lower().startswith(("http://", "https://", "mailto:")) and address.removeprefix("mailto:") != words:
            self._blank = bool(words)
            self._add(f"<{address}>")

    def _add(self, text: str) -> None:
        if self._breaks and self._parts:
            self._parts.append("\n" * min(self._breaks, 2))
        elif self._blank and self._parts and not self._parts[-1].endswith((" ", "\n")):
            self._parts.append(" ")
        self._parts.append(text)
        self._breaks, self._blank = 0, False


def _pieces(page: str) -> Iterator[str | _Tag]:
    """Yield text and tags in order. What a page opens and never closes is left out, as browsers do."""
    at = 0
    while at < len(page):
        begin = page.find("<", at)
        if begin < 0:
            yield page[at:]
            return
        if begin > at:
            yield page[at:begin]
        found = _TAG.match(page, begin + 1)
        if found is None:
            at = _after_other(page, begin)
            if at == begin + 1:
                yield "<"
            continue
        end = _end_of_tag(page, found.end())
        if end < 0:
            return
        tag = _Tag(found[2].lower(), found[1] == "/", page[found.end() : end])
        yield tag
        at = end + 1
        if tag.name in _SILENT and not tag.closes:
            closing = _SILENT[tag.name].search(page, at)
            at = len(page) if closing is None else closing.start()


def _after_other(page: str, begin: int) -> int:
    """Return where a comment or a declaration ends; the next character for a `<` that begins none."""
    if page.startswith("<!--", begin):
        end, width = page.find("-->", begin + 4), 3
    elif page.startswith(("<!", "<?", "</"), begin):
        end, width = page.find(">", begin), 1
    else:
        return begin + 1
    return len(page) if end < 0 else end + width


def _end_of_tag(page: str, at: int) -> int:
    """Return where the `>` of a tag is, past the quoted values of its attributes; -1 when there is none."""
    while True:
        edge = _EDGE.search(page, at)
        if edge is None:
            return -1
        if edge[1] is None:
            return edge.start()
        at = page.find(edge[1], edge.end()) + 1
        if at == 0:
            return -1


def _value(tag: _Tag) -> str:
    found = _ADDRESS.search(tag.attributes)
    return "" if found is None else " ".join(_resolved(found[found.lastindex or 0]).split())


def _resolved(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)
