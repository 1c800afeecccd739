"""Credentials: sets that are made, changed, read with an audit row, and narrowed to what an automation declares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, BotyardError, Denied, Invalid, NotFound, StaleLease
from botyard.core import audit, automations, credentials, events
from botyard.core.audit import Origin
from botyard.core.credentials import Credential, Revealed, checked_secrets, text_of
from botyard.core.tasks import AttemptRef
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from botyard.storage.sql import compile_query
from tests.support.work import (
    NOW,
    SECOND,
    attempt_of,
    lease_next,
    lose_all,
    make_runner,
    make_task,
    make_workspace,
)

BANK = {"user": "ann", "pin": "1234", "note": "x" * 100}


@pytest.fixture
async def workspace(db: Database) -> Workspace:
    return await db.write(make_workspace)


@pytest.fixture
def keys(tmp_path: Path) -> RootKeys:
    return RootKeys(tmp_path / "root.key")


def lease(tx: Tx, workspace: Workspace, *, uses: dict[str, list[str]] | None = None) -> AttemptRef:
    make_task(tx, workspace)
    automations.update(tx, workspace_id=workspace.id, label="billing", fields={"uses": uses}, actor="user:ann", now=NOW)
    return attempt_of(lease_next(tx, workspace, make_runner(tx, workspace)))


class Yard:
    """A workspace whose credentials are used with one key file."""

    def __init__(self, db: Database, keys: RootKeys, workspace: Workspace) -> None:
        self.db, self.keys, self.workspace = db, keys, workspace

    async def create(
        self, label: str = "Bank", secrets: dict[str, object] | None = None, attempt: AttemptRef | None = None
    ) -> Credential:
        return await self.db.write(
            credentials.create,
            root_keys=self.keys,
            workspace_id=self.workspace.id,
            label=label,
            secrets=checked_secrets((BANK if secrets is None else secrets).items()),
            actor="key:ci",
            now=NOW,
            attempt=attempt,
        )

    async def replace(self, secrets: dict[str, object], *, keep_others: bool = False) -> Credential:
        return await self.db.write(
            credentials.replace,
            root_keys=self.keys,
            workspace_id=self.workspace.id,
            label="Bank",
            secrets=checked_secrets(secrets.items()),
            actor="key:ci",
            now=NOW + SECOND,
            keep_others=keep_others,
        )

    async def reveal(
        self, label: str = "Bank", key: str | None = None, attempt: AttemptRef | None = None, now: int = NOW
    ) -> dict[str, str]:
        found: Revealed = await self.db.write(
            credentials.reveal,
            root_keys=self.keys,
            workspace_id=self.workspace.id,
            label=label,
            key=key,
            origin=Origin(workspace_id=self.workspace.id, actor="key:ci", address="10.0.0.7", request_id="r1"),
            now=now,
            attempt=attempt,
        )
        return {name: secret.reveal() for name, secret in found.values.items()}

    async def reads(self) -> list[audit.Entry]:
        rows = await self.db.read(audit.list_for, workspace_id=self.workspace.id)
        return [row for row in rows if row.action == "credential.read"]


@pytest.fixture
def yard(db: Database, keys: RootKeys, workspace: Workspace) -> Yard:
    return Yard(db, keys, workspace)


class TestSets:
    async def test_come_back_in_their_order(self, yard: Yard) -> None:
        made = await yard.create()
        assert [(key.name, key.version, key.read_at) for key in made.keys] == [
            ("user", 1, None),
            ("pin", 1, None),
            ("note", 1, None),
        ]
        assert list((await yard.reveal()).items()) == list(BANK.items())

    async def test_have_labels_of_their_own(self, yard: Yard) -> None:
        await yard.create()
        with pytest.raises(AlreadyExists):
            await yard.create()

    async def test_keep_the_version_of_what_stays_the_same(self, yard: Yard) -> None:
        await yard.create()
        changed = await yard.replace({"note": "x" * 100, "user": "bob"})
        assert [(key.name, key.version) for key in changed.keys] == [("note", 1), ("user", 2)]
        assert await yard.reveal() == {"note": "x" * 100, "user": "bob"}
        again = await yard.replace({"pin": "1"}, keep_others=True)
        assert [(key.name, key.version) for key in again.keys] == [("note", 1), ("user", 2), ("pin", 1)]

    async def test_leave_nothing_in_the_vault_when_they_go(self, yard: Yard) -> None:
        await yard.create()
        target: dict[str, Any] = {"workspace_id": yard.workspace.id, "label": "Bank", "actor": "key:ci", "now": NOW}
        await yard.db.write(credentials.delete_key, key="pin", **target)
        with pytest.raises(NotFound):
            await yard.reveal(key="pin")
        await yard.db.write(credentials.delete, **target)
        assert await yard.db.read(credentials.find, workspace_id=yard.workspace.id, label="Bank") is None
        assert await yard.db.read(lambda tx: tx.all(compile_query("SELECT name FROM vault_values"))) == []
        with pytest.raises(NotFound):
            await yard.db.write(credentials.delete, **target)

    async def test_may_have_the_label_of_one_that_went(self, yard: Yard) -> None:
        await yard.create()
        await yard.db.write(credentials.delete, workspace_id=yard.workspace.id, label="Bank", actor="key:ci", now=NOW)
        await yard.create(secrets={"pin": "new"})
        assert await yard.reveal() == {"pin": "new"}

    async def test_of_another_workspace_are_not_there(self, yard: Yard) -> None:
        await yard.create()
        other = Yard(yard.db, yard.keys, await yard.db.write(make_workspace))
        with pytest.raises(NotFound):
            await other.reveal()
        assert await yard.db.read(credentials.search, workspace_id=other.workspace.id) == []

    async def test_are_listed_by_label_in_pages(self, yard: Yard) -> None:
        for label in ("c", "a", "b"):
            await yard.create(label, {"k": "v"})
        first = await yard.db.read(credentials.search, workspace_id=yard.workspace.id, limit=2)
        rest = await yard.db.read(credentials.search, workspace_id=yard.workspace.id, after="b")
        assert [one.label for one in (*first, *rest)] == ["a", "b", "c"]

    async def test_tell_their_history_without_values(self, yard: Yard) -> None:
        made = await yard.create()
        await yard.replace({"user": "bob"})
        told = await yard.db.read(
            events.list_for, workspace_id=yard.workspace.id, entity="credential", entity_id=str(made.id)
        )
        assert [event.kind for event in told] == ["credential.created", "credential.updated"]
        assert told[1].data == {"label": "Bank", "keys": ["user"], "gone": ["note", "pin"]}

    async def test_name_the_closest_when_one_is_missing(self, yard: Yard) -> None:
        await yard.create()
        with pytest.raises(NotFound, match='"Bank"'):
            await yard.reveal("Bamk")
        with pytest.raises(NotFound, match='"pin"'):
            await yard.reveal(key="pni")


class TestReading:
    async def test_is_recorded_with_who_and_what(self, yard: Yard) -> None:
        await yard.create()
        await yard.reveal(key="pin")
        await yard.reveal()
        whole, one = await yard.reads()
        assert (one.actor, one.target, one.address, one.request_id) == ("key:ci", "Bank/pin", "10.0.0.7", "r1")
        assert (one.data, whole.data) == ({"keys": ["pin"]}, {"keys": ["user", "pin", "note"]})
        assert whole.target == "Bank"

    async def test_is_recorded_with_task_and_bot(self, yard: Yard) -> None:
        await yard.create()
        attempt = await yard.db.write(lease, yard.workspace)
        assert await yard.reveal(key="pin", attempt=attempt) == {"pin": "1234"}
        (row,) = await yard.reads()
        assert row.data == {
            "keys": ["pin"],
            "task": attempt.task_id,
            "attempt": attempt.id,
            "automation": "billing",
        }

    async def test_is_refused_when_it_cannot_be_recorded(self, yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
        await yard.create()
        broken = compile_query("INSERT INTO no_such_table (x) VALUES (1)")
        monkeypatch.setattr("botyard.core.audit.operations.sql.record", broken, raising=False)
        with pytest.raises(Exception, match="no_such_table"):
            await yard.reveal(key="pin")
        monkeypatch.undo()
        assert await yard.reads() == []

    async def test_is_remembered_by_each_key(self, yard: Yard) -> None:
        await yard.create()
        await yard.reveal(key="pin", now=NOW + 60 * SECOND)
        await yard.reveal(key="pin", now=NOW + 61 * SECOND)
        found = await yard.db.read(credentials.get, workspace_id=yard.workspace.id, label="Bank")
        pin, user = found.find("pin"), found.find("user")
        assert pin is not None
        assert user is not None
        assert (pin.read_at, pin.read_by) == (NOW + 60 * SECOND, "key:ci")
        assert user.read_at is None

    async def test_is_over_for_an_attempt_that_lost_its_lease(self, yard: Yard) -> None:
        await yard.create()
        attempt = await yard.db.write(lease, yard.workspace)
        await yard.db.write(lose_all)
        with pytest.raises(StaleLease):
            await yard.reveal(key="pin", attempt=attempt)
        with pytest.raises(StaleLease):
            await yard.create("Other", attempt=attempt)
        assert await yard.reads() == []


class TestUses:
    @pytest.mark.parametrize(
        ("uses", "allowed"),
        [
            (None, True),
            ({"credentials": ["Bank", "Other"]}, True),
            ({"credentials": ["Other"]}, False),
            ({"credentials": []}, False),
            ({"queues": ["Bank"]}, False),
        ],
    )
    async def test_narrow_an_attempt_to_what_its_automation_declares(
        self, yard: Yard, uses: dict[str, list[str]] | None, allowed: bool
    ) -> None:
        await yard.create()
        attempt = await yard.db.write(lease, yard.workspace, uses=uses)
        listed = await yard.db.read(credentials.search, workspace_id=yard.workspace.id, attempt=attempt)
        assert [one.label for one in listed] == (["Bank"] if allowed else [])
        if allowed:
            assert await yard.reveal(key="pin", attempt=attempt) == {"pin": "1234"}
            return
        for label in ("Bank", "None such"):
            with pytest.raises(Denied, match="uses"):
                await yard.reveal(label, attempt=attempt)
            with pytest.raises(Denied, match="uses"):
                await yard.create(label, attempt=attempt)

    async def test_narrow_nobody_else(self, yard: Yard) -> None:
        await yard.create()
        await yard.db.write(lease, yard.workspace, uses={"credentials": []})
        assert await yard.reveal(key="pin") == {"pin": "1234"}


class TestValues:
    @pytest.mark.parametrize(
        ("value", "text"),
        [("a", "a"), ("", ""), (7, "7"), (1.5, "1.5"), (True, "true"), (None, ""), ("ação\0\n", "ação\0\n")],
    )
    async def test_are_texts_in_the_end(self, yard: Yard, value: object, text: str) -> None:
        await yard.create(secrets={"k": value})
        assert await yard.reveal(key="k") == {"k": text}

    @pytest.mark.parametrize("value", [{"canary": 1}, ["canary"], "canary" * 20_000])
    def test_that_cannot_be_are_not_shown(self, value: object) -> None:
        with pytest.raises(Invalid) as refused:
            text_of(value)
        assert "canary" not in str(refused.value)

    @pytest.mark.parametrize(
        "pairs",
        [
            [("", "x")],
            [("a/b", "x")],
            [("..", "x")],
            [("a\n", "x"), ("a", "y")],
            [("e\u0301", "x"), ("\u00e9", "y")],
            [("x" * 256, "x")],
            [(str(number), "x") for number in range(201)],
        ],
    )
    def test_need_keys_that_can_be_part_of_an_address(self, pairs: list[tuple[str, object]]) -> None:
        with pytest.raises(BotyardError):
            checked_secrets(pairs)
