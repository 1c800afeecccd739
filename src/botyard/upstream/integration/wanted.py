"""What a caller wants to be sent, and the parts of it that a caller may not decide."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})

#: Headers that a caller never sets: they say who calls, or belong to the connection (contract e.1).
FORBIDDEN = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
    }
)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file to pass on; `chunks` may be called again."""

    field: str
    name: str
    media_type: str | None
    size: int
    chunks: Callable[[], AsyncIterator[bytes]]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One call as its caller describes it. `url_params` None leaves braces in the endpoint alone."""

    method: str = "GET"
    endpoint: str = ""
    headers: Mapping[str, str] = {}
    params: Mapping[str, Any] = {}
    data: Any = None
    url_params: Mapping[str, Any] | None = None
    files: tuple[File, ...] = ()
    #: A body to send as it is, and its type.
    raw: tuple[bytes, str] | None = None
    soap_headers: Any = None


class Unfit(Exception):
    """A call that cannot be sent as it is; the reason is a sentence, the status what its answer says."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def check_method(method: str | None) -> str:
    """Return the method in capitals; none at all means GET. Raises Invalid."""
    known = (method or "GET").strip().upper()
    if known not in METHODS:
        raise Invalid(
            f'"{known[:20]}" is no method that can be called.', hint=f"Use one of {', '.join(METHODS)}.", field="method"
        )
    return known


def checked_headers(given: Mapping[str, Any], *, field: str = "request_headers") -> dict[str, str]:
    """Return the headers of a caller as text, without those that are not the caller's to set. Raises Invalid."""
    headers = {}
    for name, value in given.items():
        clean = name.strip()
        if not clean or not clean.isascii() or not all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in clean):
            raise Invalid(f"{ascii(name)[:60]} is no name of a header.", hint="Correct it.", field=field)
        if value is None or clean.lower() in FORBIDDEN:
            continue
        if isinstance(value, (dict, list)):
            raise Invalid(f'The header "{clean[:60]}" must be a text.', hint="Send a text.", field=field)
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        if any(char < " " and char != "\t" for char in text) or "\x7f" in text:
            raise Invalid(f'The header "{clean[:60]}" holds control characters.', hint="Send one line.", field=field)
        headers[clean] = text
    return headers
