"""The pages about concepts are true: their code runs, in order, against a server, and prints what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sdk.test_guide import blocks, promised
from tests.support.processes import Server

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("tasks", "automations", "logs", "files", "alerts", "faults", "logtables", "history")


@pytest.mark.parametrize("page", PAGES)
def test_the_code_of_a_page_does_what_it_says(
    live: Server, key: str, page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOTYARD_SERVER", live.url)
    monkeypatch.setenv("BOTYARD_TOKEN", key)
    names: dict[str, Any] = {"__name__": page}
    parts = blocks(DOCS / f"{page}.md")
    assert parts
    for block in parts:
        exec(compile(block, page, "exec"), names)
        assert capsys.readouterr().out.splitlines() == promised(block), block
    names["yard"].close()
