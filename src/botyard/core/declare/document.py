"""Reading a workspace document: every key known, every value of the right type, every problem at its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from botyard.base.exceptions import BotyardError, Invalid, closest
from botyard.core import automations

T = TypeVar("T")

_TOP_KEYS = ("workspace", "automations")
#: Keys of the workspace file whose concepts this version does not have yet.
_LATER_KEYS = (
    "folders",
    "queues",
    "assets",
    "credentials",
    "schedules",
    "apps",
    "integrations",
    "plugins",
    "systems",
)
_AUTOMATION_KEYS = (
    "label",
    "name",
    "description",
    "folder",
    "runner_label",
    "priority",
    "max_attempts",
    "on_lost",
    "grace_seconds",
    "parameters",
    "uses",
)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a document came from: the file's name, and the line of each key by its path (`automations[0].label`)."""

    file: str = "workspace.yaml"
    lines: Mapping[str, int] = {}

    def problem(self, path: str, message: str, hint: str = "") -> Invalid:
        """Return the error for the key at `path`, which names the nearest line known."""
        return Invalid(
            f"{self.file}:{self._line(path)}: {path or 'document'}: {message}",
            hint=hint,
            field=path or None,
        )

    def _line(self, path: str) -> int:
        while path not in self.lines and path:
            path = re.sub(r"(\.[^.\[]*|\[\d+\]|^[^.\[]*)$", "", path)
        return self.lines.get(path, 1)


class DeclaredAutomation(msgspec.Struct, frozen=True, kw_only=True):
    """An automation as the document has it: only the fields that were given, and where it stands."""

    label: str
    fields: dict[str, Any]
    path: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was read whole; `workspace` None means the caller's own."""

    workspace: str | None
    automations: tuple[DeclaredAutomation, ...]


def read(document: Any, source: Source) -> Document:
    """Return what a parsed document declares. Raises Invalid for the first thing in it that cannot be accepted."""
    if not isinstance(document, dict):
        raise source.problem(
            "",
            "The file must hold keys and values.",
            "Begin it with automations: for example.",
        )
    for key in document:
        if key in _LATER_KEYS:
            raise source.problem(
                key,
                "This version of Botyard cannot declare this yet.",
                "Remove the key, or upgrade Botyard.",
            )
    _check_keys(document, _TOP_KEYS, "", source)
    workspace = document.get("workspace")
    if workspace is not None and not isinstance(workspace, str):
        raise source.problem("workspace", "The workspace must be a label, which is a text.")
    entries = document.get("automations", [])
    if not isinstance(entries, list):
        raise source.problem("automations", "Automations must be a list.")
    declared = tuple(_automation(entry, f"automations[{number}]", source) for number, entry in enumerate(entries))
    _refuse_twins(declared, source)
    return Document(workspace=workspace, automations=declared)


def _automation(entry: Any, path: str, source: Source) -> DeclaredAutomation:
    if not isinstance(entry, dict):
        raise source.problem(path, "An automation must hold keys and values.", "Write - label: NAME.")
    _check_keys(entry, _AUTOMATION_KEYS, path, source)
    if not isinstance(entry.get("label"), str):
        raise source.problem(f"{path}.label", "An automation needs a label, which is a text.")
    label = _checked(lambda: automations.check_label(entry["label"]), path, source)
    given = {key: value for key, value in entry.items() if key != "label"}
    return DeclaredAutomation(
        label=label,
        fields=_checked(lambda: automations.checked_fields(given), path, source),
        path=path,
    )


def _checked(check: Callable[[], T], path: str, source: Source) -> T:
    """Run a check of the concept itself and give its complaint the place in the document."""
    try:
        return check()
    except BotyardError as error:
        place = f"{path}.{error.field}" if error.field else path
        raise source.problem(place, error.message, error.hint) from None


def _check_keys(found: dict[Any, Any], known: tuple[str, ...], path: str, source: Source) -> None:
    for key in found:
        if key not in known:
            shown = str(key)[:80]
            raise source.problem(
                f"{path}.{shown}".lstrip("."),
                "This key is not known.",
                closest(shown, list(known)) or f"The keys here are {', '.join(known)}.",
            )


def _refuse_twins(declared: tuple[DeclaredAutomation, ...], source: Source) -> None:
    seen: set[str] = set()
    for automation in declared:
        if automation.label in seen:
            raise source.problem(
                f"{automation.path}.label",
                f'The label "{automation.label}" is declared twice.',
            )
        seen.add(automation.label)
