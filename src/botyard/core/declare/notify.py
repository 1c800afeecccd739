"""The key `notify` of an automation in a document: `[{to: group, login or address, level: warn}]`, all it has then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botyard.core import automations, messages
from botyard.core.declare.section import Entry, Target
from botyard.core.declare.source import Source
from botyard.core.messages import LEVELS, Subscription
from botyard.storage import Tx

_KEYS = ("to", "level")
_LEVEL = "warn"


def read(found: Any, path: str, source: Source) -> list[dict[str, str]]:
    """Return what is written there, checked as far as it can be without a database. Raises Invalid."""
    if not isinstance(found, list):
        raise source.problem(path, "notify must be a list.", "Write [{to: ann@example.org, level: warn}].")
    return [_read(entry, f"{path}[{number}]", source) for number, entry in enumerate(found)]


def plan(tx: Tx, target: Target, entry: Entry) -> dict[str, tuple[Any, Any]]:
    """Return the change of the subscriptions, nothing when they are as the document has them. Raises Invalid."""
    if "notify" not in entry.fields:
        return {}
    wanted = _resolve(tx, target, entry)
    present = automations.find(tx, workspace_id=target.workspace_id, label=entry.name)
    before = list[Subscription]()
    if present is not None:
        before = messages.subscriptions(tx, workspace_id=target.workspace_id, automation=entry.name)
    return {} if wanted == before else {"notify": (_shown(before) if present else None, _shown(wanted))}


def write(tx: Tx, target: Target, entry: Entry) -> None:
    """Make the subscriptions those of the document."""
    wanted = _resolve(tx, target, entry)
    messages.subscribe(tx, workspace_id=target.workspace_id, automation=entry.name, wanted=wanted)


def _read(entry: Any, path: str, source: Source) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise source.problem(path, "A subscription must hold keys and values.", "Write {to: NAME, level: warn}.")
    source.check_keys(entry, _KEYS, path)
    if not isinstance(entry.get("to"), str):
        raise source.problem(f"{path}.to", "Say who is told: a group, a login name or an e-mail address.")
    level = entry.get("level", _LEVEL)
    if level not in LEVELS:
        raise source.problem(f"{path}.level", f"level cannot be {ascii(level)[:80]}.", f"Use {', '.join(LEVELS)}.")
    return {"to": entry["to"], "level": level}


def _resolve(tx: Tx, target: Target, entry: Entry) -> list[Subscription]:
    groups = target.declared.get("groups", frozenset())
    found = list[Subscription]()
    for number, wanted in enumerate(entry.fields["notify"]):
        recipient = messages.find_recipient(
            tx, workspace_id=target.workspace_id, name=wanted["to"], groups=tuple(groups)
        )
        if recipient is None or recipient in [each.recipient for each in found]:
            what = "is there twice" if recipient else "is no group, no member of this workspace and no e-mail address"
            raise target.source.problem(f"{entry.path}.notify[{number}].to", f'"{wanted["to"][:80]}" {what}.')
        found.append(Subscription(recipient=recipient, level=wanted["level"]))
    return found


def _shown(subscriptions: Sequence[Subscription]) -> list[dict[str, str]]:
    return [{"to": each.recipient.name, "level": each.level} for each in subscriptions]
