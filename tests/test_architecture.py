"""Rules about the shape of the code that no off-the-shelf tool checks. docs/architecture.md says why they exist.

An exception is an entry in one of the tables below, with its reason; it is made in the commit that needs it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "botyard"
CORE = PACKAGE / "core"

LOCKS = sorted([*(ROOT / "requirements").rglob("*.txt"), *(ROOT / "examples").rglob("*.lock")])

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
MAX_HANDLER_LINES = 15
MAX_IMPORTED_PACKAGES = 7

FORBIDDEN_NAMES = re.compile(r"^(utils?|helpers?|common|misc|managers?)$")
SQL = re.compile(r"\b(SELECT\s[\s\S]*\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\s")

#: File or function (path::name) → why it may be longer, import more, or do more.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
GIVEN_NAMES: dict[str, str] = {
    "src/botyard/sdk/maestro_client/helpers.py": "users of the vendor's package import from a module of this name",
}
WIDE_IMPORTS: dict[str, str] = {
    "src/botyard/console/pages/task.py": "the page of a task shows every concept that a task has something of",
    "src/botyard/protocols/native/tasks.py": "the routes below a task answer for all that belongs to it",
    "src/botyard/server/loops.py": "the loops look after every concept that needs looking after",
    "src/botyard/server/mounts.py": "the list of every protocol",
    "src/botyard/protocols/native/views.py": "one conversion per concept that the protocol shows, and nothing else",
}
LONG_HANDLERS: dict[str, str] = {}
SEVERAL_OPERATIONS: dict[str, str] = {}


@cache
def sources(*folders: str) -> tuple[Path, ...]:
    return tuple(sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function has below its signature and docstring."""
    statements = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def unexplained(found: dict[str, object], allowed: dict[str, str]) -> list[str]:
    """What is over a limit without a reason, and reasons that nothing needs any more."""
    over = [f"{name}: {detail}" for name, detail in sorted(found.items()) if name not in allowed]
    return over + [f"{name}: the exception is no longer needed" for name in allowed if name not in found]


class TestSize:
    def test_no_file_is_longer_than_the_limit(self) -> None:
        lengths = {
            short(path): len(path.read_text("utf-8").splitlines()) for path in sources("src", "tests", "scripts")
        }
        found: dict[str, object] = {name: f"{n} lines" for name, n in lengths.items() if n > MAX_FILE_LINES}
        assert unexplained(found, LONG_FILES) == []

    def test_no_function_is_longer_than_the_limit(self) -> None:
        found: dict[str, object] = {
            f"{short(path)}::{node.name}": f"{lines_of(node)} lines"
            for path in sources("src", "tests", "scripts", "examples")
            for node in functions(path)
            if lines_of(node) > MAX_FUNCTION_LINES
        }
        assert unexplained(found, LONG_FUNCTIONS) == []


