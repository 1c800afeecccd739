from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound, StaleLease
from botyard.core import access, alerts, messages
from botyard.core.access import Role
from botyard.core.alerts import Level
from botyard.core.messages import Format, Kind, Message, Recipient, Recipients, State, Subscription
from botyard.core.tasks import AttemptRef
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from tests.support.work import NOW, SECOND, attempt_of, lease_next, lose_all, make_runner, make_task, make_workspace

DAY = 86_400 * SECOND


def send(
    tx: Tx,
    workspace: Workspace,
    *,
    subject: str = "s",
    body: str = "b",
    addresses: tuple[str, ...] = (),
    users: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    attempt: AttemptRef | None = None,
) -> Message:
    return messages.create(
        tx,
        workspace_id=workspace.id,
        subject=subject,
        body=body,
        format=Format.TEXT,
        recipients=Recipients(addresses=addresses, users=users, groups=groups),
        actor="key:ci",
        now=NOW,
        attempt=attempt,
    )


def member(tx: Tx, workspace: Workspace, login: str, *, address: str | None = None) -> int:
    user = access.create_user(tx, login=login, name=login, password_hash="", must_change=False, now=NOW)
    access.set_role(tx, workspace_id=workspace.id, user_id=user.id, role=Role.VIEWER)
    if address is not None:
        messages.set_address(tx, user_id=user.id, address=address)
    return user.id


def group(tx: Tx, workspace: Workspace, name: str, *members: Recipient) -> messages.Group:
    return messages.create_group(tx, workspace_id=workspace.id, name=name, members=members, actor="user:ann", now=NOW)


def user(login: str) -> Recipient:
    return Recipient(kind=Kind.USER, name=login)


def address(text: str) -> Recipient:
    return Recipient(kind=Kind.ADDRESS, name=text)


def targets(tx: Tx, message: Message) -> list[tuple[str | None, str | None, State]]:
    found = messages.deliveries_of(tx, workspace_id=message.workspace_id, message_id=message.id)
    return [(each.login, each.address, each.state) for each in found]


async def test_addresses_members_and_groups_get_one_delivery_each(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        member(tx, workspace, "ann@example.org")
        member(tx, workspace, "bob", address="Bob <bob@example.org>")
        member(tx, workspace, "carol")
        group(tx, workspace, "night", user("bob"), user("gone"), address("Dan@Example.org"))
        message = send(
            tx,
            workspace,
            addresses=("bob@EXAMPLE.org", "Eve <eve@exämple.org>"),
            users=("Ann@example.org", "carol"),
            groups=("night",),
        )
        assert targets(tx, message) == [
            (None, "bob@example.org", State.QUEUED),
            (None, "eve@xn--exmple-cua.org", State.QUEUED),
            (None, "Dan@example.org", State.QUEUED),
            ("ann@example.org", "ann@example.org", State.QUEUED),
            ("carol", None, State.FAILED),
        ]
        assert (message.queued, message.failed, message.state) == (4, 1, State.FAILED)

    await db.write(write)


async def test_a_member_who_is_given_an_address_gets_what_had_failed(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        user_id = member(tx, workspace, "carol")
        message = send(tx, workspace, users=("carol",))
        again: dict[str, Any] = {
            "workspace_id": workspace.id,
            "message_id": message.id,
            "actor": "user:ann",
            "now": NOW,
        }
        messages.repeat(tx, **again)
        assert targets(tx, message) == [("carol", None, State.FAILED)]
        messages.set_address(tx, user_id=user_id, address="carol@example.org")
        messages.repeat(tx, **again)
        assert targets(tx, message) == [("carol", "carol@example.org", State.QUEUED)]

    await db.write(write)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@example..org",
        "ann..lee@example.org",
        "ann@-example.org",
        "ann@example.org\r\nBcc: eve@example.org",
        "ann@example.org,eve@example.org",
        "ann@example.org>\r\nRCPT TO:<eve@example.org",
        "<ann@example.org> <eve@example.org>",
        '"quoted"@example.org',
        "a" * 65 + "@example.org",
        "ann@" + "x" * 260 + ".org",
        "ann\0@example.org",
        "ann@exam ple.org",
    ],
)
def test_what_is_no_address_is_refused(sent: str) -> None:
    with pytest.raises(Invalid):
        messages.check_address(sent, field="emails")


