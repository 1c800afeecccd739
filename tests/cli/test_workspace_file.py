"""A workspace file is plain YAML: every key has its line, and nothing in it can surprise."""

from __future__ import annotations

from pathlib import Path

import pytest

from botyard.cli import workspace_code, workspace_file
from botyard.sdk.errors import Refused

TEXT = """\
workspace: default
automations:
  - label: TestCI   # a comment
    parameters:
      - {name: a, type: int}
  - label: 2026-01-31
    priority: 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ws.yaml"


def test_values_and_lines_are_read(file: Path) -> None:
    file.write_text(TEXT)
    document, lines = workspace_file.read(file)
    assert document == {
        "workspace": "default",
        "automations": [
            {"label": "TestCI", "parameters": [{"name": "a", "type": "int"}]},
            {"label": "2026-01-31", "priority": 3},
        ],
    }
    assert {path: lines[path] for path in ("automations", "automations[0].parameters[0].type", "automations[1]")} == {
        "automations": 2,
        "automations[0].parameters[0].type": 5,
        "automations[1]": 6,
    }


def test_an_empty_file_declares_nothing(file: Path) -> None:
    file.write_text("# nothing yet\n")
    assert workspace_file.read(file) == ({}, {})


def test_aliases_are_followed(file: Path) -> None:
    file.write_text("a: &x [1, 2]\nb: *x\n")
    assert workspace_file.read(file)[0] == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [1, 2", 1),
        ("a: 1\na: 2\n", 2),
        ("- 1\n", 1),
        ("a: .inf\n", 1),
        ("a: !!python/object:os.system x\n", 1),
        ("a: 1\n? [x]\n: 2\n", 2),
        ("1: x\n", 1),
        ("a: &a [*a]\n", 1),
        ("a: !!int x\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("\tb: 1\n", 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(file: Path, text: str, line: int) -> None:
    file.write_text(text)
    with pytest.raises(Refused) as error:
        workspace_file.read(file)
    assert error.value.message.startswith(f"{file}:{line}: ")


def test_a_small_file_cannot_become_a_huge_one(file: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 12)]
    file.write_text("\n".join(rows))
    with pytest.raises(Refused, match="too many"):
        workspace_file.read(file)


def test_files_that_are_none_are_refused(file: Path) -> None:
    with pytest.raises(Refused, match="does not exist"):
        workspace_file.read(file)
    file.write_bytes(b"a: \xff\n")
    with pytest.raises(Refused, match="UTF-8"):
        workspace_file.read(file)
    file.write_bytes(b"a: '" + b"x" * 3_000_000 + b"'")
    with pytest.raises(Refused, match="larger"):
        workspace_file.read(file)


def test_code_of_plugins_is_read_from_beside_the_file(file: Path) -> None:
    (file.parent / "shop.py").write_text("A = 1\n")
    file.write_text("plugins:\n  interfaces:\n    - {namespace: a, code: shop.py}\n  implementations: x\n")
    document, lines = workspace_file.read(file)
    found = workspace_code.resolved(document, lines, file)
    assert found["plugins"] == {
        "interfaces": [{"namespace": "a", "code": {"path": "shop.py", "source": "A = 1\n"}}],
        "implementations": "x",
    }
    file.write_text("plugins:\n  implementations:\n    - code: missing.py\n")
    with pytest.raises(Refused) as error:
        workspace_code.resolved(*workspace_file.read(file), file)
    assert error.value.message.startswith(f"{file}:3: plugins.implementations[0].code: ")
    assert workspace_code.resolved({"plugins": [1]}, {}, file) == {"plugins": [1]}
