"""Systems: asked for, allowed, locked; tokens that are never stored; tasks that are started many at once."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Denied, Invalid, NotFound
from botyard.core import access, automations, events, systems, tasks
from botyard.core.systems import Event, State, Submission, System
from botyard.core.systems.processes import number_of, version_called
from botyard.core.systems.states import TRANSITIONS
from botyard.core.tasks import Task
from botyard.storage import Database, Select, Tx
from tests.support.work import NOW, SECOND, deploy, make_workspace

TOKEN = "5d5ec66f-357d-4c2d-bbc1-2012278d2361"


class Yard:
    """A workspace with one automation."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.workspace = make_workspace(tx)
        self.by: dict[str, Any] = {"workspace_id": self.workspace.id, "actor": "user:ann", "now": NOW}
        deploy(tx, self.workspace, automation="billing")
        self.process = automations.get(tx, workspace_id=self.workspace.id, label="billing").id

    def system(self, name: str = "BPM", **fields: Any) -> systems.NewSystem:
        state, token = fields.pop("state", State.ALLOWED), fields.pop("token", None)
        return systems.create(self.tx, name=name, state=state, token=token, fields=fields, **self.by)

    def known(self, token: str, *, now: int = NOW) -> System:
        return systems.authenticate(self.tx, token=token, now=now)

    def submit(self, *wanted: Submission) -> list[Task | Exception]:
        return systems.submit_many(self.tx, wanted)

    def wish(self, system: System, **fields: Any) -> Submission:
        return Submission(**{"system": system, "process": self.process, "now": NOW, **fields})


