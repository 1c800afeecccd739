"""Reading `bvproject.yaml`, which says what a Bot Velocity package is and what starts it.

Both ends use this: the server before it stores a package, the runner before it starts one. The text is untrusted:
its values are read as text and nothing else, and its size is limited before it is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

FILE = "bvproject.yaml"
MAX_BYTES = 64 * 1024
#: The parameter of a task that chooses among several entrypoints.
CHOICE = "entrypoint"

TYPES = ("rpa", "agent")
_MAX_ENTRYPOINTS = 100
_MAX_DEPENDENCIES = 1000
_NAME_RULE = "1 to 100 letters, digits, - and _"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_VERSION = re.compile(
    r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}"
    r"(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_FUNCTION = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
_SCRIPT = re.compile(r"[\w-][\w. -]*(?:/[\w-][\w. -]*)*\.py")
_FOLDER = re.compile(r"[\w-][\w. -]*(?:/[\w-][\w. -]*)*")
_DEPENDENCY = re.compile(r"[A-Za-z0-9][^\r\n]{0,499}")
#: How YAML writes "nothing" and the two truth values.
_NOTHING = ("", "~", "null", "Null", "NULL")
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class ProjectError(ValueError):
    """The project is not accepted; the text is a sentence that names the key at fault."""


class Entrypoint(msgspec.Struct, frozen=True, kw_only=True):
    """One way to start: `command` is `module:function` or a script, `workdir` a folder of the package or empty."""

    name: str
    command: str
    default: bool = False
    workdir: str = ""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What a package says of itself. Exactly one entrypoint is the default."""

    name: str
    version: str
    type: str = "rpa"
    description: str = ""
    python_version: str = ""
    entrypoints: list[Entrypoint] = []
    dependencies: list[str] = []

    @property
    def default(self) -> Entrypoint:
        """Return the entrypoint that starts when nobody chooses."""
        return next(entry for entry in self.entrypoints if entry.default)

    def find(self, name: str) -> Entrypoint | None:
        """Return the entrypoint of that name, or None."""
        return next((entry for entry in self.entrypoints if entry.name == name), None)


def fault_of(name: str, version: str) -> str | None:
    """Return why a project cannot be called so or have this version, None when it can."""
    try:
        _matching({"name": name}, "name", _NAME, _NAME_RULE)
        _version({"version": version})
    except ProjectError as error:
        return str(error)
    return None


def parse(content: bytes) -> Project:
    """Return the project that a `bvproject.yaml` describes. Raises ProjectError."""
    if len(content) > MAX_BYTES:
        raise ProjectError(f"{FILE} is larger than {MAX_BYTES} bytes.")
    import yaml  # not before a package comes: a server would start slower

    try:
        # The base loader makes texts, lists and mappings, never an object, a number or a date.
        document = yaml.load(content.decode("utf-8-sig"), yaml.BaseLoader)  # noqa: S506
    except UnicodeDecodeError:
        raise ProjectError(f"{FILE} is not UTF-8.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise ProjectError(f"{FILE} is not YAML: there is a mistake{place}.") from None
    project = document.get("project") if isinstance(document, dict) else None
    if not isinstance(project, dict):
        raise ProjectError(f'{FILE} has no section "project".')
    return Project(
        name=_matching(project, "name", _NAME, _NAME_RULE),
        version=_version(project),
        type=_type(project),
        description=_text(project, "description")[:4000],
        python_version=_text(project, "python_version")[:20],
        entrypoints=_entrypoints(project.get("entrypoints")),
        dependencies=_dependencies(project.get("dependencies")),
    )


def _entrypoints(values: Any) -> list[Entrypoint]:
    if not isinstance(values, list) or not 1 <= len(values) <= _MAX_ENTRYPOINTS:
        raise ProjectError(f"project.entrypoints must be a list of 1 to {_MAX_ENTRYPOINTS} entrypoints.")
    found = [_entrypoint(value, f"project.entrypoints[{number}]") for number, value in enumerate(values)]
    names = [entry.name for entry in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ProjectError(f'The entrypoint "{twice}" is in {FILE} twice.')
    if sum(entry.default for entry in found) != 1:
        raise ProjectError("Exactly one of project.entrypoints must have default: true.")
    return found


def _entrypoint(value: Any, place: str) -> Entrypoint:
    if not isinstance(value, dict):
        raise ProjectError(f"{place} must have a name and a command.")
    name, command, workdir = (_text(value, key, place) for key in ("name", "command", "workdir"))
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise ProjectError(f"{place}.name must be a text of 1 to 100 characters.")
    command = command.replace("\\", "/").removeprefix("./")
    if len(command) > 300 or not (_FUNCTION.fullmatch(command) or _SCRIPT.fullmatch(command)):
        raise ProjectError(f"{place}.command must be module:function, or the name of a .py file of the package.")
    workdir = workdir.replace("\\", "/").removeprefix("./").rstrip("/")
    workdir = "" if workdir == "." else workdir
    if workdir and (len(workdir) > 300 or not _FOLDER.fullmatch(workdir)):
        raise ProjectError(f"{place}.workdir must be a folder inside the package.")
    default = _TRUTH.get(_text(value, "default", place).lower() or "false")
    if default is None:
        raise ProjectError(f"{place}.default must be true or false.")
    return Entrypoint(name=name, command=command, default=default, workdir=workdir)


def _dependencies(values: Any) -> list[str]:
    if values is None or values in _NOTHING:
        return []
    if not isinstance(values, list) or len(values) > _MAX_DEPENDENCIES:
        raise ProjectError(f"project.dependencies must be a list of at most {_MAX_DEPENDENCIES} requirements.")
    for value in values:
        if not isinstance(value, str) or not _DEPENDENCY.fullmatch(value.strip()):
            raise ProjectError("project.dependencies must hold requirements such as bv-runtime>=2026.")
    return [value.strip() for value in values]


def _version(project: dict[str, Any]) -> str:
    version = _matching(project, "version", _VERSION, "a version of three numbers, such as 1.0.0")
    if len(version) > 64:
        raise ProjectError("project.version is longer than 64 characters.")
    return version


def _type(project: dict[str, Any]) -> str:
    return _one_of(_text(project, "type") or TYPES[0], TYPES, "project.type")


def _one_of(value: str, choices: Sequence[str], place: str) -> str:
    if value not in choices:
        raise ProjectError(f"{place} must be {' or '.join(choices)}.")
    return value


def _matching(values: dict[str, Any], key: str, form: re.Pattern[str], rule: str) -> str:
    value = _text(values, key)
    if not form.fullmatch(value):
        raise ProjectError(f"project.{key} must be {rule}.")
    return value


def _text(values: dict[str, Any], key: str, place: str = "project") -> str:
    value = values.get(key)
    if value is None or value in _NOTHING:
        return ""
    if not isinstance(value, str):
        raise ProjectError(f"{place}.{key} must be a text.")
    return value.strip()
