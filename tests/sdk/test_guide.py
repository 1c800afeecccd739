"""docs/sdk.md is true: its code runs, in order, against a server, and prints what it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from botyard.sdk.catalogue import Concepts
from tests.sdk.conftest import key_of, running
from tests.support.processes import Server

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "sdk.md"


def blocks(page: Path = GUIDE) -> list[str]:
    """Return the Python of a page, block by block."""
    return re.findall(r"^```python\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def promised(block: str) -> list[str]:
    """Return the lines that a block says it prints."""
    said = re.findall(r"# → (.*)$", block, re.MULTILINE)
    return [line for each in said for line in each.split(" → ")]


@pytest.fixture
def alone(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    """Yield a server in which there is nothing yet: the guide counts what it makes."""
    with running(tmp_path_factory, sqlite_template) as server:
        yield server


def test_the_code_of_the_guide_does_what_it_says(
    alone: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOTYARD_SERVER", alone.url)
    monkeypatch.setenv("BOTYARD_TOKEN", key_of(alone))
    names: dict[str, Any] = {"__name__": "guide"}
    for block in blocks():
        exec(compile(block, str(GUIDE), "exec"), names)
        assert capsys.readouterr().out.splitlines() == promised(block), block
    names["yard"].close()


def test_the_guide_names_every_group() -> None:
    text = GUIDE.read_text("utf-8")
    named = re.findall(r"^\| `(\w+)` \| ", text[text.index("## Everything there is") :], re.MULTILINE)
    assert sorted(named) == sorted(name for name, value in vars(Concepts).items() if hasattr(value, "func"))


def test_every_error_of_the_guide_is_there() -> None:
    from botyard.sdk import errors

    text = GUIDE.read_text("utf-8")
    table = text[text.index("| error | means |") : text.index("All of them are")]
    named = set(re.findall(r"`(\w+)`", table)) | {"CallError"}
    assert named == {name for name, value in vars(errors).items() if isinstance(value, type)}


def test_the_code_of_the_guide_is_whole() -> None:
    assert len(blocks()) > 10
    for block in blocks():
        ast.parse(block)
