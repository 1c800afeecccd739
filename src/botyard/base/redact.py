"""Keeping secrets out of logs: every Botyard token has a shape that one pattern finds."""

from __future__ import annotations

import logging
import re

MASK = "[secret]"

#: The published shape of a Botyard token, for secret scanners too.
TOKEN = re.compile(r"\bby_[a-z]+_[0-9A-Za-z]+_[0-9A-Za-z]+_[0-9A-Za-z]+\b")
_HEADER = re.compile(r"(?i)\b(authorization|token|cookie|password|key|secret)(\"?\s*[:=]\s*\"?)([^\s\",;]+)")


def redact(text: str) -> str:
    """Return `text` with tokens, and values that follow a telling name, replaced by a mask."""
    return _HEADER.sub(rf"\1\2{MASK}", TOKEN.sub(MASK, text))


class RedactingFilter(logging.Filter):
    """Masks secrets in every record of the handler that it is attached to."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's text in place; always keep it."""
        record.msg = TOKEN.sub(MASK, record.getMessage())
        record.args = None
        if record.exc_text:
            record.exc_text = TOKEN.sub(MASK, record.exc_text)
        return True
