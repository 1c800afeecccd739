"""From names of recipients to addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from botyard.base.exceptions import Invalid, closest
from botyard.core.messages.addresses import looks_like_address, read_recipient
from botyard.core.messages.groups import find_group, list_groups
from botyard.core.messages.model import MAX_RECIPIENTS, Kind, Recipient, Recipients
from botyard.storage import Select, Tx

_MEMBERS = Select(
    "memberships m JOIN users u ON u.id = m.user_id LEFT JOIN mail_addresses c ON c.user_id = u.id",
    "u.login, u.disabled, c.address",
)


class Target(msgspec.Struct, frozen=True):
    """Where one delivery goes: the login of a member, who may have no address, or None and an address."""

    login: str | None
    address: str | None


def read(recipients: Recipients) -> list[Recipient]:
    """Return what was asked for, checked. Raises Invalid for what does not parse, for nobody, and for too many."""
    named = [
        *(read_recipient(Kind.ADDRESS, name, field="emails") for name in recipients.addresses),
        *(read_recipient(Kind.USER, name, field="logins") for name in recipients.users),
        *(read_recipient(Kind.GROUP, name, field="group") for name in recipients.groups),
    ]
    if not named:
        raise Invalid("The message has no recipient.", hint="Name an address, a user or a group.", field="emails")
    _refuse_crowd(len(named))
    return list(dict.fromkeys(named))


def resolve(tx: Tx, *, workspace_id: int, recipients: Sequence[Recipient], strict: bool) -> list[Target]:
    """Return where mail to these goes, each address once; accounts that are shut out get none.

    `strict`: raises Invalid for a user or group that is not there; else those are left out.
    """
    wanted = list[Recipient]()
    for recipient in recipients:
        if recipient.kind is Kind.GROUP:
            group = find_group(tx, workspace_id=workspace_id, name=recipient.name)
            if group is not None:
                wanted += group.members
            elif strict:
                raise _no_group(tx, workspace_id, recipient.name)
    logins = [each.name for each in (*recipients, *wanted) if each.kind is Kind.USER]
    members = members_by_login(tx, workspace_id=workspace_id, logins=logins)
    if strict:
        _refuse_strangers([each.name for each in recipients if each.kind is Kind.USER], members)
    addresses = [each.name for each in (*recipients, *wanted) if each.kind is Kind.ADDRESS]
    targets = [Target(None, address) for address in addresses]
    targets += [Target(login, members[login]) for login in dict.fromkeys(logins) if login in members]
    found = _once(targets)
    _refuse_crowd(len(found))
    return found


def members_by_login(tx: Tx, *, workspace_id: int, logins: Iterable[str]) -> dict[str, str | None]:
    """Return the address of each of these who is a member and not shut out; None for one who has no address."""
    wanted = _MEMBERS.where("m.workspace_id = :workspace_id", workspace_id=workspace_id).where("u.disabled = 0")
    rows = tx.all_of(wanted.where_in("u.login", "login", sorted(set(logins))))
    return {row["login"]: address_of(row["login"], row["address"]) for row in rows}


def address_of(login: str, given: str | None) -> str | None:
    """Return the address that a member gave, else the login name if that is one."""
    return given or (login if looks_like_address(login) else None)


def _once(targets: list[Target]) -> list[Target]:
    found = dict[str, Target]()
    for target in targets:
        found.setdefault((target.address or f"login {target.login}").lower(), target)
    return list(found.values())


def _refuse_strangers(logins: list[str], members: dict[str, str | None]) -> None:
    for login in logins:
        if login not in members:
            raise Invalid(
                f'The user "{login}" is not an active member of this workspace.',
                hint="Check the login name, or send to an address instead.",
                field="logins",
            )


def _no_group(tx: Tx, workspace_id: int, name: str) -> Invalid:
    names = [group.name for group in list_groups(tx, workspace_id=workspace_id)]
    return Invalid(
        f'The group "{name}" does not exist.',
        hint=closest(name, names) or "Make it in the console, or with botyard apply.",
        field="group",
    )


def _refuse_crowd(count: int) -> None:
    if count > MAX_RECIPIENTS:
        raise Invalid(f"{count} recipients are too many.", hint=f"Keep to {MAX_RECIPIENTS}.", field="emails")
