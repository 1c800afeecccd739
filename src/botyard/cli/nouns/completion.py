"""Completing labels from the server, for shells: quick, and silent when there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_SECONDS = 1.0
_MANY = 50
#: What an argument is called → the list that it is from, and the field that names a thing there.
_LISTS = {
    "automation": ("automations", "label"),
    "queue": ("queues", "label"),
    "app": ("apps", "slug"),
    "integration": ("integrations", "key"),
    "interface": ("plugin_interfaces", "namespace"),
    "system": ("systems", "name"),
    "login": ("users", "login"),
    "folder": ("folders", "name"),
}
_LABELS = {
    "Automations": "automations",
    "Queues": "queues",
    "Credentials": "credentials",
    "LogTables": "log_tables",
}


def of(name: str, owner: type) -> Callable[..., list[str]] | None:
    """Return what completes an argument of a class of calls, None when nothing does."""
    if name == "label" and owner.__name__ in _LABELS:
        return _completing(_LABELS[owner.__name__], "label")
    return _completing(*_LISTS[name]) if name in _LISTS else None


def label(ctx: Any, incomplete: str) -> list[str]:
    """Complete the label of an automation."""
    return _labels("automations", "label", ctx, incomplete)


def _completing(concept: str, field: str) -> Callable[..., list[str]]:
    def complete(ctx: Any, incomplete: str) -> list[str]:
        return _labels(concept, field, ctx, incomplete)

    return complete


def _labels(concept: str, field: str, ctx: Any, incomplete: str) -> list[str]:
    from botyard.cli import options, session

    given = ctx.params
    try:
        yard = session.connect(
            data=given.get("data") or options.DEFAULT_DATA,
            server=given.get("server"),
            token=given.get("token"),
            workspace=given.get("workspace"),
            timeout=_SECONDS,
            patience=0.0,
        )
        with yard:
            found = [str(getattr(one, field)) for one in _first(getattr(yard, concept))]
    except Exception:  # noqa: BLE001 -- whoever presses Tab wants no message
        return []
    return [name for name in found if name.startswith(incomplete)]


def _first(group: Any) -> Any:
    from itertools import islice

    return islice(group.list(), _MANY)
