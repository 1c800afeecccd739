"""Type checkers understand the SDK: what users write, in scripts and event loops, and what they get wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.test_guide import blocks as bot_blocks
from tests.sdk.test_guide import blocks

CODE = Path(__file__).parent / "user_code"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def objections(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, int, str]]:
    """Return the file, line and code of everything that mypy objects to, as strict as it can be."""
    folder = tmp_path_factory.mktemp("mypy")
    (folder / "guide.py").write_text("\n".join(blocks()), "utf-8")
    of_bots = [text for path, language, text in bot_blocks() if language == "python" and not path]
    (folder / "bot_guide.py").write_text("\n".join(of_bots), "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context"),
            *("--config-file=", "--follow-imports", "silent"),
            *("--cache-dir", str(ROOT / ".mypy_cache" / "user_code")),
            *(str(CODE / name) for name in ("right.py", "wrong.py")),
            *("guide.py", "bot_guide.py"),
        ],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    found = re.findall(r"^\S*?(\w+\.py):(\d+): error: .*\[([\w-]+)\]$", done.stdout, re.MULTILINE)
    assert len(found) == done.stdout.count("error:"), done.stdout
    return {(name, int(line), code) for name, line, code in found}


def test_what_users_write_has_the_types_that_they_expect(objections: set[tuple[str, int, str]]) -> None:
    assert {each for each in objections if each[0] != "wrong.py"} == set()


def test_what_users_get_wrong_is_found(objections: set[tuple[str, int, str]]) -> None:
    lines = (CODE / "wrong.py").read_text("utf-8").splitlines()
    expected = {
        ("wrong.py", number, code)
        for number, line in enumerate(lines, start=1)
        for code in re.findall(r"# error: ([\w-]+)", line)
    }
    assert objections >= expected
    assert {each for each in objections if each[0] == "wrong.py"} == expected
