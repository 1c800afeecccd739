"""A secret that is replaced or removed while a bot knows it: hidden as long as that bot may write, then gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.clock import DAY
from botyard.core import assets, credentials, tasks, vault
from botyard.core.audit import Origin
from botyard.core.credentials import checked_secrets
from botyard.core.tasks import AttemptRef, EndReport
from botyard.core.vault import RootKeys
from botyard.core.workspaces import Workspace
from botyard.storage import Database, Tx
from botyard.storage.sql import compile_query
from tests.support.work import NOW, attempt_of, lease_next, make_runner, make_task, make_workspace


class Bot:
    """An attempt that reads and replaces secrets."""

    def __init__(self, tx: Tx, keys: RootKeys) -> None:
        self.tx, self.keys = tx, keys
        self.workspace: Workspace = make_workspace(tx)
        self.origin = Origin(workspace_id=self.workspace.id, actor="bot", address="::1", request_id="r")
        self.runner = make_runner(tx, self.workspace)
        self.attempt = self.start()

    @property
    def where(self) -> dict[str, Any]:
        return {"workspace_id": self.workspace.id}

    def start(self) -> AttemptRef:
        make_task(self.tx, self.workspace)
        return attempt_of(lease_next(self.tx, self.workspace, self.runner))

    def set_asset(self, value: str, *, attempt: AttemptRef | None = None) -> None:
        asset = assets.checked(name="KEY", type="secret", value=value)
        if assets.find(self.tx, **self.where, name="KEY", folder="DEFAULT") is None:
            assets.create(self.tx, root_keys=self.keys, **self.where, asset=asset, actor="ann", now=NOW)
        else:
            assets.set_secret(
                self.tx,
                root_keys=self.keys,
                **self.where,
                name="KEY",
                value=value,
                actor="ann",
                now=NOW,
                attempt=attempt,
            )

    def read_asset(self, attempt: AttemptRef | None = None) -> None:
        assets.reveal(
            self.tx,
            root_keys=self.keys,
            **self.where,
            name="KEY",
            origin=self.origin,
            now=NOW,
            attempt=attempt or self.attempt,
        )

    def set_pin(self, value: str) -> None:
        act = credentials.create if credentials.find(self.tx, **self.where, label="B") is None else credentials.replace
        secrets = checked_secrets({"pin": value}.items())
        act(self.tx, root_keys=self.keys, **self.where, label="B", secrets=secrets, actor="ann", now=NOW)

    def read_pin(self) -> None:
        credentials.reveal(
            self.tx,
            root_keys=self.keys,
            **self.where,
            label="B",
            origin=self.origin,
            now=NOW,
            attempt=self.attempt,
        )

    def hides(self, attempt: AttemptRef | None = None) -> set[str]:
        """Return all that is hidden in what an attempt writes."""
        attempt_id = (attempt or self.attempt).id
        found = assets.read_by(self.tx, root_keys=self.keys, attempt_id=attempt_id)
        found += credentials.read_by(self.tx, root_keys=self.keys, attempt_id=attempt_id)
        found += vault.replaced_for(self.tx, root_keys=self.keys, attempt_id=attempt_id)
        return {secret.reveal() for secret in found}

    def end(self) -> None:
        report = EndReport(runner_id=self.runner, attempt_id=self.attempt.id, now=NOW, exit_code=0)
        tasks.end_many(self.tx, [report])

    def stored(self) -> int:
        (row,) = self.tx.all(compile_query("SELECT COUNT(*) AS n FROM vault_values"))
        return int(row["n"])


@pytest.fixture
def keys(data: Path) -> RootKeys:
    return RootKeys(data / "root.key")


async def test_every_value_that_an_attempt_knew_is_hidden_and_no_other(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        bot = Bot(tx, keys)
        bot.set_asset("asset-0")
        bot.set_asset("asset-1")
        bot.set_pin("pin-1")
        bot.read_asset()
        bot.read_pin()
        other = bot.start()
        bot.set_asset("asset-2")
        bot.set_pin("pin-2")
        bot.read_asset(other)
        bot.set_asset("asset-3")
        assert bot.hides() == {"asset-1", "asset-2", "asset-3", "pin-1", "pin-2"}
        assert bot.hides(other) == {"asset-2", "asset-3"}

    await db.write(scenario)


async def test_what_is_removed_is_hidden_until_the_last_reader_has_written_all(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        bot = Bot(tx, keys)
        bot.set_asset("asset-1")
        bot.set_pin("pin-1")
        bot.read_asset()
        bot.read_pin()
        bot.set_pin("pin-2")
        assets.delete(tx, **bot.where, name="KEY", folder="DEFAULT", actor="ann", now=NOW)
        credentials.delete(tx, **bot.where, label="B", actor="ann", now=NOW)
        bot.set_pin("pin-9")
        assert bot.hides() == {"asset-1", "pin-1", "pin-2"}
        assert vault.forget_replaced(tx, now=NOW) == 0
        bot.end()
        assert vault.forget_replaced(tx, now=NOW) == 0, "the log is not complete"
        assert vault.forget_replaced(tx, now=NOW + DAY + 1) == 3
        assert bot.hides() == set()
        assert bot.stored() == 1

    await db.write(scenario)


async def test_what_nobody_knows_is_gone_at_once(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        bot = Bot(tx, keys)
        bot.set_asset("asset-1")
        bot.set_asset("asset-2")
        assert bot.stored() == 1
        assets.delete(tx, **bot.where, name="KEY", folder="DEFAULT", actor="ann", now=NOW)
        assert bot.stored() == 0

    await db.write(scenario)


async def test_what_a_bot_sets_by_itself_is_hidden_too(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> None:
        bot = Bot(tx, keys)
        bot.set_asset("asset-1")
        bot.set_asset("asset-2", attempt=bot.attempt)
        assert bot.hides() == {"asset-2"}

    await db.write(scenario)


async def test_keys_are_rotated_below_replaced_values_too(db: Database, keys: RootKeys) -> None:
    def scenario(tx: Tx) -> Bot:
        bot = Bot(tx, keys)
        bot.set_asset("asset-1")
        bot.read_asset()
        bot.set_asset("asset-2")
        return bot

    bot = await db.write(scenario)
    begin = True
    while not (await db.write(vault.rotate, root_keys=keys, begin=begin, now=NOW + 5)).done:
        begin = False
    found = await db.read(vault.replaced_for, root_keys=keys, attempt_id=bot.attempt.id)
    assert [secret.reveal() for secret in found] == ["asset-1"]