def test_blanks_around_an_address_are_no_part_of_it() -> None:
    assert messages.check_address(" ann@example.org\n", field="emails") == "ann@example.org"


async def test_what_cannot_be_sent_is_refused_whole(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace, foreign = make_workspace(tx), make_workspace(tx)
        member(tx, foreign, "stranger", address="s@example.org")
        group(tx, foreign, "theirs", address("s@example.org"))
        good = ("ann@example.org",)
        with pytest.raises(Invalid, match="recipient"):
            send(tx, workspace)
        with pytest.raises(Invalid, match="member"):
            send(tx, workspace, addresses=good, users=("stranger",))
        with pytest.raises(Invalid, match="does not exist"):
            send(tx, workspace, addresses=good, groups=("theirs",))
        for subject in ("a\r\nBcc: eve@example.org", "a\nb", "a\rb", "a\0b", "x" * 501):
            with pytest.raises(Invalid):
                send(tx, workspace, subject=subject, addresses=good)
        with pytest.raises(Invalid):
            send(tx, workspace, body="x" * (256 * 1024 + 1), addresses=good)
        with pytest.raises(Invalid, match="too many"):
            send(tx, workspace, addresses=tuple(f"p{n}@example.org" for n in range(501)))
        assert messages.search(tx, workspace_id=workspace.id) == []

    await db.write(write)


async def test_an_attempt_that_lost_its_lease_sends_nothing(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task = make_task(tx, workspace)
        attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
        assert send(tx, workspace, addresses=("a@example.org",), attempt=attempt).task_id == task.id
        lose_all(tx)
        with pytest.raises(StaleLease):
            send(tx, workspace, addresses=("a@example.org",), attempt=attempt)
        assert len(messages.search(tx, workspace_id=workspace.id, task_id=task.id)) == 1

    await db.write(write)


async def test_groups_are_made_changed_and_deleted(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        group(tx, workspace, "night", user("Bob"), user("bob"))
        with pytest.raises(AlreadyExists):
            group(tx, workspace, "night")
        with pytest.raises(Invalid):
            group(tx, workspace, "nested", Recipient(kind=Kind.GROUP, name="night"))
        assert messages.get_group(tx, workspace_id=workspace.id, name="night").members == (user("bob"),)
        changed = messages.update_group(
            tx,
            workspace_id=workspace.id,
            name="night",
            members=[address("a@example.org")],
            actor="user:ann",
            now=NOW,
        )
        assert changed.members == (address("a@example.org"),)
        make_task(tx, workspace)
        subscribe(tx, workspace, (Recipient(kind=Kind.GROUP, name="night"), "warn"))
        messages.delete_group(tx, workspace_id=workspace.id, name="night", actor="user:ann", now=NOW)
        assert messages.list_groups(tx, workspace_id=workspace.id) == []
        assert messages.subscriptions(tx, workspace_id=workspace.id, automation="billing") == []
        with pytest.raises(NotFound):
            messages.get_group(tx, workspace_id=workspace.id, name="night")

    await db.write(write)


def subscribe(tx: Tx, workspace: Workspace, *wanted: tuple[Recipient, str]) -> list[Subscription]:
    return messages.subscribe(
        tx,
        workspace_id=workspace.id,
        automation="billing",
        wanted=[Subscription(recipient=recipient, level=level) for recipient, level in wanted],
    )


async def test_alerts_are_mailed_to_those_who_subscribed_to_their_level(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task, other = make_task(tx, workspace), make_task(tx, workspace, automation="other")
        member(tx, workspace, "bob", address="bob@example.org")
        group(tx, workspace, "night", user("bob"), address("night@example.org"))
        subscribe(
            tx,
            workspace,
            (address("all@example.org"), "info"),
            (Recipient(kind=Kind.GROUP, name="night"), "error"),
            (user("left-long-ago"), "info"),
        )
        for level, where in ((Level.INFO, task), (Level.ERROR, task), (Level.ERROR, other)):
            alerts.create(
                tx,
                workspace_id=workspace.id,
                task_id=where.id,
                level=level,
                title="Bad\r\nBcc: eve@example.org",
                message="No VAT",
                actor="key:ci",
                now=NOW,
            )
        loud, quiet = messages.search(tx, workspace_id=workspace.id)
        assert [target[1] for target in targets(tx, quiet)] == ["all@example.org"]
        assert [target[1] for target in targets(tx, loud)] == [
            "all@example.org",
            "night@example.org",
            "bob@example.org",
        ]
        assert loud.subject == "[ERROR] billing: Bad Bcc: eve@example.org"
        assert loud.body.startswith("No VAT\n")
        assert (loud.task_id, loud.alert_id is not None) == (task.id, True)

    await db.write(write)


async def test_subscriptions_are_replaced_whole_and_checked(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        make_task(tx, workspace)
        subscribe(tx, workspace, (address("a@example.org"), "warn"))
        told = subscribe(tx, workspace, (address("b@example.org"), "info"), (address("b@example.org"), "error"))
        assert told == [Subscription(recipient=address("b@example.org"), level="error")]
        with pytest.raises(Invalid):
            subscribe(tx, workspace, (address("b@example.org"), "loud"))
        with pytest.raises(Invalid):
            subscribe(tx, workspace, (address("b"), "warn"))
        with pytest.raises(NotFound):
            messages.subscribe(tx, workspace_id=workspace.id, automation="nope", wanted=[])

    await db.write(write)


async def test_a_delivery_is_tried_for_three_days_with_growing_pauses(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        message = send(tx, workspace, addresses=("a@example.org",))
        now, pauses = NOW, list[int]()
        while messages.waiting(tx, now=now).due:
            (taken,) = messages.claim(tx, holder="one", now=now, lease=SECOND)
            messages.report_failed(tx, delivery=taken, error="451 later", final=False, now=now)
            (delivery,) = messages.deliveries_of(tx, workspace_id=workspace.id, message_id=message.id)
            if delivery.state is State.FAILED:
                break
            pauses.append((delivery.due_at - now) // SECOND)
            now = delivery.due_at
        assert pauses[:10] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900]
        assert set(pauses[10:]) == {900}
        assert 3 * DAY < now - NOW < 3 * DAY + 1800 * SECOND
        assert delivery.error == "451 later"

    await db.write(write)


async def test_old_messages_leave_the_outbox_unless_they_are_still_to_be_sent(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        kept = send(tx, workspace, addresses=("a@example.org",))
        assert messages.prune(tx, before=NOW + 1) == 0
        messages.hold(tx, now=NOW + 1)
        assert messages.get(tx, workspace_id=workspace.id, message_id=kept.id).state is State.HELD
        assert messages.search(tx, workspace_id=workspace.id, state=State.HELD) != []
        assert messages.prune(tx, before=NOW) == 0
        assert messages.prune(tx, before=NOW + 1) == 1
        with pytest.raises(NotFound):
            messages.get(tx, workspace_id=workspace.id, message_id=kept.id)

    await db.write(write)


async def test_the_outbox_is_narrowed_by_state_and_task(db: Database) -> None:
    def write(tx: Tx) -> None:
        workspace = make_workspace(tx)
        task = make_task(tx, workspace)
        attempt = attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))
        first = send(tx, workspace, addresses=("a@example.org", "b@example.org"))
        second = send(tx, workspace, addresses=("a@example.org",), attempt=attempt)
        (taken, *_) = messages.claim(tx, holder="one", now=NOW, lease=SECOND, limit=1)
        messages.report_sent(tx, delivery=taken, now=NOW)
        found = [message.id for message in messages.search(tx, workspace_id=workspace.id, state=State.QUEUED)]
        assert found == [second.id, first.id]
        (sent,) = messages.search(tx, workspace_id=workspace.id, state=State.SENT)
        assert (sent.id, sent.sent, sent.queued, sent.state) == (first.id, 1, 1, State.QUEUED)
        assert messages.search(tx, workspace_id=workspace.id, state=State.SENT, task_id=task.id) == []
        older = messages.search(tx, workspace_id=workspace.id, state=State.QUEUED, before_id=second.id)
        assert [message.id for message in older] == [first.id]

    await db.write(write)


async def test_messages_of_another_workspace_are_not_there(db: Database) -> None:
    def write(tx: Tx) -> None:
        mine, theirs = make_workspace(tx), make_workspace(tx)
        message = send(tx, theirs, addresses=("a@example.org",))
        assert messages.search(tx, workspace_id=mine.id) == []
        with pytest.raises(NotFound):
            messages.deliveries_of(tx, workspace_id=mine.id, message_id=message.id)

    await db.write(write)
