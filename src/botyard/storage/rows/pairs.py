"""Pairs of rows that a third table holds: made and taken away, each end held to the organization."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.storage.rows import values
from botyard.storage.rows.model import Link, Source
from botyard.storage.rows.statement import Statement, quoted
from botyard.storage.tx import Tx


def pair(
    tx: Tx, source: Source, link: Link, row_id: str, others: Sequence[tuple[str, str]], *, organization: int
) -> list[str]:
    """Link a row with others, each given with the id of the new pair; return the ids of those it was not linked with.

    Rows of another organization, and those that are not there, are passed over.
    """
    through, statement = link.through, Statement(tx.backend, organization)
    if through is None or not others:
        return []
    sent = statement.keep(values.json_text([list(each) for each in others]))
    row = statement.bind("uuid", row_id)
    cells = [f"json_extract(sent.value, '$[{at}]')" for at in (0, 1)]
    listed = f"json_each(:{sent}) sent"
    if not statement.sqlite:
        cells = [f"CAST(sent.value ->> {at} AS uuid)" for at in (0, 1)]
        listed = f"jsonb_array_elements(CAST(:{sent} AS jsonb)) sent"
    other = quoted(through.other)
    text = (
        f"INSERT INTO {quoted(through.table)} ({quoted('id')}, {quoted(through.own)}, {other})"  # noqa: S608
        f" SELECT {cells[0]}, {row}, t.{quoted(link.other)} FROM {listed}"
        f" JOIN {quoted(link.target.table)} t ON t.{quoted(link.other)} = {cells[1]}"
        f" WHERE {statement.own('t', link.target)} AND {_there(statement, source, link, row)}"
        f" ON CONFLICT ({quoted(through.own)}, {other}) DO NOTHING"
        f" RETURNING {values.shown(tx.backend, 'uuid', other)} AS id"
    )
    return [found["id"] for found in tx.all(statement.query(text), **statement.params)]


def part(tx: Tx, source: Source, link: Link, row_id: str, others: Sequence[str], *, organization: int) -> list[str]:
    """Take the links of a row with others away and return the ids of those that it was linked with."""
    through, statement = link.through, Statement(tx.backend, organization)
    if through is None or not others:
        return []
    row = statement.bind("uuid", row_id)
    other = quoted(through.other)
    among = f"{'IN' if statement.sqlite else '= ANY'} {statement.bind_many('uuid', list(others))}"
    text = (
        f"DELETE FROM {quoted(through.table)} WHERE {quoted(through.own)} = {row} AND {other} {among}"  # noqa: S608
        f" AND {_there(statement, source, link, row)} RETURNING {values.shown(tx.backend, 'uuid', other)} AS id"
    )
    return [found["id"] for found in tx.all(statement.query(text), **statement.params)]


def _there(statement: Statement, source: Source, link: Link, row: str) -> str:
    """Return the condition that the row whose links change is the organization's own."""
    held = f"o.{quoted(link.own)} = {row} AND {statement.own('o', source)}"
    return f"EXISTS (SELECT 1 FROM {quoted(source.table)} o WHERE {held})"  # noqa: S608 -- names of the catalogue
