"""From values of a bot to JSON: what is logged, put into spans, and returned."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from botyard.bot.handles import Secret

#: The server keeps 64 KiB of a payload; what is longer is cut here, and there marked as cut.
_MOST = 70_000
_LONGEST = 2_000


def _plainly(value: Any) -> Any:
    """Return something that can be sent for a value that cannot."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, str | int | float):  # a subclass
        return str(value)
    return _shown(value)


def _strictly(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, str) and not isinstance(value, Secret):
        return str(value)
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


_payloads = msgspec.json.Encoder(enc_hook=_plainly)
_outputs = msgspec.json.Encoder(enc_hook=_strictly)


def payload(value: Any) -> msgspec.Raw:
    """Return any value as JSON: one that has no form in it as its `repr`, one that is too long as its head."""
    try:
        text = _payloads.encode(value)
    except Exception:  # noqa: BLE001 -- whatever a bot has in its hands, telling of it must not stop it
        text = _payloads.encode(_shown(value))
    if len(text) > _MOST:
        text = _payloads.encode(text[:_MOST].decode("utf-8", "ignore"))
    return msgspec.Raw(text)


def output(value: Any) -> bytes:
    """Return what a bot returns as JSON; paths become texts. Raises TypeError for what has no form in it."""
    try:
        return _outputs.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"The output cannot be written as JSON: {error}.") from None


def field(value: Any) -> str:
    """Return a value as it stands in a line of the log."""
    if isinstance(value, str):
        shown = str(value)
        return shown if shown and shown.isprintable() and " " not in shown else _payloads.encode(shown).decode()
    return bytes(payload(value)).decode("utf-8", "replace")


def _shown(value: Any) -> str:
    try:
        return repr(value)[:_LONGEST]
    except Exception:  # noqa: BLE001 -- a repr is the bot's own code
        return f"<{type(value).__name__}>"
