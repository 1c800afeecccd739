"""Automations are made, changed, deployed to and found, each in its own workspace."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import automations, events, packages
from botyard.core.automations import Automation, Deployment
from botyard.storage import Database
from tests.support.work import NOW, make_workspace


@pytest.fixture
async def workspace_id(db: Database) -> int:
    return (await db.write(make_workspace)).id


async def create(db: Database, workspace_id: int, label: str, **fields: Any) -> Automation:
    return await db.write(
        automations.create, workspace_id=workspace_id, label=label, fields=fields, actor="user:ann", now=NOW
    )


async def update(db: Database, workspace_id: int, label: str, **fields: Any) -> Automation:
    return await db.write(
        automations.update, workspace_id=workspace_id, label=label, fields=fields, actor="user:ann", now=NOW + 1
    )


async def deploy(db: Database, workspace_id: int, label: str, digest: str) -> Deployment:
    return await db.write(
        automations.deploy,
        workspace_id=workspace_id,
        label=label,
        manifest=packages.Manifest(dialect="plain", entry="main.py"),
        digest=digest,
        size=1,
        version=None,
        actor="user:ann",
        now=NOW,
    )


async def test_an_automation_may_exist_without_a_package(db: Database, workspace_id: int) -> None:
    made = await create(db, workspace_id, "TestCI", name="CI sample")
    assert (made.label, made.name, made.package_version, made.max_attempts) == ("TestCI", "CI sample", None, 3)
    assert await db.read(automations.get_by_id, workspace_id=workspace_id, automation_id=made.id) == made


async def test_the_label_is_the_name_where_none_is_given(db: Database, workspace_id: int) -> None:
    assert (await create(db, workspace_id, "TestCI")).name == "TestCI"


async def test_a_label_is_unique_in_its_workspace_only(db: Database, workspace_id: int) -> None:
    await create(db, workspace_id, "TestCI")
    with pytest.raises(AlreadyExists):
        await create(db, workspace_id, "TestCI")
    other = (await db.write(make_workspace)).id
    await create(db, other, "TestCI")


async def test_an_unknown_label_is_answered_with_the_closest(db: Database, workspace_id: int) -> None:
    await create(db, workspace_id, "invoices")
    with pytest.raises(NotFound) as error:
        await db.read(automations.get, workspace_id=workspace_id, label="invoice")
    assert "invoices" in error.value.hint


async def test_an_automation_of_another_workspace_is_not_found(db: Database, workspace_id: int) -> None:
    made = await create(db, workspace_id, "TestCI")
    other = (await db.write(make_workspace)).id
    assert await db.read(automations.find, workspace_id=other, label="TestCI") is None
    with pytest.raises(NotFound):
        await db.read(automations.get_by_id, workspace_id=other, automation_id=made.id)


async def test_labels_that_cannot_be_in_an_address_are_refused(db: Database, workspace_id: int) -> None:
    cases: list[str] = ["", "  ", "a/b", "a\\b", "a?b", "a#b", "50%", "..", "a\nb", "a\0b", "x" * 101]
    for label in cases:
        with pytest.raises(Invalid) as error:
            await create(db, workspace_id, label)
        assert error.value.field == "label"


async def test_fields_out_of_bounds_are_refused_by_name(db: Database, workspace_id: int) -> None:
    cases: list[tuple[str, object]] = [
        ("priority", 11),
        ("priority", -1),
        ("priority", True),
        ("priority", "5"),
        ("max_attempts", 0),
        ("grace_seconds", 3601),
        ("on_lost", "explode"),
        ("name", ""),
        ("name", 5),
        ("folder", None),
        ("description", "x" * 4001),
        ("runner_label", ""),
        ("uses", {"queues": ["a/b"]}),
        ("uses", {"tables": []}),
        ("uses", []),
    ]
    for field, value in cases:
        with pytest.raises(Invalid) as error:
            await create(db, workspace_id, "TestCI", **{field: value})
        assert str(error.value.field).startswith(field)


async def test_wrong_parameters_are_refused_by_their_place(db: Database, workspace_id: int) -> None:
    cases: list[tuple[object, str]] = [
        ({}, "parameters"),
        (["x"], "parameters[0]"),
        ([{}], "parameters[0].name"),
        ([{"name": "a", "type": "text"}], "parameters[0].type"),
        ([{"name": "a", "scope": "in"}], "parameters[0].scope"),
        ([{"name": "a", "array": 1}], "parameters[0].array"),
        ([{"name": "a", "colour": 1}], "parameters[0].colour"),
        ([{"name": "a"}, {"name": "a"}], "parameters[1].name"),
        ([{"name": f"p{number}"} for number in range(201)], "parameters"),
    ]
    for parameters, field in cases:
        with pytest.raises(Invalid) as error:
            await create(db, workspace_id, "TestCI", parameters=parameters)
        assert error.value.field == field


async def test_declared_parameters_are_stored_whole(db: Database, workspace_id: int) -> None:
    made = await create(db, workspace_id, "TestCI", parameters=[{"name": "amount", "type": "int"}, {"name": "note"}])
    assert made.parameters == [
        {"name": "amount", "type": "int", "scope": "In", "array": False},
        {"name": "note", "type": "string", "scope": "In", "array": False},
    ]


async def test_an_update_changes_only_what_it_names(db: Database, workspace_id: int) -> None:
    before = await create(db, workspace_id, "TestCI", priority=3, name="CI")
    after = await update(db, workspace_id, "TestCI", priority=7)
    assert (after.priority, after.name, after.updated_at) == (7, "CI", NOW + 1)
    assert after.created_at == before.created_at


async def test_an_update_to_the_same_values_leaves_no_trace(db: Database, workspace_id: int) -> None:
    before = await create(db, workspace_id, "TestCI", priority=3)
    assert await update(db, workspace_id, "TestCI", priority=3) == before
    history = await db.read(events.list_for, workspace_id=workspace_id, entity="automation", entity_id=before.id)
    assert [event.kind for event in history] == ["automation.created"]


async def test_a_deploy_makes_the_automation_and_releases_the_package(db: Database, workspace_id: int) -> None:
    done = await deploy(db, workspace_id, "invoices", "1" * 64)
    assert (done.automation.package_version, done.automation.package_dialect, done.created) == ("1", "plain", True)
    done = await deploy(db, workspace_id, "invoices", "2" * 64)
    assert (done.automation.package_version, done.automation.package_digest) == ("2", "2" * 64)


async def test_deploying_old_bytes_again_releases_them_again(db: Database, workspace_id: int) -> None:
    for digest in ("1" * 64, "2" * 64):
        await deploy(db, workspace_id, "invoices", digest)
    back = await deploy(db, workspace_id, "invoices", "1" * 64)
    assert (back.version.version, back.created, back.automation.package_version) == ("1", False, "1")


async def test_the_list_goes_on_after_a_label(db: Database, workspace_id: int) -> None:
    for label in ("b", "a", "c"):
        await create(db, workspace_id, label)
    first = await db.read(automations.search, workspace_id=workspace_id, limit=2)
    rest = await db.read(automations.search, workspace_id=workspace_id, limit=2, after=first[-1].label)
    assert [found.label for found in first + rest] == ["a", "b", "c"]


async def test_the_text_of_a_search_is_taken_literally(db: Database, workspace_id: int) -> None:
    cases: list[tuple[str, list[str]]] = [("INV", ["invoices"]), ("50_", ["x 50_"]), ("\\", []), ("zz", [])]
    for label in ("invoices", "x 50_", "x 501"):
        await create(db, workspace_id, label)
    for text, labels in cases:
        found = await db.read(automations.search, workspace_id=workspace_id, text=text)
        assert [automation.label for automation in found] == labels