async def test_each_pair_of_state_and_decision(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        decide = {Event.ALLOW: systems.allow, Event.LOCK: systems.lock}
        for number, (state, event) in enumerate(itertools.product(State, Event)):
            made = yard.system(f"system {number}", state=state).system
            decided = decide[event](tx, system_id=made.id, **yard.by)
            assert decided.state is TRANSITIONS.get((state, event), state)
            if (state, event) in TRANSITIONS:
                assert (decided.decided_by, decided.decided_at) == ("user:ann", NOW)

    await db.write(check)


async def test_a_decision_is_in_the_history(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        made = yard.system(state=State.REQUEST).system
        systems.allow(tx, system_id=made.id, **yard.by)
        systems.allow(tx, system_id=made.id, **yard.by)
        systems.rotate(tx, system_id=made.id, overlap=SECOND, **yard.by)
        systems.lock(tx, system_id=made.id, **yard.by)
        found = events.list_for(tx, workspace_id=yard.workspace.id, entity="system", entity_id=made.id)
        kinds = [event.kind for event in found]
        assert kinds == ["system.requested", "system.allowed", "system.rotated", "system.locked"]

    await db.write(check)


async def test_a_token_is_found_whatever_its_case_and_stored_nowhere(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        made = yard.system(token="{5D5EC66F-357D-4C2D-BBC1-2012278D2361}")
        assert made.token == TOKEN
        for text in (TOKEN, TOKEN.upper(), f" {TOKEN}\n", TOKEN.replace("-", "")):
            assert yard.known(text).id == made.id
        rows = [tx.all_of(Select(table, "*")) for table in ("systems", "system_tokens", "events", "audit")]
        assert TOKEN not in str(rows)
        assert TOKEN.replace("-", "") not in str(rows)
        assert made.id != TOKEN

    await db.write(check)


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "0", "0" * 32, "g" * 32, None, 5, "\0", "\u0665" * 32])
async def test_what_can_be_no_token(db: Database, token: Any) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        with pytest.raises(Denied) as denied:
            yard.known(token)
        assert denied.value.code == "unauthenticated"
        if token is not None:
            with pytest.raises(Invalid):
                yard.system(token=token)

    await db.write(check)


async def test_a_token_belongs_to_one_system_in_all_workspaces(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard, other = Yard(tx), Yard(tx)
        yard.system(token=TOKEN)
        second = other.system("Other").system
        with pytest.raises(AlreadyExists), tx.savepoint():
            other.system(token=TOKEN.upper())
        with pytest.raises(AlreadyExists), tx.savepoint():
            systems.rotate(tx, system_id=second.id, token=TOKEN, **other.by)
        assert yard.known(TOKEN).workspace_id == yard.workspace.id

    await db.write(check)


async def test_rotation_with_and_without_overlap(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        first = yard.system(token=TOKEN)
        second = systems.rotate(tx, system_id=first.id, overlap=60 * SECOND, **yard.by)
        assert yard.known(TOKEN, now=NOW + 59 * SECOND).id == yard.known(second.token).id == first.id
        with pytest.raises(Denied):
            yard.known(TOKEN, now=NOW + 60 * SECOND)
        # Back to the first while the overlap lasts.
        systems.rotate(tx, system_id=first.id, token=TOKEN, **yard.by)
        assert yard.known(TOKEN, now=NOW + 3600 * SECOND).id == first.id
        with pytest.raises(Denied):
            yard.known(second.token)

    await db.write(check)


async def test_a_token_that_expires(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        made = systems.connect(tx, name=None, expires_at=NOW + SECOND, **yard.by)
        assert yard.known(made.token).name == "elma"
        with pytest.raises(Denied):
            yard.known(made.token, now=NOW + SECOND)
        assert systems.connect(tx, name=None, expires_at=None, **yard.by).system.name == "elma-2"
        with pytest.raises(Invalid), tx.savepoint():
            systems.connect(tx, name="late", expires_at=NOW, **yard.by)

    await db.write(check)


async def test_a_pepper_is_replaced_without_an_outage(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        made = yard.system()
        access.tokens.use_pepper(b"another pepper")
        assert yard.known(made.token).id == made.id
        with pytest.raises(AlreadyExists), tx.savepoint():
            yard.system("Second", token=made.token)

    await db.write(check)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"processes": ["nothing"]}, "processes[0]"),
        ({"processes": "billing"}, "processes"),
        ({"processes": [5]}, "processes"),
        ({"networks": ["10.0.0.0/33"]}, "networks"),
        ({"networks": ["example.com"]}, "networks"),
        ({"file_hosts": ["http://a"]}, "file_hosts"),
        ({"file_hosts": ["a b"]}, "file_hosts"),
        ({"file_hosts": None}, "file_hosts"),
        ({"reads_all": 1}, "reads_all"),
        ({"private_targets": "yes"}, "private_targets"),
        ({"max_file_bytes": 0}, "max_file_bytes"),
        ({"max_file_bytes": True}, "max_file_bytes"),
        ({"description": 5}, "description"),
    ],
)
async def test_fields_that_cannot_be(db: Database, fields: dict[str, Any], field: str) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        made = yard.system().system
        for attempt in (
            lambda: yard.system("Second", **fields),
            lambda: systems.update(tx, system_id=made.id, fields=fields, **yard.by),
        ):
            with pytest.raises(Invalid) as invalid, tx.savepoint():
                attempt()
            assert invalid.value.field == field

    await db.write(check)


async def test_updates_change_what_is_given(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        made = yard.system(networks=["10.1.2.3/8", "fd00::1"], processes=["billing"]).system
        assert (made.networks, made.processes) == (("10.0.0.0/8", "fd00::1/128"), ("billing",))
        changed = systems.update(
            tx, system_id=made.id, name="ERP", fields={"networks": None, "file_hosts": ["*.Example.com"]}, **yard.by
        )
        assert (changed.name, changed.networks, changed.processes) == ("ERP", None, ("billing",))
        assert changed.file_hosts == ("*.example.com",)
        yard.system()
        with pytest.raises(AlreadyExists), tx.savepoint():
            systems.update(tx, system_id=made.id, name="BPM", fields={}, **yard.by)

    await db.write(check)


async def test_systems_are_found_by_name_and_state(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard, other = Yard(tx), Yard(tx)
        for name in ("c", "a", "b"):
            yard.system(name, state=State.REQUEST if name == "b" else State.ALLOWED)
        other.system("a")
        where: dict[str, Any] = {"workspace_id": yard.workspace.id}
        names = [system.name for system in systems.search(tx, **where)]
        assert names == ["a", "b", "c"]
        assert [system.name for system in systems.search(tx, **where, after="a", limit=1)] == ["b"]
        assert [system.name for system in systems.search(tx, **where, state=State.REQUEST)] == ["b"]
        assert [system.name for system in systems.search(tx, **where, text="C%")] == []
        with pytest.raises(NotFound):
            systems.get(tx, **where, system_id=systems.search(tx, workspace_id=other.workspace.id)[0].id)
        with pytest.raises(NotFound):
            systems.get(tx, **where, system_id="\0")

    await db.write(check)


async def test_many_wishes_make_one_set_each_with_its_own_answer(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        fields = {"parameters": [{"name": "Count", "type": "int"}]}
        automations.update(tx, label="billing", fields=fields, **yard.by)
        system, limited = yard.system().system, yard.system("Limited", processes=[]).system
        answers = yard.submit(
            yard.wish(system, values={"count": 1}),
            yard.wish(system, process="unknown"),
            yard.wish(system, values={"COUNT": "one"}),
            yard.wish(limited),
            yard.wish(system, version=7),
            yard.wish(system, version=1, priority=8),
        )
        kinds = [type(answer) for answer in answers]
        assert kinds == [Task, NotFound, Invalid, Denied, NotFound, Task]
        first, last = answers[0], answers[-1]
        assert isinstance(first, Task)
        assert isinstance(last, Task)
        assert (first.parameters, first.created_by, last.priority) == ({"Count": 1}, "system:BPM", 8)
        owners = [systems.started_by(tx, task_id=task.id) for task in (first, last)]
        assert [owner.id for owner in owners if owner] == [system.id, system.id]
        assert len(tasks.search(tx, workspace_id=yard.workspace.id)) == 2

    await db.write(check)


async def test_a_task_that_goes_takes_its_mark_along(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        (task,) = yard.submit(yard.wish(yard.system().system))
        assert isinstance(task, Task)
        tasks.cancel(tx, task_id=task.id, **yard.by)
        assert tasks.prune(tx, before=NOW + SECOND) == 1
        assert systems.started_by(tx, task_id=task.id) is None

    await db.write(check)


async def test_the_dialect_is_open_as_soon_as_there_is_a_system(db: Database) -> None:
    def check(tx: Tx) -> None:
        yard = Yard(tx)
        assert not access.dialect_enabled(tx, dialect="elma")
        yard.system(state=State.REQUEST)
        assert access.dialect_enabled(tx, dialect="elma")
        assert not access.dialect_enabled(tx, dialect="botvelocity")

    await db.write(check)


@pytest.mark.parametrize(
    ("versions", "numbers"),
    [(["1", "2", "3"], [1, 2, 3]), (["1.0.0", "1.0.1"], [1, 2]), (["7", "1.2"], [7, 2]), (["01", "0"], [1, 2])],
)
def test_versions_have_numbers(versions: list[str], numbers: list[int]) -> None:
    assert [number_of(version, place) for place, version in enumerate(versions, 1)] == numbers
    assert [version_called(versions, number) for number in numbers] == versions
    assert version_called(versions, 99) is None
