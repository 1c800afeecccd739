"""Lines that wait for the server."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from botyard.runner.spool import Spool
from botyard.wire import native as wire


def line(number: int, text: str = "text") -> wire.LogLine:
    """Return a line."""
    return (number, 1000 + number, "stdout", text)


def test_what_does_not_fit_in_memory_waits_in_a_file_and_comes_back_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "log", memory=1000)
    lines = [line(number, "x" * 50) for number in range(100)]
    assert all(spool.push(one) for one in lines)
    assert (tmp_path / "log").exists()
    received = []
    while head := spool.head(7, 1 << 20):
        received += head
        spool.drop(len(head))
    assert received == lines
    assert len(spool) == 0
    assert not (tmp_path / "log").exists()


def test_a_full_spool_refuses_lines_and_keeps_those_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "log", memory=300, disk=2000)
    taken = 0
    while spool.push(line(taken)):
        taken += 1
    assert not spool.push(line(taken))
    assert (tmp_path / "log").stat().st_size <= 2000
    received = []
    while head := spool.head(10, 1 << 20):
        received += [one[0] for one in head]
        spool.drop(len(head))
    assert received == list(range(taken))
    assert spool.push(line(0))


def test_a_disk_without_room_is_a_full_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "missing" / "log", memory=1)
    assert spool.push(line(1))
    assert not spool.push(line(2))


def test_a_head_is_bounded_by_bytes_too_but_never_empty(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "log")
    for number in range(3):
        spool.push(line(number, "x" * 5000))
    assert len(spool.head(200, 1)) == 1
    assert len(spool.head(200, 11_000)) == 2


@settings(deadline=None, max_examples=60)
@example(["", "", "", "", "", 4, "", 1, 1])
@given(st.lists(st.one_of(st.integers(1, 9), st.text(max_size=40)), max_size=60))
def test_it_is_a_queue_whatever_the_order_of_pushes_and_drops(tmp_path_factory: object, steps: list[int | str]) -> None:
    folder = tmp_path_factory.mktemp("spool")  # type: ignore[attr-defined]
    spool = Spool(folder / "log", memory=400)
    model: deque[wire.LogLine] = deque()
    for number, step in enumerate(steps):
        if isinstance(step, str):
            model.append(line(number, step))
            assert spool.push(model[-1])
        else:
            head = spool.head(step, 1 << 20)
            assert head == [model[at] for at in range(len(head))]
            assert bool(head) == bool(model)
            assert spool.exhausted_by(len(head)) == (len(head) == len(model))
            spool.drop(len(head))
            for _ in head:
                model.popleft()
    spool.close()
    assert not list(folder.iterdir())
