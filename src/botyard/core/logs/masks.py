"""Hiding, in what an attempt writes for people, the secrets that this attempt has read, and tokens of ours.

This is best effort. It finds a value as it is and in common encodings, and misses what a bot has changed in another
way, or printed in pieces. What must not be in a log must not be printed.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from botyard.base.redact import MASK

#: Shorter texts stay: hiding every "1" or "yes" would make a log unreadable and tell the value by its gaps.
MIN_LENGTH = 4
#: What every token of ours begins with, and its whole form: bots write many a name that only begins like one.
_OURS = "by_"
_TOKEN = re.compile(r"\bby_[a-z]{1,16}_[0-9A-Za-z]{1,64}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\b")
_MAX_ATTEMPTS = 10_000
_BASE64_TAIL = 4


class Mask:
    """Replaces a set of texts, and their encodings, in lines."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = frozenset(texts)
        forms = sorted({form for text in self.texts for form in _forms(text)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def __call__(self, line: str) -> str:
        """Return the line with every known form of a secret hidden."""
        return line if self._pattern is None else self._pattern.sub(MASK, line)


def without_secrets(text: str, mask: Mask | None) -> str:
    """Return a text with what `mask` knows hidden, and every token of ours."""
    text = text if mask is None else mask(text)
    return _TOKEN.sub(MASK, text) if _OURS in text else text


def hide(value: Any, mask: Mask | None) -> Any:
    """Return a value as JSON has it without secrets in its texts and names, and without numbers that are one."""
    if isinstance(value, str):
        return without_secrets(value, mask)
    if isinstance(value, dict):
        return {hide(name, mask): hide(part, mask) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [hide(part, mask) for part in value]
    if mask is None or not isinstance(value, int | float) or isinstance(value, bool):
        return value
    text = str(value)
    return MASK if len(text) >= MIN_LENGTH and text in mask.texts else value


class Masks:
    """What to hide in the log of each attempt; kept in memory for those that were heard of most recently.

    `generation` grows whenever something is forgotten: what was looked up before counts no more.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._masks: OrderedDict[str, Mask] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, attempt_id: str) -> Mask | None:
        """Return what hides the secrets of an attempt, None when that has to be looked up."""
        return self._masks.get(attempt_id)

    def keep(self, attempt_id: str, mask: Mask, *, generation: int) -> None:
        """Keep what was looked up when the generation was this one; nothing if it has grown since then."""
        with self._lock:
            if generation == self.generation:
                self._put(attempt_id, mask)

    def learn(self, attempt_id: str, texts: Iterable[str]) -> None:
        """Hide these texts too, which the attempt has just read.

        Of an attempt that nothing is known of nothing is kept: these are not all that it has read. Its next line has
        all of them looked up, and a look that began before this one does not count.
        """
        with self._lock:
            known = self._masks.get(attempt_id)
            if known is None:
                self.generation += 1
                return
            more = known.texts | frozenset(texts)
            self._put(attempt_id, known if more == known.texts else Mask(more))

    def forget(self, attempt_id: str) -> None:
        """Drop what is known of an attempt: its log is complete, or it has read something more."""
        with self._lock:
            self.generation += 1
            self._masks.pop(attempt_id, None)

    def forget_all(self) -> None:
        """Drop everything: it may be out of date."""
        with self._lock:
            self.generation += 1
            self._masks.clear()

    def _put(self, attempt_id: str, mask: Mask) -> None:
        self._masks[attempt_id] = mask
        self._masks.move_to_end(attempt_id)
        if len(self._masks) > _MAX_ATTEMPTS:
            self._masks.popitem(last=False)


def _forms(text: str) -> Iterator[str]:
    # A log has one line per line: a key of many lines is hidden line by line.
    for part in {text, *text.splitlines()}:
        if len(part.strip()) >= MIN_LENGTH:
            yield from _encoded(part)


def _encoded(text: str) -> Iterator[str]:
    raw = text.encode()
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield repr(text)[1:-1]
    yield quote(text, safe="")
    yield quote_plus(text)
    yield raw.hex()
    yield raw.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(raw).decode()
        yield encoded
        if len(encoded.rstrip("=")) > _BASE64_TAIL:
            yield encoded.rstrip("=")
    yield text[::-1]
