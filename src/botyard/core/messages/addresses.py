"""Reading recipients, so that nothing which could break out of a mail header or command gets in."""

from __future__ import annotations

import re

from botyard.base import text
from botyard.base.exceptions import BotyardError, Invalid
from botyard.core.messages.model import Kind, Recipient

MAX_ADDRESS = 254

# What a mail command would read as its own: blanks, controls, brackets, quotes and separators.
_LOCAL = r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]{1,64}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})*")
_NAMED = re.compile(r"[^<>\r\n\0]{0,200}<([^<>\s]{3,254})>")


def check_address(sent: str, *, field: str) -> str:
    """Return the bare address in `ann@example.org` or `Ann <ann@example.org>`. Raises Invalid."""
    clean = sent.strip()
    named = _NAMED.fullmatch(clean)
    address = named[1] if named else clean
    if len(address) > MAX_ADDRESS or not _ADDRESS.fullmatch(address) or ".." in address or _half(address):
        raise Invalid(
            f"{ascii(sent)[:120]} is not an e-mail address.", hint="Write it as name@example.org.", field=field
        )
    local, _, domain = address.rpartition("@")
    return f"{local}@{_domain(domain, sent, field)}"


def looks_like_address(name: str) -> bool:
    """Return whether `name` can be sent mail to."""
    try:
        check_address(name, field="to")
    except BotyardError:
        return False
    return True


def read_recipient(kind: Kind, name: str, *, field: str) -> Recipient:
    """Return a recipient in the form it is stored in. Raises Invalid."""
    if kind is Kind.ADDRESS:
        return Recipient(kind=kind, name=check_address(name, field=field))
    clean = text.name(name, field=field, limit=128)
    return Recipient(kind=kind, name=clean.lower() if kind is Kind.USER else clean)


def _half(address: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in address)


def _domain(domain: str, sent: str, field: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        raise Invalid(
            f"{ascii(sent)[:120]} has a domain that cannot be.", hint="Check what follows the @.", field=field
        ) from None
