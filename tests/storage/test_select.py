"""The builder of dynamic lists."""

from __future__ import annotations

import pytest

from botyard.storage import Database, Select
from tests.storage.operations import add

ALL = Select("workspaces w", "w.label")


def labels_of(rows: list[dict[str, object]]) -> list[object]:
    return [row["label"] for row in rows]


@pytest.fixture
async def filled(db: Database) -> Database:
    for label in ("a1", "a2", "a3", "b1", "50%"):
        await db.write(add, label, name=label.upper())
    return db


class TestSelect:
    async def test_joins_conditions_with_and(self, filled: Database) -> None:
        select = (
            ALL.where("w.label LIKE :pattern", pattern="a%").where("w.name <> :name", name="A2").order_by("w.label")
        )
        assert labels_of(await filled.read(lambda tx: tx.all_of(select))) == ["a1", "a3"]

    async def test_or_inside_a_condition_stays_inside(self, filled: Database) -> None:
        select = ALL.where("w.label = 'a1' OR w.label = 'b1'").where("w.name = 'B1'")
        assert labels_of(await filled.read(lambda tx: tx.all_of(select))) == ["b1"]

    async def test_keeps_rows_in_a_list(self, filled: Database) -> None:
        select = ALL.where_in("w.label", "label", ["b1", "50%", "nobody"]).order_by("w.label")
        assert labels_of(await filled.read(lambda tx: tx.all_of(select))) == ["50%", "b1"]

    async def test_an_empty_list_keeps_nothing(self, filled: Database) -> None:
        assert await filled.read(lambda tx: tx.all_of(ALL.where_in("w.label", "label", []))) == []

    async def test_pages(self, filled: Database) -> None:
        ordered = ALL.order_by("w.label DESC")
        assert labels_of(await filled.read(lambda tx: tx.all_of(ordered.limit(2)))) == ["b1", "a3"]
        assert labels_of(await filled.read(lambda tx: tx.all_of(ordered.limit(2, offset=2)))) == ["a2", "a1"]

    async def test_counts_up_to_a_cap(self, filled: Database) -> None:
        some = ALL.where("w.label LIKE 'a%'").order_by("w.label").limit(1)
        assert await filled.read(lambda tx: tx.all_of(some.count(100))) == [{"total": 3}]
        assert await filled.read(lambda tx: tx.all_of(some.count(2))) == [{"total": 2}]

    async def test_values_are_bound_and_never_part_of_the_text(self, filled: Database) -> None:
        select = ALL.where("w.label = :label", label="x' OR '1'='1")
        assert await filled.read(lambda tx: tx.all_of(select)) == []

    async def test_the_built_query_runs_with_its_parameters(self, filled: Database) -> None:
        select = ALL.where("w.label = :label", label="a1")
        assert await filled.read(lambda tx: tx.one(tx.build(select), **select.params)) == {"label": "a1"}

    def test_one_name_for_two_values_is_refused(self) -> None:
        with pytest.raises(ValueError, match="label"):
            ALL.where("w.label = :label", label="a").where("w.name = :label", label="b")

    def test_does_not_change_the_select_it_came_from(self) -> None:
        before = ALL.text()
        ALL.where("w.label = :label", label="a").limit(3)
        assert ALL.text() == before
