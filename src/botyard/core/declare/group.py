"""Groups in a document: `{name, members: [login or address]}`; the members are all that the group has then."""

from __future__ import annotations

from typing import Any

from botyard.core import messages
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.core.messages import Recipient
from botyard.storage import Tx

_KEYS = ("name", "members")


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "A group must hold keys and values.", "Write - {name: NAME, members: [LOGIN]}.")
    source.check_keys(entry, _KEYS, path)
    if not isinstance(entry.get("name"), str):
        raise source.problem(f"{path}.name", "A group needs a name, which is a text.")
    members = entry.get("members", [])
    if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
        raise source.problem(f"{path}.members", "Members must be a list of login names and e-mail addresses.")
    name = source.checked(lambda: messages.check_group_name(entry["name"]), path)
    return Entry(name=name, fields={"members": members}, path=path)


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    present = messages.find_group(tx, workspace_id=target.workspace_id, name=entry.name)
    wanted = [member.name for member in _members(tx, target, entry)]
    before = None if present is None else [member.name for member in present.members]
    if before == wanted:
        return None
    fields = {"members": (before, wanted)}
    return Change(action="create" if present is None else "update", kind="group", name=entry.name, fields=fields)


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    write = messages.create_group if change.action == "create" else messages.update_group
    write(
        tx,
        workspace_id=target.workspace_id,
        name=entry.name,
        members=_members(tx, target, entry),
        actor=target.actor,
        now=target.now,
    )


def _members(tx: Tx, target: Target, entry: Entry) -> list[Recipient]:
    """Return the members, each once. Raises Invalid for one that is neither a member here nor an address."""
    found = dict[Recipient, None]()
    for number, name in enumerate(entry.fields["members"]):
        member = messages.find_recipient(tx, workspace_id=target.workspace_id, name=name, with_groups=False)
        if member is None:
            raise target.source.problem(
                f"{entry.path}.members[{number}]",
                f'"{name[:80]}" is neither a member of this workspace nor an e-mail address.',
            )
        found[member] = None
    return list(found)


SECTION = Section("groups", _read, _plan, _write)
