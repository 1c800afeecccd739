"""Who is told of the alerts of an automation."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from botyard.base.exceptions import Invalid
from botyard.core import automations
from botyard.core.messages.addresses import check_address, looks_like_address, read_recipient
from botyard.core.messages.groups import find_group, sql
from botyard.core.messages.model import LEVELS, MAX_RECIPIENTS, Kind, Recipient, Subscription
from botyard.core.messages.resolve import members_by_login
from botyard.storage import Tx


def subscribe(tx: Tx, *, workspace_id: int, automation: str, wanted: Sequence[Subscription]) -> list[Subscription]:
    """Make these the subscriptions of an automation, replacing all it had. Raises NotFound and Invalid."""
    if len(wanted) > MAX_RECIPIENTS:
        raise Invalid(f"{len(wanted)} subscriptions are too many.", hint=f"Keep to {MAX_RECIPIENTS}.", field="notify")
    found = automations.get(tx, workspace_id=workspace_id, label=automation)
    checked = dict[Recipient, str]()
    for number, subscription in enumerate(wanted):
        if subscription.level not in LEVELS:
            raise Invalid(
                f"level cannot be {ascii(subscription.level)[:80]}.",
                hint=f"Use one of {', '.join(LEVELS)}.",
                field=f"notify[{number}].level",
            )
        recipient = subscription.recipient
        checked[read_recipient(recipient.kind, recipient.name, field=f"notify[{number}].to")] = subscription.level
    tx.run(sql.unsubscribe, automation_id=found.id)
    rows = [
        {
            "workspace_id": workspace_id,
            "automation_id": found.id,
            "kind": recipient.kind.value,
            "recipient": recipient.name,
            "level": level,
            "position": position,
        }
        for position, (recipient, level) in enumerate(checked.items())
    ]
    tx.run_many(sql.subscribe, rows)
    return subscriptions(tx, workspace_id=workspace_id, automation=automation)


def subscriptions(tx: Tx, *, workspace_id: int, automation: str) -> list[Subscription]:
    """Return the subscriptions of an automation in the order they were given. Raises NotFound."""
    found = automations.get(tx, workspace_id=workspace_id, label=automation)
    return [
        Subscription(recipient=Recipient(kind=Kind(row["kind"]), name=row["recipient"]), level=row["level"])
        for row in tx.all(sql.subscriptions, automation_id=found.id)
    ]


def find_recipient(
    tx: Tx, *, workspace_id: int, name: str, groups: Sequence[str] = (), with_groups: bool = True
) -> Recipient | None:
    """Return what `name` names: a group (also one of `groups`, not made yet), a member, or an address; None if nothing.

    They are tried in this order, so that a member whose login is an address stays a member.
    """
    clean = unicodedata.normalize("NFC", name).strip()
    if with_groups and (clean in groups or find_group(tx, workspace_id=workspace_id, name=clean) is not None):
        return Recipient(kind=Kind.GROUP, name=clean)
    login = clean.lower()
    if login in members_by_login(tx, workspace_id=workspace_id, logins=[login]):
        return Recipient(kind=Kind.USER, name=login)
    if looks_like_address(clean):
        return Recipient(kind=Kind.ADDRESS, name=check_address(clean, field="to"))
    return None