class TestNames:
    def test_no_module_is_a_drawer_for_odds_and_ends(self) -> None:
        names = {
            short(path): path.relative_to(PACKAGE).with_suffix("").parts
            for path in sources("src")
            if any(FORBIDDEN_NAMES.match(part) for part in path.relative_to(PACKAGE).with_suffix("").parts)
        }
        assert unexplained(dict(names), GIVEN_NAMES) == []

    def test_every_package_says_what_it_is(self) -> None:
        silent = [short(path) for path in PACKAGE.rglob("__init__.py") if not ast.get_docstring(tree(path))]
        assert silent == []

    def test_every_folder_with_code_is_a_package(self) -> None:
        folders = {path.parent for path in sources("src") if path.parent != PACKAGE.parent}
        assert [short(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


class TestImports:
    def test_a_concept_uses_another_only_through_its_face(self) -> None:
        found = []
        for path in CORE.rglob("*.py"):
            own = path.relative_to(CORE).parts[0]
            for module in imported(path):
                parts = module.split(".")
                if parts[:2] == ["botyard", "core"] and len(parts) > 3 and parts[2] != own and is_inside(module):
                    found.append(f"{short(path)} reaches into {module}")
        assert found == []

    def test_a_module_imports_from_few_of_our_packages(self) -> None:
        found: dict[str, object] = {}
        for path in sources("src"):
            own = {None, "botyard.base", our_package(module_name(path))}  # base is everybody's vocabulary
            packages = {our_package(module) for module in imported(path)} - own
            if len(packages) > MAX_IMPORTED_PACKAGES:
                found[short(path)] = f"imports {len(packages)} packages: {', '.join(sorted(map(str, packages)))}"
        assert unexplained(found, WIDE_IMPORTS) == []


class TestSql:
    def test_there_is_no_sql_in_python_outside_the_storage(self) -> None:
        found = [
            f"{short(path)}:{line}"
            for path in sources("src")
            if PACKAGE / "storage" not in path.parents
            for line, text in strings(path)
            if SQL.search(text)
        ]
        assert found == []

    def test_every_statement_file_has_a_portable_version(self) -> None:
        overrides = list(PACKAGE.rglob("queries.postgres.sql"))
        assert [short(path) for path in overrides if not path.with_name("queries.sql").is_file()] == []

    def test_every_override_says_why(self) -> None:
        silent = []
        for path in PACKAGE.rglob("queries.postgres.sql"):
            for part in path.read_text("utf-8").split("-- name:")[1:]:
                name, _, body = part.partition("\n")
                explained = body.lstrip().startswith("--") or "jsonb_array_elements" in body  # said once per file
                if not explained:
                    silent.append(f"{short(path)}: {name.strip()}")
        assert silent == []

    def test_every_named_statement_is_used(self) -> None:
        unused = []
        for path in PACKAGE.rglob("queries.sql"):
            code = "\n".join(file.read_text("utf-8") for file in path.parent.rglob("*.py"))
            names = re.findall(r"^--\s*name:\s*(\w+)", path.read_text("utf-8"), re.MULTILINE)
            unused += [f"{short(path)}: {name}" for name in names if not re.search(rf"\.{name}\b", code)]
        assert unused == []


class TestMigrations:
    def test_both_databases_have_the_same_ones(self) -> None:
        folders = [PACKAGE / "storage" / "migrations" / backend for backend in ("sqlite", "postgres")]
        first, second = ([path.name for path in sorted(folder.glob("*.sql"))] for folder in folders)
        assert first == second
        assert first, "there are no migrations"

    def test_each_says_whether_an_older_server_may_still_run(self) -> None:
        for path in (PACKAGE / "storage" / "migrations").rglob("*.sql"):
            assert re.match(r"-- breaking: (yes|no)\n", path.read_text("utf-8")), short(path)

    def test_twins_agree_on_breaking(self) -> None:
        for path in (PACKAGE / "storage" / "migrations" / "sqlite").glob("*.sql"):
            twin = path.parents[1] / "postgres" / path.name
            assert path.read_text("utf-8").splitlines()[0] == twin.read_text("utf-8").splitlines()[0], path.name


class TestHandlers:
    """Handlers translate, operations decide: decode, one call of the core, encode."""

    def test_are_short(self) -> None:
        found: dict[str, object] = {
            name: f"{body_lines(node)} lines" for name, node in handlers() if body_lines(node) > MAX_HANDLER_LINES
        }
        assert unexplained(found, LONG_HANDLERS) == []

    def test_call_one_operation(self) -> None:
        found: dict[str, object] = {
            name: f"{calls} units of work" for name, node in handlers() if (calls := units_of_work(node)) > 1
        }
        assert unexplained(found, SEVERAL_OPERATIONS) == []


class TestRequirements:
    def test_the_build_is_locked_as_pyproject_names_it(self) -> None:
        wanted = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"])
        locked = set((ROOT / "requirements" / "build.in").read_text("utf-8").split())
        assert wanted <= locked

    @pytest.mark.parametrize("path", LOCKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
    def test_every_lock_has_hashes_and_no_addresses(self, path: Path) -> None:
        text = path.read_text("utf-8")
        pins = re.findall(r"^\S+==", text, re.MULTILINE)
        assert len(pins) <= text.count("--hash=sha256:")
        assert "://" not in text
        assert "--find-links" not in text

    def test_the_front_end_lock_has_no_addresses(self) -> None:
        assert "://" not in (ROOT / "package-lock.json").read_text("utf-8")


def handlers() -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    """Every `async def name(request)` at the top of a module of a protocol or of the console's pages."""
    for path in sources("src/botyard/protocols", "src/botyard/console"):
        for node in tree(path).body:
            if isinstance(node, ast.AsyncFunctionDef) and [arg.arg for arg in node.args.args] == ["request"]:
                yield f"{short(path)}::{node.name}", node


def units_of_work(node: ast.AsyncFunctionDef) -> int:
    """Count calls of `….db.read`, `….db.write` and `….db.write_set`."""
    return sum(
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"read", "write", "write_set"}
        and isinstance(call.func.value, ast.Attribute)
        and call.func.value.attr == "db"
        for call in ast.walk(node)
    )


def imported(path: Path) -> Iterator[str]:
    """Yield the full names of modules and names that a module of ours imports from ours."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("botyard"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("botyard"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_inside(name: str) -> bool:
    """Whether a name is taken from inside a concept: `core.tasks.states.State` is, `core.tasks.State` is not."""
    concept, *rest = name.split(".")[2:]
    offered = exported(CORE / concept / "__init__.py")
    below = CORE / concept / rest[0]
    return len(rest) > 1 or (rest[0] not in offered and (below.with_suffix(".py").is_file() or below.is_dir()))


def exported(path: Path) -> set[str]:
    """Return what `__all__` of a package names."""
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["__all__"]:
            return set(ast.literal_eval(node.value))
    return set()


def module_name(path: Path) -> str:
    return ".".join(("botyard", *path.relative_to(PACKAGE).with_suffix("").parts))


def our_package(name: str) -> str | None:
    """Return the package a name counts as: a concept of the core, a dialect, or a folder of the package."""
    parts = name.split(".")
    if len(parts) < 2 or not (PACKAGE / parts[1]).is_dir():
        return None
    depth = 3 if parts[1] in {"core", "protocols"} and len(parts) > 2 else 2
    return ".".join(parts[:depth])


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield every string constant that is not a docstring, with its line."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
