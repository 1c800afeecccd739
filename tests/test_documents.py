"""The documents are complete: every setting, error code, event, command and route is described, and nothing else is."""

from __future__ import annotations

import ast
import functools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from botyard.base import exceptions
from botyard.base.settings import OTHER_VARIABLES, PREFIX, Settings
from botyard.storage import postgres as _postgres  # noqa: F401 - its errors are described too
from scripts import render
from tests.test_architecture import PACKAGE, ROOT, sources, tree

DOCS = ROOT / "docs"

ERRORS = {
    name: value
    for name, value in vars(exceptions).items()
    if isinstance(value, type) and issubclass(value, exceptions.BotyardError)
}
CLIENT_ERRORS = {"Unavailable"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
ENTITIES = {
    "action",
    "alert",
    "app",
    "artifact",
    "asset",
    "attempt",
    "automation",
    "credential",
    "connection",
    "folder",
    "integration",
    "item",
    "key",
    "package",
    "plugin",
    "plugin_interface",
    "queue",
    "runner",
    "schedule",
    "session",
    "system",
    "table",
    "task",
    "token",
    "user",
} | {
    "dialect",
    "error",
    "group",
    "logtable",
    "message",
    "login",
    "membership",
    "password",
    "permission",
    "workspace",
}
FILE_TYPES = {"py", "sql", "toml", "txt", "yaml", "zip"}
EVENT = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+")


def described(document: str, pattern: str) -> set[str]:
    """Return what a document describes: the first cell of its table rows, in code quotes."""
    text = (DOCS / document).read_text("utf-8")
    return set(re.findall(rf"^\| `({pattern})` \|", text, re.MULTILINE))


def test_every_setting_is_described() -> None:
    settings = {f"{PREFIX}{name.upper()}" for name in Settings.__struct_fields__} | OTHER_VARIABLES
    configuration = described("configuration.md", r"BOTYARD_\w+")
    assert configuration <= settings
    assert settings <= configuration | described("runner.md", r"BOTYARD_\w+")


def test_every_error_code_is_described() -> None:
    assert described("errors.md", r"[a-z_]+") == set(error_codes()) | set(codes_of("Reason"))


def test_every_log_event_is_described() -> None:
    assert described("events.md", EVENT.pattern.replace("(", "(?:")) == set(log_events()) | set(history_kinds())


def test_every_variable_mentioned_in_the_code_is_described() -> None:
    mentioned = {name for path in sources("src", "tests/support", "scripts") for name in variables(path)}
    known = (DOCS / "configuration.md").read_text("utf-8") + (DOCS / "runner.md").read_text("utf-8")
    assert sorted(name for name in mentioned if f"`{name}`" not in known) == []


@pytest.mark.parametrize("name", ["states.md", "routes.md", "commands.md", "api.md"])
def test_rendered_documents_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == render.documents()[name], "run `make docs`"


@pytest.mark.parametrize("path", sorted([*DOCS.rglob("*.md"), ROOT / "README.md"]), ids=lambda path: path.stem)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    assert [
        target for target in targets if target and "://" not in target and not (path.parent / target).exists()
    ] == []


@pytest.mark.parametrize("path", sorted((ROOT / "changelog.d").glob("*.md")), ids=lambda path: path.stem)
def test_changelog_fragments_are_named_by_kind(path: Path) -> None:
    assert path.name == "README.md" or re.fullmatch(
        r"[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md", path.name
    )


def calls(path: Path) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def error_codes() -> Iterator[str]:
    """Yield the default code of each error, and every code that is given where one is raised."""
    yield from (error.default_code for error in every_error(exceptions.BotyardError))
    yield from codes_of(*ERRORS, *CLIENT_ERRORS, "__init__")


def every_error(kind: type[exceptions.BotyardError]) -> Iterator[type[exceptions.BotyardError]]:
    """Yield our error classes, with those that the storage keeps to itself."""
    yield kind
    for special in kind.__subclasses__():
        if special.__module__.startswith("botyard."):
            yield from every_error(special)


def codes_of(*names: str) -> Iterator[str]:
    """Yield every text that is given as `code` where one of `names` is called."""
    for path in sources("src"):
        for call in calls(path):
            if called(call) in names:
                yield from (text for word in call.keywords if word.arg == "code" for text in texts(word.value))


def texts(value: ast.expr) -> Iterator[str]:
    """Yield the text constants an expression may have as its value."""
    if isinstance(value, ast.IfExp):
        yield from texts(value.body)
        yield from texts(value.orelse)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value


def log_events() -> Iterator[str]:
    """Yield the names of the events that the program logs; the client libraries log sentences for their users."""
    for path in sources("src"):
        for call in calls(path) if "sdk" not in path.parts else ():
            if called(call) in LEVELS and isinstance(call.func, ast.Attribute) and is_log(call.func.value):
                first = call.args[0]
                assert isinstance(first, ast.Constant), f"{path}:{call.lineno} logs something other than an event name"
                assert EVENT.fullmatch(str(first.value)), f"{path}:{call.lineno}: {first.value!r} is no event name"
                yield str(first.value)


def history_kinds() -> Iterator[str]:
    """Yield the kinds of the rows that the core writes to the history and the audit of a workspace."""
    for path in sources("src/botyard/core"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and EVENT.fullmatch(node.value):
                entity, _, verb = node.value.partition(".")
                if entity in ENTITIES and verb not in FILE_TYPES:
                    yield node.value


def is_log(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id.lstrip("_").lower() in {"log", "logger"}


def variables(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"^BOTYARD_[A-Z_]+$", node.value)


def test_the_package_holds_no_document() -> None:
    assert list(PACKAGE.rglob("*.md")) == []


@pytest.mark.parametrize("path", sorted([*DOCS.rglob("*.md"), ROOT / "README.md"]), ids=lambda path: path.stem)
def test_commands_in_code_blocks_exist(path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    assert [problem for words in lines if words for problem in problems_of(words)] == []


def problems_of(words: list[str]) -> Iterator[str]:
    """Yield what is wrong with a command line of ours; those of other programs are not looked at."""
    if words[0] == "make" and not re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE):
        yield f"make has no target {words[1]}"
    if words[0] != "botyard":
        return
    known = command_lines()
    name = next((name for name in known if " ".join(words).startswith(name)), None)
    if name is None:
        yield f"there is no command {' '.join(words[:3])}"
        return
    yield from (f"{name} has no option {word}" for word in words if word.startswith("--") and word not in known[name])


@functools.cache
def command_lines() -> dict[str, set[str]]:
    """Return every command with the options that it understands."""
    return dict(render.command_lines())
