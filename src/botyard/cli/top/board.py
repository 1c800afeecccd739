"""What the board shows: one look at a workspace, and how it is laid out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from botyard.cli.nouns import shown

if TYPE_CHECKING:
    from rich.console import RenderableType

    from botyard.sdk import Botyard
    from botyard.wire.native import TaskView
    from botyard.wire.queues import QueueView
    from botyard.wire.records import ErrorGroupView
    from botyard.wire.workspace import RunnerView

_MANY = 20
_FAILED = ("error", "abandoned", "timeout")


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """One look: the newest of each kind, up to twenty."""

    running: list[Any]
    queued: list[Any]
    queues: list[Any]
    runners: list[Any]
    faults: list[Any]


def look(yard: Botyard) -> Board:
    """Return what goes on now."""
    return Board(
        running=_few(yard.tasks.list(state="running", limit=_MANY)),
        queued=_few(yard.tasks.list(state="queued", limit=_MANY)),
        queues=_few(yard.queues.list(limit=_MANY)),
        runners=_few(yard.runners.list()),
        faults=_few(yard.error_groups.list(state="open", limit=_MANY)),
    )


def _few(found: Iterable[Any]) -> list[Any]:
    return list(islice(found, _MANY))


def frame(board: Board, *, height: int, server: str = "") -> RenderableType:
    """Lay a look out for a terminal of some height; what does not fit is counted."""
    from rich.console import Group
    from rich.text import Text

    parts = [
        _section("Running", ("Task", "Automation", "Runner", "Since"), [_running(one) for one in board.running]),
        _section("Queued", ("Task", "Automation", "Priority", "Since"), [_queued(one) for one in board.queued]),
        _section("Queues", ("Queue", "Pending", "Processing", "Failed"), [_queue(one) for one in board.queues]),
        _section("Runners", ("Runner", "Label", "Slots", "State"), [_runner(one) for one in board.runners]),
        _section("Faults", ("Fault", "Automation", "Times", "Last"), [_fault(one) for one in board.faults]),
    ]
    counts = [len(found) for found in (board.running, board.queued, board.queues, board.runners, board.faults)]
    head = Text(f"{server}  {len(board.running)} running, {len(board.queued)} queued".strip(), style="bold")
    return Group(head, *(part(room) for part, room in zip(parts, rooms(counts, height), strict=True)))


def rooms(counts: Sequence[int], height: int) -> list[int]:
    """Return how many rows of each section fit: at least one, then in turns for those that have more."""
    found = [min(1, count) for count in counts]
    growing = True
    while growing:
        growing = False
        for number, count in enumerate(counts):
            more = [*found[:number], found[number] + 1, *found[number + 1 :]]
            if found[number] < count and _lines(counts, more) <= height - 1:
                found, growing = more, True
    return found


def _lines(counts: Sequence[int], found: Sequence[int]) -> int:
    """Return how many lines that takes, with a blank, a title and headings for each, and what says how many more."""
    return 1 + sum(3 + max(room, 0) + (room < count) for count, room in zip(counts, found, strict=True))


def _section(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    def drawn(room: int) -> Any:
        name = Text(f"\n{title}", style="bold cyan")
        if not rows:
            return Group(name, Text("none", style="dim"))
        table = Table(box=None, pad_edge=False, show_header=True, header_style="dim", expand=True)
        for number, heading in enumerate(headings):
            table.add_column(heading, no_wrap=True, overflow="ellipsis", ratio=(2, 4, 2, 3)[number])
        for row in rows[:room]:
            table.add_row(*(Text(cell) for cell in row))
        more = len(rows) - room
        return Group(name, table, *([Text(f"and {more} more", style="dim")] if more > 0 else []))

    return drawn


def _running(task: TaskView) -> list[str]:
    return [str(task.id), shown.cell(task.automation), shown.cell(task.runner), shown.cell(task.started_at)]


def _queued(task: TaskView) -> list[str]:
    return [str(task.id), shown.cell(task.automation), str(task.priority), shown.cell(task.created_at)]


def _queue(queue: QueueView) -> list[str]:
    label = queue.label if queue.active else f"{queue.label} (paused)"
    failed = sum(queue.counts.get(state, 0) for state in _FAILED)
    waiting, held = (queue.counts.get(state, 0) for state in ("pending", "processing"))
    return [shown.cell(label), str(waiting), str(held), str(failed)]


def _runner(runner: RunnerView) -> list[str]:
    state = "draining" if runner.draining else "online" if runner.online else f"lost {shown.ago(runner.seen_at)}"
    return [shown.cell(runner.name), shown.cell(runner.label), f"{runner.busy}/{runner.slots}", state]


def _fault(fault: ErrorGroupView) -> list[str]:
    return [shown.cell(fault.type), shown.cell(fault.automation), str(fault.total), shown.cell(fault.last_seen)]
