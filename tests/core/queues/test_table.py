"""Items as CSV, in both directions, and item ids as UUIDs."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core import queues
from botyard.core.queues import id_of, uuid_of
from botyard.storage import Database, Tx
from tests.support.queues import counts, make_queue, pull, push, report
from tests.support.work import NOW

SCHEMA = [{"label": "no", "type": "INTEGER", "unique": True}, {"label": "amount", "type": "double"}, {"label": "who"}]


def import_into(tx: Tx, /, queue: queues.Queue, text: str, **fields: Any) -> list[queues.Item]:
    """Import a table."""
    return queues.import_text(
        tx, workspace_id=queue.workspace_id, label=queue.label, text=text, actor="u", now=NOW, **fields
    )


class TestImport:
    @pytest.mark.parametrize(
        "text",
        [
            "no,amount,who,priority\n1,9.5,ACME,3\n2,,\n",
            "\ufeffno;amount;who;priority\r\n1;9.5;ACME;3\r\n\r\n2;;\r\n",
            'no\tamount\twho\tpriority\n"1"\t9.5\tACME\t3\n2\t\t',
        ],
    )
    async def test_makes_an_item_of_each_row(self, db: Database, text: str) -> None:
        items = await db.write(lambda tx: import_into(tx, make_queue(tx, schema=SCHEMA), text))

        assert [item.values for item in items] == [
            {"no": 1, "amount": 9.5, "who": "ACME"},
            {"no": 2, "amount": None, "who": ""},
        ]
        assert [(item.priority, item.unique_key) for item in items] == [(3, "1"), (0, "2")]

    @pytest.mark.parametrize(
        ("text", "part"),
        [
            ("", "empty"),
            ("a,a\n1,2", "same"),
            ("a,\n1,2", "no name"),
            ("a\n1,2\n", "Row 2"),
            ("no\nx\n", "row 2, no"),
            ("a,priority\n1,high\n", "row 2, priority"),
            ("a,priority\n1,11\n", "Priority 11"),
            ('a\n"unclosed', "comma-separated"),
        ],
    )
    async def test_refuses_a_table_as_a_whole_and_says_where(self, db: Database, text: str, part: str) -> None:
        queue = await db.write(make_queue, schema=SCHEMA)
        with pytest.raises(Invalid, match=part):
            await db.write(import_into, queue, text)
        assert await db.read(counts, queue) == {}

    async def test_obeys_unique_keys(self, db: Database) -> None:
        queue = await db.write(make_queue, schema=SCHEMA, unique_scope="always")
        await db.write(import_into, queue, "no\n1\n2\n")
        with pytest.raises(AlreadyExists):
            await db.write(import_into, queue, "no\n2\n3\n")
        await db.write(import_into, queue, "no\n2\n3\n", keep_existing=True)
        assert await db.read(counts, queue) == {"pending": 3}

    async def test_takes_more_rows_than_one_request_may_hold(self, db: Database) -> None:
        text = "n\n" + "".join(f"{number}\n" for number in range(2500))
        queue = await db.write(make_queue)
        assert len(await db.write(import_into, queue, text)) == 2500
        assert await db.read(counts, queue) == {"pending": 2500}


class TestExport:
    async def test_gives_every_item_once_and_disarms_formulas(self, db: Database) -> None:
        def scenario(tx: Tx) -> str:
            queue = make_queue(tx, schema=SCHEMA)
            push(tx, queue, {"no": 1, "who": "=1+1"}, {"no": -2, "who": 'a "b", c'}, ["odd"])
            report(tx, pull(tx, queue)[0], "error", message="@home")
            where: dict[str, Any] = {"workspace_id": queue.workspace_id, "label": queue.label}
            text, after = queues.export_rows(tx, **where, limit=2)
            while after is not None:
                part, after = queues.export_rows(tx, **where, after_id=after, limit=2)
                text += part
            return text

        rows = list(csv.DictReader(io.StringIO(await db.write(scenario), newline="")))

        assert [row["state"] for row in rows] == ["error", "pending", "pending"]
        assert [row["who"] for row in rows] == ["'=1+1", 'a "b", c', ""]
        assert [row["no"] for row in rows] == ["1", "-2", ""]
        assert rows[0]["message"] == "'@home"
        assert rows[0]["finished_at"] == "2023-11-14T22:13:20.000+00:00"
        assert rows[2]["values"] == '["odd"]'


@given(st.integers(0, 2**62 - 1))
def test_an_id_and_its_uuid_lead_to_each_other(item_id: int) -> None:
    text = uuid_of(item_id)
    assert id_of(text) == id_of(text.upper()) == item_id
    assert str(uuid.UUID(text)) == text
    assert uuid.UUID(text).version == 8


@pytest.mark.parametrize("text", ["", "7", "x" * 50, str(uuid.UUID(int=1)), "b07a2d00-0000-8000-0000-000000000001"])
def test_any_other_text_is_no_item(text: str) -> None:
    with pytest.raises(NotFound):
        id_of(text)
