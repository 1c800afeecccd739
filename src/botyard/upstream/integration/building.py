"""From what a caller wants to the request that is sent (contract e.4)."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.core.integrations import Integration
from botyard.upstream.integration.wanted import BODILESS, File, Unfit, Wanted

FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
#: Files together larger than this are passed on piece by piece.
_HELD = 8 * 1024 * 1024
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_NAMED = re.compile(r"\{([^{}/?#]+)\}")
_UNFIT = re.compile("[\x00-\x1f\x7f\\\\]")


class Draft:
    """A request that is being built; sign-in adds to it before it is sent."""

    def __init__(self, integration: Integration, wanted: Wanted) -> None:
        """Raise Unfit for an endpoint or a body that cannot be sent."""
        self.method = wanted.method
        self.address, self.query = _address(integration, wanted)
        self.headers = _headers(integration, wanted)
        self.params = _pairs(wanted.params)
        self.data = wanted.data
        self.files = wanted.files
        self.raw = wanted.raw
        self.is_form = self._declared() == FORM
        #: Names of query parameters and headers that hold credentials, in lower case.
        self.secret_params: set[str] = set()
        self.secret_headers: set[str] = set()
        self._content: bytes | AsyncIterable[bytes] | None = None
        self._encoded = False

    @property
    def has_body(self) -> bool:
        """Return whether the request carries a body."""
        if self.raw is not None or self.files:
            return True
        if self.method in BODILESS:
            return False
        return self.method != "DELETE" or not _is_empty(self.data)

    @property
    def url(self) -> str:
        """Return the whole address."""
        asked = "&".join(part for part in (self.query, urlencode(self.params)) if part)
        return f"{self.address}?{asked}" if asked else self.address

    def set_header(self, name: str, value: str, *, secret: bool = False) -> None:
        """Set a header, whatever it was before."""
        for known in [known for known in self.headers if known.lower() == name.lower()]:
            del self.headers[known]
        self.headers[name] = value
        if secret:
            self.secret_headers.add(name.lower())

    def set_param(self, name: str, value: str, *, secret: bool = False) -> None:
        """Set a query parameter, whatever it was before."""
        self.params = [pair for pair in self.params if pair[0] != name]
        kept = [part for part in self.query.split("&") if part and unquote(part.partition("=")[0]) != name]
        self.query = "&".join(kept)
        self.params.append((name, value))
        if secret:
            self.secret_params.add(name)

    def set_field(self, name: str, value: str) -> None:
        """Set a field of the body, or a query parameter where there is no body. Raises Unfit for another body."""
        if not self.has_body:
            self.set_param(name, value, secret=True)
            return
        data = {} if self.data is None else self.data
        if self.raw is not None or not isinstance(data, dict):
            raise Unfit("The key of this integration goes into the body, so the body must be an object.")
        self.data = data | {name: value}

    def content(self) -> bytes | AsyncIterable[bytes] | None:
        """Return the body, and set its type if nobody has. Raises Unfit."""
        if not self._encoded:
            self._content = self._encode() if self.has_body else None
            self._encoded = True
        return self._content

    def forget_content(self) -> None:
        """Encode the body anew when it is asked for again."""
        self._encoded = False

    def body_bytes(self) -> bytes:
        """Return the body for a signature; files that are passed on piece by piece count as nothing."""
        content = self.content()
        return content if isinstance(content, bytes) else b""

    def _encode(self) -> bytes | AsyncIterable[bytes]:
        if self.raw is not None:
            self.set_header("Content-Type", self.raw[1])
            return self.raw[0]
        if self.files:
            return self._multipart()
        data = {} if self.data is None else self.data
        if self.is_form:
            return data.encode() if isinstance(data, str) else urlencode(_form_pairs(data)).encode()
        declared = self._declared()
        if isinstance(data, str) and declared and "json" not in declared:
            return data.encode()
        if not declared:
            self.set_header("Content-Type", _JSON)
        try:
            return jsontext.encode(data).encode()
        except Invalid as refused:
            raise Unfit(str(refused)) from None

    def _multipart(self) -> bytes | AsyncIterable[bytes]:
        boundary = secrets.token_hex(16)
        self.set_header("Content-Type", f"multipart/form-data; boundary={boundary}")
        fields = _form_pairs(self.data if isinstance(self.data, dict) else {})
        stream = _parts(fields, self.files, boundary)
        return stream if sum(file.size for file in self.files) > _HELD else _Held(stream)

    def _declared(self) -> str:
        value = next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")
        return value.partition(";")[0].strip().lower()


class _Held:
    """A body that is short enough to be sent as one piece."""

    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield await self.whole()

    async def whole(self) -> bytes:
        """Return all of it."""
        return b"".join([part async for part in self._stream])


async def settled(content: bytes | AsyncIterable[bytes] | None) -> bytes | AsyncIterable[bytes] | None:
    """Return a body as bytes unless it is too long for that."""
    return await content.whole() if isinstance(content, _Held) else content


def _address(integration: Integration, wanted: Wanted) -> tuple[str, str]:
    """Return the address without its query, and the query that the endpoint has."""
    base = integration.base_url or ""
    endpoint = wanted.endpoint.strip()
    if _ABSOLUTE.match(endpoint):
        base, endpoint = _same_origin(base, endpoint)
    if wanted.url_params is not None:
        endpoint = _filled(endpoint, wanted.url_params)
    if _UNFIT.search(endpoint):
        raise Unfit("The endpoint holds characters that no address may hold.")
    path, _, query = endpoint.partition("#")[0].partition("?")
    if any(_is_dots(part) for part in path.split("/")):
        raise Unfit("The endpoint has . or .. in its path, which servers read in different ways.")
    address = f"{base.rstrip('/')}/{path.removeprefix('/')}" if path else base
    return quote(address, safe="/:@!$&'()*+,;=%~-._[]"), quote(query, safe="/?:@!$&'()*+,;=%~-._[]")


def _same_origin(base: str, endpoint: str) -> tuple[str, str]:
    """Return the server of an absolute endpoint, as base_url names it, and the rest. Raises Unfit for another one."""
    try:
        parts, own = urlsplit(endpoint), urlsplit(base)
        same = (parts.scheme.lower(), parts.hostname, _port(parts.scheme, parts.port)) == (
            own.scheme.lower(),
            own.hostname,
            _port(own.scheme, own.port),
        )
    except ValueError:
        same = False
    if not same or "@" in parts.netloc:
        raise Unfit("The endpoint leads to another server than the integration's.")
    rest = endpoint[endpoint.index("://") + 3 :]
    # What urlsplit takes for the end of the authority, and nothing else, is cut off.
    return f"{own.scheme}://{own.netloc}", rest[len(parts.netloc) :] or "/"


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme.lower() == "https" else 80)


def _filled(endpoint: str, values: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if values.get(name) is None:
            raise Unfit(f'The endpoint needs "{name}", and url_params does not have it.')
        return quote(_text(values[name]), safe="")

    return _NAMED.sub(value, endpoint)


def _is_dots(part: str) -> bool:
    return part.lower().replace("%2e", ".") in (".", "..")


def _headers(integration: Integration, wanted: Wanted) -> dict[str, str]:
    """Return Accept, then what the integration sends always, then what the caller gives; the later wins."""
    headers: dict[str, str] = {}
    given = ({"Accept": integration.details.accept_header}, integration.details.extra_headers, wanted.headers)
    for some in given:
        for name, value in (some or {}).items():
            if value is None:
                continue
            for known in [known for known in headers if known.lower() == name.lower()]:
                del headers[known]
            headers[name] = value
    return headers


def _pairs(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return query parameters: lists repeat their name, null is left out."""
    return [
        (name, _text(one))
        for name, value in params.items()
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]


def _form_pairs(data: Any) -> list[tuple[str, str]]:
    if not isinstance(data, dict):
        raise Unfit("A form must be an object of names and values.")
    return _pairs(data)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else jsontext.encode(value)


def _is_empty(data: Any) -> bool:
    return data is None or data in ({}, "")


async def _parts(fields: list[tuple[str, str]], files: tuple[File, ...], boundary: str) -> AsyncIterator[bytes]:
    for name, value in fields:
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'.encode()
    for file in files:
        kind = file.media_type or "application/octet-stream"
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(file.field)}"; '
            f'filename="{_quoted(file.name)}"\r\nContent-Type: {_UNFIT.sub("", kind)}\r\n\r\n'
        )
        yield head.encode()
        async for chunk in file.chunks():
            yield chunk
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
