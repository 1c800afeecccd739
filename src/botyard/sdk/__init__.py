"""Clients for Botyard.

    from botyard.sdk import Botyard

    with Botyard("https://botyard.example.com", key) as yard:
        task = yard.tasks.run("invoices", {"month": "2026-01"})

`AsyncBotyard` has the same calls for event loops. What they raise is in `botyard.sdk.errors`, what they return in
`botyard.wire`. The drop-in modules for the client libraries of other vendors are packages beside this module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botyard.sdk.client import AsyncBotyard, Botyard
    from botyard.sdk.errors import CallError, Refused, Unavailable

__all__ = ["AsyncBotyard", "Botyard", "CallError", "Refused", "Unavailable"]

_CLIENTS = ("AsyncBotyard", "Botyard")


def __getattr__(name: str) -> Any:
    # Whoever only needs a drop-in module, or an error, does not wait for the rest.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module("botyard.sdk.client" if name in _CLIENTS else "botyard.sdk.errors")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
