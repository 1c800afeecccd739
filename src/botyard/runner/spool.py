"""Log lines on their way to the server: a queue in memory that overflows into a file, both of bounded size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from botyard.wire import native as wire

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(wire.LogLine).decode
#: What one line costs in memory beside its text.
_OVERHEAD = 120


class Spool:
    """A first-in-first-out queue of log lines.

    Up to `memory` bytes are held in memory. While the server does not take them, the rest waits in the file, up to
    `disk` bytes; `push` then refuses. The file belongs to the spool and is removed when it has been emptied.
    """

    def __init__(self, path: Path, *, memory: int = 2 << 20, disk: int = 64 << 20) -> None:
        self._path = path
        self._memory = memory
        self._disk = disk
        self._lines: deque[wire.LogLine] = deque()
        self._held = 0
        self._file: BinaryIO | None = None
        self._read_at = 0
        self._write_at = 0

    def __len__(self) -> int:
        """Return how many bytes wait."""
        return self._held + self._write_at - self._read_at

    def push(self, line: wire.LogLine) -> bool:
        """Take a line. False means that the spool is full and the line was not taken."""
        if self._file is None and self._held < self._memory:
            self._lines.append(line)
            self._held += _cost(line)
            return True
        record = _encode(line) + b"\n"
        if self._write_at + len(record) > self._disk:
            return False
        try:
            file = self._file or self._path.open("w+b")
            self._file = file
            file.seek(self._write_at)
            file.write(record)
        except OSError:
            return False  # no room on the disk is the same as no room in the spool
        self._write_at += len(record)
        return True

    def head(self, lines: int, size: int) -> list[wire.LogLine]:
        """Return the oldest lines without taking them off: at most `lines`, of about `size` bytes together."""
        if not self._lines:
            self._refill()
        chosen: list[wire.LogLine] = []
        for line in self._lines:
            if len(chosen) == lines or (chosen and size < _cost(line)):
                break
            size -= _cost(line)
            chosen.append(line)
        return chosen

    def drop(self, count: int) -> None:
        """Take the oldest `count` lines off, as returned by `head`."""
        for _ in range(count):
            self._held -= _cost(self._lines.popleft())

    def exhausted_by(self, count: int) -> bool:
        """Say whether nothing is left once the oldest `count` lines are taken off."""
        return count == len(self._lines) and self._file is None

    def close(self) -> None:
        """Forget everything that waits."""
        self._lines.clear()
        self._held = 0
        self._forget_file()

    def _refill(self) -> None:
        for line in self._stored():
            self._lines.append(line)
            self._held += _cost(line)
            if self._held >= self._memory // 2:
                break
        if self._read_at >= self._write_at:
            # Also when the memory was full with the very last line: an empty file would hide the end.
            self._forget_file()

    def _stored(self) -> Iterator[wire.LogLine]:
        if self._file is None:
            return
        self._file.seek(self._read_at)
        while self._read_at < self._write_at:
            record = self._file.readline()
            self._read_at += len(record)
            yield _decode(record)

    def _forget_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)
        self._read_at = self._write_at = 0


def _cost(line: wire.LogLine) -> int:
    return len(line[3]) + _OVERHEAD
