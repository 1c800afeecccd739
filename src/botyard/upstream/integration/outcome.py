"""What came of a call, in the two parts that clients read: `api_data` and `api_response` (contract e.5)."""

from __future__ import annotations

import base64
import codecs
import re
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from botyard.upstream import Answer
from botyard.upstream.integration.building import Draft

MASK = "***"

#: Headers of an answer that are credentials, or belong to the connection.
_DROPPED = frozenset(
    {
        "authorization",
        "connection",
        "cookie",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "set-cookie",
        "set-cookie2",
        "transfer-encoding",
    }
)
_SPELLED = {"etag": "ETag", "www-authenticate": "WWW-Authenticate", "dnt": "DNT", "te": "TE"}
#: Types that clients of a newer version take as bytes.
_BYTES = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream", "application/zip")
_TEXTUAL = ("text/", "application/xml", "application/javascript", "application/x-www-form-urlencoded")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]+)", re.IGNORECASE)
_NOT_ASCII = re.compile("[^\x00-\x7f]")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the other system, or the reason why there is none (`status` 502 or 504, or 400 before sending).

    `data` is JSON text, None when the body is none. `binary` is a body that is no text, with its type.
    """

    status: int
    url: str = ""
    text: str = ""
    headers: dict[str, str] = {}
    data: bytes | None = None
    binary: tuple[str, bytes] | None = None
    reason: str | None = None
    received: int = 0
    #: Whether the request may have reached the other system.
    sent: bool = True

    @property
    def ok(self) -> bool:
        """Return whether the other system took the call for a good one."""
        return self.status < 400

    def parts(self) -> dict[str, Any]:
        """Return `api_data` and `api_response`, the latter with its five keys, always."""
        return {
            "api_data": self._data(),
            "api_response": {
                "status_code": self.status,
                "text": self.text,
                "headers": self.headers,
                "url": self.url,
                "ok": self.ok,
            },
        }

    @property
    def is_bytes(self) -> bool:
        """Return whether the body is of a type that newer clients take as it is."""
        return self.binary is not None and self.binary[0].lower().startswith(_BYTES)

    def _data(self) -> Any:
        if self.binary is not None:
            kind, body = self.binary
            return {"content_type": kind, "encoding": "base64", "data": base64.b64encode(body).decode()}
        return None if self.data is None else msgspec.Raw(self.data)


def failure(status: int, reason: str, *, url: str = "", sent: bool = False) -> Outcome:
    """Return what a call comes to that has no answer."""
    return Outcome(status=status, url=url, text=reason, reason=reason, sent=sent)


def read_outcome(answer: Answer, body: bytes, *, draft: Draft, secrets: tuple[str, ...]) -> Outcome:
    """Return what an answer says, without the credentials of the call."""
    kind = (answer.headers.get("content-type") or "").strip()
    text = _decoded(body, kind)
    return Outcome(
        status=answer.status,
        url=masked_url(answer.url, draft.secret_params, secrets),
        text=text or "",
        headers=_headers(answer, draft, secrets),
        data=_json(text, kind, body) if text else None,
        binary=(kind or "application/octet-stream", body) if text is None else None,
        received=len(body),
    )


def masked_url(url: str, names: set[str], secrets: tuple[str, ...]) -> str:
    """Return an address with its secret query parameters, and secrets wherever else, masked."""
    address, mark, query = url.partition("?")
    parts = []
    for part in query.split("&") if mark else ():
        name, equals, value = part.partition("=")
        parts.append(f"{name}={MASK}" if equals and name in {quote_plus(one) for one in names} | names else part)
        del value
    shown = f"{address}?{'&'.join(parts)}" if mark else address
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote_plus(secret)}:
            shown = shown.replace(form, MASK)
    return shown


def ascii_json(text: bytes) -> bytes:
    """Return JSON text with everything beyond ASCII escaped; such characters stand in its strings only."""
    if text.isascii():
        return text
    return _NOT_ASCII.sub(_escaped, text.decode()).encode("ascii")


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _headers(answer: Answer, draft: Draft, secrets: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in answer.headers:
        if name in _DROPPED or name in draft.secret_headers or any(secret in value for secret in secrets):
            continue
        shown = _SPELLED.get(name) or "-".join(part.capitalize() for part in name.split("-"))
        found[shown] = f"{found[shown]}, {value}" if shown in found else value
    return found


def _decoded(body: bytes, kind: str) -> str | None:
    """Return a body as text, None when it is none."""
    lowered = kind.lower()
    named = _CHARSET.search(kind)
    textual = lowered.startswith(_TEXTUAL) or "json" in lowered or "+xml" in lowered
    if not body:
        return ""
    if not textual and (lowered or b"\0" in body):
        return None
    for charset in (named[1] if named else "utf-8-sig", "utf-8-sig"):
        try:
            codecs.lookup(charset)
            return body.decode(charset)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return body.decode("latin-1") if textual else None


def _json(text: str, kind: str, body: bytes) -> bytes | None:
    """Return a body as compact JSON text if it is JSON, with numbers as they were written."""
    if "json" not in kind.lower() and not text.lstrip().startswith(("{", "[")):
        return None
    try:
        raw = body if body.isascii() else text.encode()
        msgspec.json.decode(raw)
        return msgspec.json.format(raw, indent=-1) if b"\n" in raw or b"\r" in raw else raw.strip()
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        return None
