"""What a bvproject.yaml may say."""

from __future__ import annotations

import pytest

from botyard.wire import bvproject
from botyard.wire.execution import execution_id

GOOD = """
project:
  name: order-agent_2
  version: 1.0.3
  description: Answers: no
  venv_dir: .venv
  python_version: 3.10
  entrypoints:
  - name: main
    command: main:main
    default: true
  dependencies:
  - bv-runtime
orchestrator: {url: x}
"""


def test_a_project_as_the_vendor_writes_it() -> None:
    found = bvproject.parse(GOOD.replace("Answers: no", '"Answers: no"').encode())
    assert found == bvproject.Project(
        name="order-agent_2",
        version="1.0.3",
        description="Answers: no",
        python_version="3.10",
        entrypoints=[bvproject.Entrypoint(name="main", command="main:main", default=True)],
        dependencies=["bv-runtime"],
    )
    assert found.default.name == "main"
    assert found.find("other") is None


def project(**changes: str) -> bytes:
    """Return a project with other lines in place of some of its own."""
    lines = {
        "name": "name: agent",
        "version": "version: 1.0.0",
        "type": "type: rpa",
        "entrypoints": 'entrypoints: [{name: a, command: "m:f", default: true}]',
    }
    return ("project:\n" + "".join(f"  {line}\n" for line in {**lines, **changes}.values())).encode()


@pytest.mark.parametrize(
    ("key", "line", "fault"),
    [
        ("name", "name: ''", "project.name"),
        ("name", "name: a/b", "project.name"),
        ("name", "name: [a]", "project.name"),
        ("version", "version: 1.0", "project.version"),
        ("version", "version: 01.0.0", "project.version"),
        ("version", f"version: 1.0.0-{'a' * 70}", "project.version"),
        ("type", "type: robot", "project.type"),
        ("entrypoints", "entrypoints: []", "project.entrypoints"),
        ("entrypoints", "entrypoints: {a: b}", "project.entrypoints"),
        ("entrypoints", "entrypoints: [a]", r"entrypoints\[0\]"),
        ("entrypoints", 'entrypoints: [{name: a, command: "m:f", default: maybe}]', "default must be"),
        ("entrypoints", 'entrypoints: [{name: a, command: "m:f"}]', "Exactly one"),
        ("entrypoints", 'entrypoints: [{name: a, command: "m", default: true}]', "command must be"),
        ("entrypoints", 'entrypoints: [{name: a, command: "../x.py", default: true}]', "command must be"),
        ("entrypoints", 'entrypoints: [{name: a, command: "m:f()", default: true}]', "command must be"),
        ("entrypoints", 'entrypoints: [{name: a, command: "m:f", workdir: /etc, default: true}]', "workdir must be"),
        ("entrypoints", 'entrypoints: [{name: a, command: "m:f", workdir: a/../.., default: true}]', "workdir must be"),
        (
            "entrypoints",
            'entrypoints: [{name: a, command: "m:f", default: true}, {name: a, command: "m:g"}]',
            "twice",
        ),
        ("dependencies", "dependencies: ['--index-url x']", "dependencies must hold"),
        ("dependencies", 'dependencies: ["a\\n--index-url x"]', "dependencies must hold"),
        ("dependencies", "dependencies: {a: b}", "dependencies must be"),
    ],
)
def test_a_fault_is_named(key: str, line: str, fault: str) -> None:
    with pytest.raises(bvproject.ProjectError, match=fault):
        bvproject.parse(project(**{key: line}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"project: 1",
        b"\xff",
        b"project: [",
        b"\x00",
        b"[" * 5000,
        b"? {a: b}\n: c",
        b"a: &a [*a]",
        b"project: !!python/object/apply:os.system [id]",
        b"x" * 70_000,
    ],
)
def test_what_is_no_project_is_refused(content: bytes) -> None:
    with pytest.raises(bvproject.ProjectError):
        bvproject.parse(content)


def test_values_are_texts_whatever_yaml_makes_of_them() -> None:
    found = bvproject.parse(project(type="description: 2026-01-01", python="python_version: ~"))
    assert (found.description, found.python_version, found.type) == ("2026-01-01", "", "rpa")


def test_an_attempt_has_one_execution_id() -> None:
    assert execution_id("a") == execution_id("a") != execution_id("b")
    assert len(execution_id("a")) == 36
