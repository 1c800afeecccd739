"""docs/bot.md is true: its code runs, in order, with the files that it shows, and prints what it says."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from botyard import bot as module
from botyard.bot.folder import FOLDER
from tests.sdk.test_guide import promised

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "bot.md"
BLOCK = re.compile(r"(?:`(botyard-local/[\w./-]+)`[^`]*?\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str, str]]:
    """Return the blocks of the guide: the file that each is, if it is one, its language, its text."""
    return BLOCK.findall(GUIDE.read_text("utf-8"))


def test_the_code_of_the_guide_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["main.py"])
    names: dict[str, Any] = {"__name__": "guide"}
    handlers = [*logging.getLogger().handlers]
    for path, language, text in blocks():
        if path:
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        elif language == "python":
            exec(compile(text, str(GUIDE), "exec"), names)
            assert capsys.readouterr().out.splitlines() == promised(text), text
    logging.getLogger().handlers[:] = handlers
    module._bots.clear()
    told = (tmp_path / FOLDER / "log.txt").read_text()
    assert "INFO  Checking invoices month=2026-01" in told
    assert "WARN  Took long seconds=12.5 page=login" in told
    assert "ERROR Records of logging arrive as well" in told


def test_the_guide_shows_files_and_code() -> None:
    found = blocks()
    assert sum(bool(path) for path, _, _ in found) == 4
    assert sum(language == "python" for _, language, _ in found) > 10


def test_the_guide_names_everything_there_is() -> None:
    text = GUIDE.read_text("utf-8")
    classes = {"Bot", "Cache", "Context", "Item", "Log", "LogHandler", "Login", "NotInTask", "Queue", "Secret", "Span"}
    assert [name for name in module.__all__ if name not in classes and name not in text] == []
