"""A bot that works with a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from botyard import bot as module
from botyard.bot.session import Bot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder that the bot of a test works with."""
    path = tmp_path / "botyard-local"
    path.mkdir()
    return path


@pytest.fixture
def bot(folder: Path) -> Iterator[Bot]:
    """Yield the bot of this process."""
    yield module.local(folder)
    module._bots.clear()


@pytest.fixture
def kept(folder: Path) -> Callable[[str], list[Any]]:
    """Return what reads a file of JSON lines of the folder."""

    def read(name: str) -> list[Any]:
        path = folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    return read
