"""Lines out of bytes."""

from __future__ import annotations

import asyncio
import os
import time

from hypothesis import given
from hypothesis import strategies as st

from botyard.runner import capture
from botyard.runner.capture import LINE_BYTES, Pipe, Splitter


def split(*pieces: bytes) -> list[str]:
    """Return the lines of a stream that arrives in pieces."""
    lines: list[str] = []
    splitter = Splitter(lines.append)
    for piece in pieces:
        splitter.feed(piece)
    splitter.finish()
    return lines


def test_lines_end_with_a_newline_with_or_without_a_return() -> None:
    assert split(b"one\ntwo\r\n\nlast") == ["one", "two", "", "last"]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]))), st.integers(1, 7))
def test_the_pieces_in_which_output_arrives_do_not_matter(lines: list[str], size: int) -> None:
    whole = "".join(f"{line}\n" for line in lines).encode()
    assert split(*(whole[at : at + size] for at in range(0, len(whole), size))) == lines


@given(st.text(st.characters(min_codepoint=0x80, exclude_categories=["Cs"]), min_size=1), st.integers(1, 4))
def test_a_long_line_is_split_between_characters(text: str, more: int) -> None:
    line = text * (more * LINE_BYTES // len(text.encode()) + 1)
    parts = split(line.encode() + b"\nnext")
    assert "".join(parts[:-1]) == line
    assert parts[-1] == "next"
    assert all(len(part.encode()) <= LINE_BYTES for part in parts)


def test_what_is_not_text_is_shown_as_replaced() -> None:
    assert split(b"a\xff\0b\n") == ["a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"]


def test_a_line_without_end_is_not_collected_in_memory() -> None:
    lines: list[str] = []
    splitter = Splitter(lines.append)
    for _ in range(64):
        splitter.feed(b"x" * LINE_BYTES)
        assert len(splitter._rest) <= LINE_BYTES
    assert len(lines) == 63


async def test_a_fast_writer_is_slowed_down(monkeypatch: object) -> None:
    source, sink = os.pipe()
    lines: list[str] = []
    writing = asyncio.create_task(asyncio.to_thread(_write, sink, capture.BYTES_PER_SECOND * 3 // 2))
    began = time.monotonic()
    pipe = await Pipe.connect(os.fdopen(source, "rb", 0), lines.append, lambda: False)
    await pipe.ended
    await writing
    assert time.monotonic() - began > 0.4
    assert sum(map(len, lines)) == capture.BYTES_PER_SECOND * 3 // 2


async def test_a_crowded_log_slows_a_bot_down_but_never_stops_it() -> None:
    source, sink = os.pipe()
    lines: list[str] = []
    asked: list[float] = []

    def crowded() -> bool:
        asked.append(time.monotonic())
        return len(asked) < 5

    writing = asyncio.create_task(asyncio.to_thread(_write, sink, 300_000))
    pipe = await Pipe.connect(os.fdopen(source, "rb", 0), lines.append, crowded)
    await pipe.ended
    await writing
    assert sum(map(len, lines)) == 300_000
    assert asked[3] - asked[0] > 0.05


def _write(sink: int, count: int) -> None:
    with os.fdopen(sink, "wb", 0) as file:
        while count:
            count -= file.write(b"x" * min(count, 65536))
