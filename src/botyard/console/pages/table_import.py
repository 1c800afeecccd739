"""Rows from a CSV file: look at it, say which column is which, try it, and bring it in."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botyard.base.exceptions import BotyardError, Invalid, NotFound
from botyard.console import csvfile
from botyard.console.frame import page
from botyard.console.tableview import known, label_of, page_of
from botyard.console.wording import count_of
from botyard.core import rows
from botyard.core.tables import Table
from botyard.storage import Tx
from botyard.web import Form, Request, Response
from botyard.web.tables import in_app

_PREVIEW = 5
_MAX_FAULTS = 100
_DIGEST = re.compile(r"[0-9a-f]{64}")


async def form(request: Request) -> Response:
    """Show the form that takes a file."""
    return await _page(request)


async def look(request: Request) -> Response:
    """Show the first lines of a file, and which column each of its columns looks like."""
    sent = await request.form()
    try:
        digest = await _kept(request, sent)
        return await _page(request, await _text(request, digest), digest)
    except (Invalid, NotFound) as error:
        return await _page(request, error=error)


async def run(request: Request) -> Response:
    """Bring the rows in, batch by batch, or only try to."""
    sent = await request.form()
    digest = sent.text("file")
    try:
        text = await _text(request, digest)
    except (Invalid, NotFound) as error:
        return await _page(request, error=error)
    try:
        report = await _load(request, text, sent)
    except Invalid as error:
        return await _page(request, text, digest, sent=sent, error=error)
    return await _page(request, text, digest, sent=sent, report=report)


async def _kept(request: Request, sent: Form) -> str:
    """Put what was sent among the files, where it is found again for a while, and return its name there."""
    pasted = sent.text("text")
    if pasted.strip():
        blob = await request.blobs.put(_once(pasted.encode("utf-8", "replace")), limit=csvfile.MAX_FILE)
    else:
        blob = await request.blobs.put(sent.file("file").chunks(), limit=csvfile.MAX_FILE)
    return blob.digest


async def _once(content: bytes) -> Any:
    yield content


async def _text(request: Request, digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise Invalid("The file is not there.", hint="Choose it again.", field="file")
    return await csvfile.text_of(await _opened(request, digest))


async def _opened(request: Request, digest: str) -> Any:
    try:
        return await request.blobs.read(digest)
    except NotFound:
        raise Invalid("The file is not there any more.", hint="Choose it again.", field="file") from None


async def _load(request: Request, text: str, sent: Form) -> dict[str, Any]:
    """Write every batch that can be written and tell of the others."""
    head = csvfile.head_of(text)
    taken = [(at, sent.text(f"m.{at}")) for at in range(len(head)) if sent.text(f"m.{at}")]
    names = [name for _, name in taken]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice or not names:
        raise Invalid(
            f'"{twice}" is filled from two columns.' if twice else "No column of the file goes anywhere.",
            hint="Choose one column of the file for each field.",
        )
    dry = sent.text("mode") != "run"
    report: dict[str, Any] = {"dry": dry, "written": 0, "batches": 0, "refused": [], "faults": [], "lines": 0}
    batches = _batches(text, taken)
    while lines := await asyncio.to_thread(next, batches, None):
        done = await request.change(
            in_app,
            audit_action="rows.import",
            audit_target=f"{request.path['table'][:100]}: {len(lines)} lines",
            operation=rows.load_batch,
            table=request.path["table"],
            lines=lines,
            key=sent.text("key")[:200],
            dry=dry,
            workspace_id=request.caller.workspace_id,
            app=request.path["app"],
            actor=request.caller.actor,
            now=request.now,
        )
        report["batches"] += 1
        report["lines"] += len(lines)
        report["written"] += done.written
        if done.faults:
            report["refused"].append((lines[0][0], lines[-1][0], len(lines)))
            report["faults"] += done.faults
    report["more"] = max(len(report["faults"]) - _MAX_FAULTS, 0)
    report["faults"] = report["faults"][:_MAX_FAULTS]
    return report


def _batches(text: str, taken: list[tuple[int, str]]) -> Iterator[list[tuple[int, dict[str, str]]]]:
    lines = csvfile.lines_of(text)
    next(lines, None)
    while batch := list(itertools.islice(lines, rows.BATCH)):
        yield [(at, {name: cells[place] if place < len(cells) else "" for place, name in taken}) for at, cells in batch]


async def _page(
    request: Request,
    text: str | None = None,
    digest: str = "",
    *,
    sent: Form | None = None,
    error: BotyardError | None = None,
    report: dict[str, Any] | None = None,
) -> Response:
    preview = []
    if text is not None:
        preview = list(itertools.islice(csvfile.lines_of(text), _PREVIEW + 1))
        csvfile.head_of(text)
    context = await request.db.read(
        in_app,
        operation=_context,
        workspace_id=request.caller.workspace_id,
        app=request.path["app"],
        name=request.path["table"],
        preview=preview,
        sent=sent,
    )
    said = {"digest": digest, "error": error, "report": report, "answer": _answer(report)}
    status = 400 if error else 200
    return page(request, "pages/table_import.html", section="/tables", block="main", status=status, **context, **said)


def _context(
    tx: Tx, *, workspace_id: int, app_id: int, name: str, preview: list[tuple[int, list[str]]], sent: Form | None
) -> dict[str, Any]:
    _, table = known(tx, workspace_id=workspace_id, app_id=app_id, name=name)
    own = {field.column.name: label_of(field, field.name) for field in table.definition.fields if field.column}
    head = [cell.strip()[:120] for cell in preview[0][1]] if preview else []
    chosen = [sent.text(f"m.{at}") if sent else _likely(cell, own) for at, cell in enumerate(head)]
    return {
        "table": table,
        "href": page_of(app_id, table.name),
        "own": own,
        "head": list(enumerate(zip(head, chosen, strict=True))),
        "lines": preview[1:],
        "key": sent.text("key") if sent else "",
        "keys": [rule.name for rule in _keys(table)],
        "batch": rows.BATCH,
    }


def _keys(table: Table) -> list[Any]:
    return [rule for rule in table.constraints if "id" not in rule.columns]


def _likely(cell: str, own: Mapping[str, str]) -> str:
    """Return the field that a column of a file is most likely for, by its name or by what people read for it."""

    def plain(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    wanted = plain(cell)
    for name, label in own.items():
        if wanted and wanted in (plain(name), plain(name).removesuffix("id"), plain(label)):
            return name
    return ""


def _answer(report: dict[str, Any] | None) -> str:
    if report is None:
        return "One row for each line of a CSV file. The first line names its columns."
    word = "would come" if report["dry"] else "came"
    said = f"{count_of(report['written'], 'row')} of {report['lines']} {word} from the file."
    if report["refused"]:
        return f"{said} {count_of(len(report['refused']), 'batch')} {'would be' if report['dry'] else 'was'} refused."
    return said
