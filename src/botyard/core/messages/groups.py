"""Groups, and where mail to members goes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import AlreadyExists, Invalid, NotFound, closest
from botyard.core import events
from botyard.core.messages.addresses import check_address, read_recipient
from botyard.core.messages.model import MAX_RECIPIENTS, Group, Kind, Recipient
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)


def create_group(tx: Tx, *, workspace_id: int, name: str, members: Sequence[Recipient], actor: str, now: int) -> Group:
    """Make a group. Raises AlreadyExists, and Invalid for a name or member that cannot be."""
    name = check_group_name(name)
    made = tx.run(
        sql.create_group, workspace_id=workspace_id, name=name, members=_encode(check_members(members)), now=now
    )
    if not made:
        raise AlreadyExists(f'The group "{name}" exists already.', hint="Choose another name.", field="name")
    return _record(tx, "group.created", workspace_id=workspace_id, name=name, actor=actor, now=now)


def update_group(tx: Tx, *, workspace_id: int, name: str, members: Sequence[Recipient], actor: str, now: int) -> Group:
    """Replace the members of a group. Raises NotFound and Invalid."""
    group = get_group(tx, workspace_id=workspace_id, name=name)
    checked = check_members(members)
    if checked == group.members:
        return group
    tx.run(sql.update_group, group_id=group.id, members=_encode(checked), now=now)
    return _record(tx, "group.updated", workspace_id=workspace_id, name=group.name, actor=actor, now=now)


def delete_group(tx: Tx, *, workspace_id: int, name: str, actor: str, now: int) -> Group:
    """Delete a group with its subscriptions and return what it was. Raises NotFound."""
    group = _record(tx, "group.deleted", workspace_id=workspace_id, name=name, actor=actor, now=now)
    tx.run(sql.unsubscribe_group, workspace_id=workspace_id, name=group.name)
    tx.run(sql.delete_group, group_id=group.id)
    return group


def find_group(tx: Tx, *, workspace_id: int, name: str) -> Group | None:
    """Return the group of that name, or None."""
    row = tx.one(sql.find_group, workspace_id=workspace_id, name=name)
    return Group.from_row(row) if row else None


def get_group(tx: Tx, *, workspace_id: int, name: str) -> Group:
    """Return the group of that name. Raises NotFound, with the closest name as a hint."""
    found = find_group(tx, workspace_id=workspace_id, name=name)
    if found is None:
        names = [group.name for group in list_groups(tx, workspace_id=workspace_id)]
        raise NotFound(
            f'The group "{name[:100]}" does not exist.', hint=closest(name[:100], names) or "Check its name."
        )
    return found


def list_groups(tx: Tx, *, workspace_id: int, after: str = "", limit: int = 1000) -> list[Group]:
    """Return the groups of a workspace by name, those after the name `after`."""
    rows = tx.all(sql.list_groups, workspace_id=workspace_id, after=after.replace("\0", ""), limit=limit)
    return [Group.from_row(row) for row in rows]


def get_address(tx: Tx, *, user_id: int) -> str | None:
    """Return the address that a person gave, or None: mail then goes to the login name, if that is an address."""
    row = tx.one(sql.get_address, user_id=user_id)
    return str(row["address"]) if row else None


def set_address(tx: Tx, *, user_id: int, address: str | None) -> None:
    """Say where mail to a person goes; None goes back to the login name, if that is an address. Raises Invalid."""
    tx.run(sql.drop_address, user_id=user_id)
    if address is not None:
        tx.run(sql.set_address, user_id=user_id, address=check_address(address, field="address"))


def check_group_name(name: str) -> str:
    """Return a group's name in the form it is stored in. Raises Invalid."""
    return text.name(name, field="name", limit=100)


def check_members(members: Sequence[Recipient]) -> tuple[Recipient, ...]:
    """Return members in the form they are stored in, each once. Raises Invalid."""
    if len(members) > MAX_RECIPIENTS:
        raise Invalid(f"{len(members)} members are too many.", hint=f"Keep to {MAX_RECIPIENTS}.", field="members")
    if any(member.kind is Kind.GROUP for member in members):
        raise Invalid("A group cannot be a member of a group.", hint="Name its members.", field="members")
    return tuple(dict.fromkeys(read_recipient(member.kind, member.name, field="members") for member in members))


def _encode(members: Sequence[Recipient]) -> str:
    return jsontext.encode([msgspec.to_builtins(member) for member in members])


def _record(tx: Tx, kind: str, *, workspace_id: int, name: str, actor: str, now: int) -> Group:
    group = get_group(tx, workspace_id=workspace_id, name=name)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind=kind,
        entity="group",
        entity_id=str(group.id),
        actor=actor,
        now=now,
        data={"name": group.name, "members": len(group.members)},
    )
    return group
