"""JSON from outside, read strictly; JSON to the database, written compactly."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec

from botyard.base.exceptions import Invalid

MAX_DEPTH = 64
MAX_NUMBER_DIGITS = 308

_LONG_NUMBER = re.compile(rb"[0-9]{%d,}" % (MAX_NUMBER_DIGITS + 1))
_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def decode(raw: bytes | str) -> Any:
    """Return the value of a JSON text.

    Duplicate keys: the last wins. Raises Invalid for anything that is not strict JSON in UTF-8: NaN and
    Infinity, lone surrogates, numbers of more than 308 digits or out of range, more than 64 levels.
    """
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    try:
        value = _decoder.decode(data)
    except UnicodeDecodeError as error:
        raise Invalid(f"The JSON text is not valid UTF-8 at byte {error.start}.", hint="Send it as UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, ValueError) as error:
        raise Invalid(f"The JSON text is malformed: {error}.", hint="Check its syntax.") from None
    check(data)
    return value


def check(data: bytes) -> None:
    """Raise Invalid when a decodable JSON text breaks a limit that the decoder does not enforce."""
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and _depth(data) > MAX_DEPTH:
        raise _too_deep()
    if len(data) > MAX_NUMBER_DIGITS and _LONG_NUMBER.search(_without_strings(data)):
        raise Invalid(f"A number has more than {MAX_NUMBER_DIGITS} digits.", hint="Send it as text.")


def encode(value: Any) -> str:
    """Return `value` as compact JSON text. Raises Invalid for NaN, Infinity and lone surrogates."""
    try:
        _refuse_unrepresentable(value)
        return _encoder.encode(value).decode()
    except UnicodeEncodeError:
        raise Invalid("A text holds half a surrogate pair.", hint="Send whole characters.") from None
    except OverflowError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except RecursionError:
        raise _too_deep() from None


def _refuse_unrepresentable(value: Any) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Invalid("A number is NaN or infinite.", hint="Send a finite number, or null.")
    elif isinstance(value, dict):
        for item in value.values():
            _refuse_unrepresentable(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_unrepresentable(item)


_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def _without_strings(data: bytes) -> bytes:
    return _STRINGS.sub(b'""', data)


def _depth(data: bytes) -> int:
    depth = deepest = 0
    for match in _BRACKETS.finditer(_without_strings(data)):
        if match.group() in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _too_deep() -> Invalid:
    return Invalid(f"The JSON text is nested more than {MAX_DEPTH} levels deep.", hint="Flatten it.")
