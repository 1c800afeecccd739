"""Operations that the storage tests run; the table `workspaces` serves as a plain table with a unique label."""

from __future__ import annotations

import asyncio

from botyard.storage import Row, Select, Tx
from botyard.storage.sql import compile_query

INSERT = compile_query("INSERT INTO workspaces (label, name, created_at) VALUES (:label, :name, :now) RETURNING id")
RENAME = compile_query("UPDATE workspaces SET name = :name WHERE label = :label")
DELETE = compile_query("DELETE FROM workspaces WHERE label = :label")
LABELS = compile_query("SELECT label FROM workspaces ORDER BY label")
BY_LABEL = compile_query("SELECT id, label, name, created_at FROM workspaces WHERE label = :label")


class Refused(Exception):
    """What an operation of these tests raises on purpose."""


async def turn() -> None:
    """Let the tasks that were just made run up to where they wait."""
    await asyncio.sleep(0)


def add(tx: Tx, label: str, *, name: str = "x") -> int:
    row = tx.one(INSERT, label=label, name=name, now=1)
    assert row is not None
    return int(row["id"])


def add_then_refuse(tx: Tx, label: str) -> None:
    add(tx, label)
    raise Refused(label)


def rename(tx: Tx, label: str, name: str) -> int:
    return tx.run(RENAME, label=label, name=name)


def labels(tx: Tx) -> list[str]:
    return [row["label"] for row in tx.all(LABELS)]


def find(tx: Tx, label: str) -> Row | None:
    return tx.one(BY_LABEL, label=label)


def count(tx: Tx) -> int:
    return int(tx.all_of(Select("workspaces", "COUNT(*) AS total"))[0]["total"])
