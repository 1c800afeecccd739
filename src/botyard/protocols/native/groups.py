"""Groups that mail goes to, and who is told of the alerts of an automation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from botyard.base.clock import iso
from botyard.base.exceptions import Invalid
from botyard.core import access, messages
from botyard.core.messages import Group, Kind, Recipient, Subscription
from botyard.protocols.native import asking, views
from botyard.storage import Tx
from botyard.web.etags import tag_of
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire


async def search(request: Request) -> Response:
    """List groups by name."""
    asking.check_whole(request)
    limit = asking.limit_of(request)
    found = await request.db.read(
        messages.list_groups,
        workspace_id=request.caller.workspace_id,
        after=asking.text_of(request, "after") or "",
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.GroupPage(groups=[_view(group) for group in found], next=last and last.name))


async def get(request: Request) -> Response:
    """Read one group."""
    asking.check_whole(request)
    found = await request.db.read(messages.get_group, **_named(request))
    return json_response(_view(found), headers=tag_of(found))


async def create(request: Request) -> Response:
    """Make a group."""
    call = await request.json(wire.CreateGroup)
    made = await request.change(
        _create,
        audit_action="messages.create_group",
        audit_target=lambda group: group.name,
        workspace_id=request.caller.workspace_id,
        call=call,
        **asking.by(request),
    )
    return json_response(_view(made), status=201)


def _create(tx: Tx, *, workspace_id: int, call: wire.CreateGroup, actor: str, now: int) -> Group:
    """Make a group of members that are there. Raises NotFound for one that is not, AlreadyExists and Invalid."""
    members = _members(tx, workspace_id, call.users, call.addresses)
    return messages.create_group(tx, workspace_id=workspace_id, name=call.name, members=members, actor=actor, now=now)


async def update(request: Request) -> Response:
    """Replace the lists that were sent."""
    call = await request.json(wire.UpdateGroup)
    changed = await request.change(
        _update,
        current=partial(messages.get_group, **_named(request)),
        audit_action="messages.update_group",
        audit_target=lambda group: group.name,
        **_named(request),
        lists=asking.sent(call),
        **asking.by(request),
    )
    return json_response(_view(changed), headers=tag_of(changed))


def _update(tx: Tx, *, workspace_id: int, name: str, lists: dict[str, list[str]], actor: str, now: int) -> Group:
    """Replace members or addresses of a group, or both. Raises NotFound and Invalid."""
    present = _view(messages.get_group(tx, workspace_id=workspace_id, name=name))
    # Only who is new has to be a member now: one who left stays on the list until somebody takes it off.
    kept = [Recipient(kind=Kind.USER, name=login) for login in present.users if "users" not in lists]
    users, addresses = lists.get("users", []), lists.get("addresses", present.addresses)
    members = [*kept, *_members(tx, workspace_id, users, addresses)]
    return messages.update_group(tx, workspace_id=workspace_id, name=name, members=members, actor=actor, now=now)


async def delete(request: Request) -> Response:
    """Delete a group with its subscriptions."""
    await request.change(
        messages.delete_group,
        current=partial(messages.get_group, **_named(request)),
        audit_target=lambda group: group.name,
        **_named(request),
        **asking.by(request),
    )
    return no_content()


async def list_subscribers(request: Request) -> Response:
    """List who is told of the alerts of an automation."""
    found = await request.db.read(messages.subscriptions, **_automation(request))
    return json_response(wire.SubscriberList(subscribers=[_subscriber(one) for one in found]))


async def replace_subscribers(request: Request) -> Response:
    """Tell exactly these of the alerts of an automation."""
    call = await request.json(wire.SubscriberList)
    told = await request.change(
        _subscribe,
        audit_action="messages.subscribe",
        audit_target=request.path["label"],
        **_automation(request),
        subscribers=call.subscribers,
    )
    return json_response(wire.SubscriberList(subscribers=[_subscriber(one) for one in told]))


def _subscribe(
    tx: Tx, *, workspace_id: int, automation: str, subscribers: Sequence[wire.Subscriber]
) -> list[Subscription]:
    """Replace the subscriptions of an automation. Raises NotFound for whoever is not there, and Invalid."""
    wanted = [
        Subscription(recipient=_recipient(tx, workspace_id, one, f"subscribers[{number}]"), level=one.level)
        for number, one in enumerate(subscribers)
    ]
    return messages.subscribe(tx, workspace_id=workspace_id, automation=automation, wanted=wanted)


def _recipient(tx: Tx, workspace_id: int, one: wire.Subscriber, field: str) -> Recipient:
    named = [(Kind.USER, one.user), (Kind.GROUP, one.group), (Kind.ADDRESS, one.address)]
    given = [(kind, name) for kind, name in named if name is not None]
    if len(given) != 1:
        raise Invalid("A subscriber is one user, group or address.", hint="Send exactly one of them.", field=field)
    kind, name = given[0]
    if kind is Kind.USER:
        name = access.find_member(tx, workspace_id=workspace_id, login=name, field=field)[0].login
    elif kind is Kind.GROUP:
        name = messages.get_group(tx, workspace_id=workspace_id, name=name.replace("\0", "")).name
    return Recipient(kind=kind, name=name)


def _members(tx: Tx, workspace_id: int, users: Sequence[str], addresses: Sequence[str]) -> list[Recipient]:
    logins = [
        access.find_member(tx, workspace_id=workspace_id, login=login, field="users")[0].login
        for login in dict.fromkeys(users)
    ]
    found = [Recipient(kind=Kind.USER, name=login) for login in logins]
    return found + [
        Recipient(kind=Kind.ADDRESS, name=messages.check_address(address, field="addresses")) for address in addresses
    ]


def _named(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "name": request.path["name"].replace("\0", "")}


def _automation(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "automation": request.path["label"].replace("\0", "")}


def _view(found: Group) -> wire.GroupView:
    return wire.GroupView(
        name=found.name,
        users=[member.name for member in found.members if member.kind is Kind.USER],
        addresses=[member.name for member in found.members if member.kind is Kind.ADDRESS],
        created_at=iso(found.created_at),
        updated_at=iso(found.updated_at),
    )


def _subscriber(found: Subscription) -> wire.Subscriber:
    fields: dict[str, Any] = {found.recipient.kind.value: found.recipient.name, "level": found.level}
    return wire.Subscriber(**fields)
