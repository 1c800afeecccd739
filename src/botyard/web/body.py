"""Reading what a client sends: never more than the route allows, and JSON only when strict."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, MutableMapping
from functools import lru_cache
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

T = TypeVar("T")

MAX_FIELDS = 1000


class ClientLeft(Exception):
    """The client closed the connection; there is nobody to answer."""


async def chunks(receive: Receive, *, limit: int, declared: str | None) -> AsyncGenerator[bytes]:
    """Yield the body as it comes. Raises Invalid(code="too_large") as soon as it is known to pass `limit`.

    A client that stops sending is cut off by the server, see `server.connections`; that raises ClientLeft.
    """
    if declared is not None and (not declared.isdigit() or int(declared[:20]) > limit):
        raise too_large(limit)
    seen, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        part = message.get("body", b"")
        more = message.get("more_body", False)
        seen += len(part)
        if seen > limit:
            raise too_large(limit)
        if part:
            yield part


async def whole(receive: Receive, *, limit: int, declared: str | None) -> bytes:
    """Return the whole body. Raises like `chunks`."""
    parts = [part async for part in chunks(receive, limit=limit, declared=declared)]
    return parts[0] if len(parts) == 1 else b"".join(parts)


def decode_json(raw: bytes, kind: type[T]) -> T:
    """Return `raw` as a `kind`. Raises Invalid that names the field to blame."""
    try:
        value: T = decoder(cast("Hashable", kind)).decode(raw)
    except msgspec.ValidationError as error:
        raise wrong_value(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        jsontext.decode(raw)  # says it in our words
        raise Invalid("The JSON text is malformed.", hint="Check its syntax.") from None
    if len(raw) > jsontext.MAX_DEPTH:
        jsontext.check(raw)
    return value


@lru_cache(maxsize=1024)
def decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Return the JSON decoder of a type, made once."""
    return msgspec.json.Decoder(kind)


def wrong_value(error: msgspec.ValidationError) -> Invalid:
    """Return our error for one of msgspec's, with the path of the field, such as "items[2].values"."""
    text, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").removeprefix(".").replace("[...]", "[]") or None
    # A field that is missing or unknown is named in the text; the path then tells the object it belongs to.
    named = text.partition(" field `")[2].rstrip("`")
    if named:
        field = f"{field}.{named}" if field else named
    where = f'"{field}": ' if path and not named else ""
    text = text.replace("`", "").replace("Object ", "")
    return Invalid(f"{where}{text}.", hint="Correct this field and send the request again.", field=field)


def decode_form(raw: bytes) -> list[tuple[str, str]]:
    """Return the pairs of a form or query text. Raises Invalid."""
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise Invalid("The form is not valid UTF-8.", hint="Percent-encode it as UTF-8.") from None
    except ValueError:
        raise Invalid(f"There are more than {MAX_FIELDS} fields.", hint="Send fewer.") from None
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise Invalid("A field holds the NUL character.", hint="Leave it out.", field=name.replace("\0", "")[:80])
    return pairs


def too_large(limit: int) -> Invalid:
    """Return the error for a body that passes `limit` bytes."""
    return Invalid(f"The body is larger than {limit} bytes.", hint="Send less at once.", code="too_large")
