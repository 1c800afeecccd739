"""Systems in a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from botyard.base.exceptions import Denied, Invalid
from botyard.core import declare, systems
from botyard.core.declare import Change, Source
from botyard.core.systems import State, System
from botyard.core.vault import RootKeys
from botyard.storage import Database
from tests.support.work import NOW, make_workspace

TOKEN, OTHER = "5d5ec66f-357d-4c2d-bbc1-2012278d2361", "6d5ec66f-357d-4c2d-bbc1-2012278d2361"
BPM: dict[str, Any] = {"name": "BPM", "token": TOKEN, "processes": ["TestCI"]}
DOCUMENT: dict[str, Any] = {"automations": [{"label": "TestCI"}], "systems": [BPM]}


class Place:
    """A workspace that documents are applied to."""

    def __init__(self, db: Database, data: Path, workspace_id: int) -> None:
        self.db = db
        self.wanted: dict[str, Any] = {"workspace_id": workspace_id, "root_keys": RootKeys(data / "root.key")}
        self.by: dict[str, Any] = {"workspace_id": workspace_id, "actor": "user:ann", "now": NOW}

    async def apply(self, *entries: dict[str, Any]) -> list[Change]:
        document = {**DOCUMENT, "systems": list(entries)}
        read = declare.read(document, Source())
        planned = await self.db.read(declare.plan, document=read, **self.wanted)
        applied = await self.db.write(declare.apply, document=read, actor="user:ann", now=NOW, **self.wanted)
        assert planned == applied
        return applied

    async def known(self, token: str) -> System:
        return await self.db.read(systems.authenticate, token=token, now=NOW)


@pytest.fixture
async def place(db: Database, data: Path) -> Place:
    return Place(db, data, (await db.write(make_workspace)).id)


async def test_a_declared_system_is_allowed_and_known_by_its_token(place: Place) -> None:
    changes = await place.apply(BPM)
    assert [(change.action, change.kind, change.name) for change in changes] == [
        ("create", "automation", "TestCI"),
        ("create", "system", "BPM"),
    ]
    found = await place.known(TOKEN)
    assert (found.name, found.state, found.processes) == ("BPM", State.ALLOWED, ("TestCI",))
    assert TOKEN not in repr(changes)
    assert await place.apply(BPM) == []


async def test_what_is_not_declared_stays(place: Place) -> None:
    await place.apply({**BPM, "reads_all": True, "networks": ["10.0.0.1"], "max_file_bytes": 5})
    (change,) = await place.apply({**BPM, "processes": None, "networks": ["10.0.0.1/32"]})
    assert change.fields == {"processes": (["TestCI"], None)}
    found = await place.known(TOKEN)
    assert (found.reads_all, found.networks, found.max_file_bytes) == (True, ("10.0.0.1/32",), 5)


async def test_another_token_replaces_the_first_at_once(place: Place) -> None:
    await place.apply(BPM)
    (change,) = await place.apply({**BPM, "token": OTHER})
    assert list(change.fields) == ["token"]
    assert (await place.known(OTHER)).name == "BPM"
    with pytest.raises(Denied):
        await place.known(TOKEN)


async def test_declaring_approves_what_was_asked_for_but_opens_no_lock(place: Place) -> None:
    where = place.by
    for name, token, state in (("Asked", TOKEN, State.REQUEST), ("Locked", OTHER, State.LOCKED)):
        await place.db.write(systems.create, name=name, token=token, state=state, **where)
    entries = [{"name": "Asked", "token": TOKEN}, {"name": "Locked", "token": OTHER}]
    _, change = await place.apply(*entries)
    assert (change.name, change.fields) == ("Asked", {"state": ("request", "allowed")})
    assert (await place.known(OTHER)).state is State.LOCKED
    await place.apply({**entries[1], "state": "allowed"})
    assert (await place.known(OTHER)).state is State.ALLOWED
    await place.apply({**entries[1], "state": "locked"})
    assert (await place.known(OTHER)).state is State.LOCKED


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ("BPM", "systems[1]"),
        ({"name": "X"}, "systems[1].token"),
        ({"token": OTHER}, "systems[1].name"),
        ({"name": "X", "token": "secret"}, "systems[1].token"),
        ({"name": "X", "token": "0" * 32}, "systems[1].token"),
        ({"name": "X", "token": TOKEN.upper()}, "systems[1].token"),
        ({"name": "BPM", "token": OTHER}, "systems[1].label"),
        ({"name": "X", "token": OTHER, "processes": ["nothing"]}, "systems[1].processes[0]"),
        ({"name": "X", "token": OTHER, "processes": "TestCI"}, "systems[1].processes"),
        ({"name": "X", "token": OTHER, "networks": ["x"]}, "systems[1].networks"),
        ({"name": "X", "token": OTHER, "state": "request"}, "systems[1].state"),
        ({"name": "X", "token": OTHER, "colour": "red"}, "systems[1].colour"),
    ],
)
async def test_what_cannot_be_is_refused_whole(db: Database, data: Path, entry: Any, path: str) -> None:
    workspace_id = (await db.write(make_workspace)).id
    with pytest.raises(Invalid) as refused:
        await db.write(
            lambda tx: declare.apply(
                tx,
                workspace_id=workspace_id,
                document=declare.read({**DOCUMENT, "systems": [BPM, entry]}, Source()),
                root_keys=RootKeys(data / "root.key"),
                actor="user:ann",
                now=NOW,
            )
        )
    assert refused.value.field == path
    assert await db.read(systems.search, workspace_id=workspace_id) == []
