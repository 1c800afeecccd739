"""The form that starts a task: a field of its type per declared parameter, the rest as one JSON object."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from botyard.base import clock, jsontext
from botyard.base.exceptions import Invalid
from botyard.core import parameters
from botyard.core.automations import Automation
from botyard.core.tasks import InputFile, Task
from botyard.web import Form, Upload

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)Z?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


class Kept(NamedTuple):
    """A file of an earlier task that the new one may have too."""

    artifact_id: int
    name: str
    size: int
    on: bool


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One declared parameter and what the person typed so far; `problem` is what is wrong with it."""

    name: str
    type: str
    array: bool
    value: str
    problem: str = ""
    kept: Sequence[Kept] = ()

    @property
    def kind(self) -> str:
        """How the field is drawn: the type of an input, `select` or `lines`; a value that does not fit is a text."""
        if self.array:
            return "lines"
        if self.type == "bool":
            return "select"
        if self.type in ("int", "double"):
            return "number" if not self.value or _NUMBER.fullmatch(self.value.strip()) else "text"
        if self.type == "datetime":
            return "datetime-local" if not self.value or _MOMENT.fullmatch(self.value.strip()) else "text"
        return "lines" if "\n" in self.value else "text"

    @property
    def shown(self) -> str:
        """The value as an input of this kind takes it."""
        match = _MOMENT.fullmatch(self.value.strip()) if self.kind == "datetime-local" else None
        return match.group(1) if match else self.value


class RunForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it is shown; `faults` says what is wrong, by the field."""

    fields: list[Field]
    json: str = ""
    priority: str = ""
    not_before: str = ""
    test: bool = False
    source_id: int = 0
    faults: Mapping[str, str] = msgspec.field(default_factory=dict)
    problem: str = ""
    hint: str = ""

    def fault(self, name: str) -> str:
        """Return what is wrong with a field, an empty text for nothing."""
        return self.faults.get(name, "")

    @property
    def files(self) -> bool:
        """Whether files may be sent along."""
        return any(field.type == "file" for field in self.fields)


class Sent(NamedTuple):
    """A file of a form: one that was sent along (`upload`), or one of an earlier task (`artifact_id`)."""

    parameter: str
    position: int
    name: str
    upload: Upload | None = None
    artifact_id: int = 0


class Order(NamedTuple):
    """What a form asks for: the fields of a new task and its files; nothing is made while there are `faults`."""

    fields: dict[str, Any]
    files: list[Sent]
    faults: dict[str, str]


def empty_form(automation: Automation, source: Task | None = None, files: Sequence[InputFile] = ()) -> RunForm:
    """Return the form to start from, filled with the parameters and files of `source` if there is one."""
    if source is None:
        return RunForm(fields=[_field(entry, "") for entry in inputs(automation)])
    values = dict(source.parameters)
    kept = _kept(files, None)
    fields = [_field(entry, _typed(entry, values.pop(entry["name"], None), kept), kept) for entry in inputs(automation)]
    rest = msgspec.json.format(jsontext.encode(values), indent=2) if values else ""
    priority = "" if source.priority == automation.priority else str(source.priority)
    return RunForm(fields=fields, json=rest, priority=priority, test=source.test, source_id=source.id)


def sent_form(
    automation: Automation, form: Form, faults: Mapping[str, str], source_id: int, files: Sequence[InputFile]
) -> RunForm:
    """Return the form as it was sent, with what is wrong about it."""
    kept = _kept(files, form)
    fields = [
        msgspec.structs.replace(
            _field(entry, form.text(f"p.{entry['name']}"), kept), problem=faults.get(entry["name"], "")
        )
        for entry in inputs(automation)
    ]
    lost = any(form.files(f"u.{field.name}") for field in fields)
    return RunForm(
        fields=fields,
        json=form.text("json"),
        priority=form.text("priority"),
        not_before=form.text("not_before"),
        test=bool(form.text("test")),
        source_id=source_id,
        faults=faults,
        problem=f"{len(faults)} fields are wrong." if len(faults) > 1 else next(iter(faults.values()), ""),
        hint="Choose the files again, too: a browser does not keep them." if lost else "",
    )


def inputs(automation: Automation) -> list[dict[str, Any]]:
    """Return the parameters that a person may give."""
    return [each for each in automation.parameters if each["scope"] != "Out"]


def read(automation: Automation, form: Form) -> Order:
    """Return what the form orders, or what is wrong with each of its fields."""
    faults: dict[str, str] = {}
    values, files = _json(form.text("json"), faults), list[Sent]()
    for entry in inputs(automation):
        name = entry["name"]
        given, sent = _given(entry, form, faults)
        files += sent
        if given is None or name in faults:
            continue
        for key in [key for key in values if key.strip().lower() == name.lower()]:
            del values[key]
        values[name] = given
        _check(entry, given, faults)
    return Order({**_when(form, faults), "automation": automation.label, "parameters": values}, files, faults)


def fault_of(automation: Automation, error: Invalid) -> dict[str, str]:
    """Return which field of the form an error of the core is about."""
    name = (error.field or "").removeprefix("parameters.").partition("[")[0]
    known = {entry["name"] for entry in inputs(automation)} | {"priority", "not_before"}
    return {name if name in known else "json": _sentence(error)}


def _field(entry: Mapping[str, Any], value: str, kept: Mapping[str, list[Kept]] | None = None) -> Field:
    mine = (kept or {}).get(entry["name"], ()) if entry["type"] == "file" else ()
    return Field(name=entry["name"], type=entry["type"], array=entry["array"], value=value, kept=mine)


def _kept(files: Sequence[InputFile], form: Form | None) -> dict[str, list[Kept]]:
    """Return the files of an earlier task by their parameter: those that came with it, which no link leads to."""
    found: dict[str, list[Kept]] = {}
    for file in files:
        if file.artifact_id is not None and file.tries == 0:
            on = form is None or str(file.artifact_id) in form.all(f"k.{file.parameter}")
            kept = Kept(file.artifact_id, file.file_name or "", file.size or 0, on)
            found.setdefault(file.parameter, []).append(kept)
    return found


def _typed(entry: Mapping[str, Any], value: Any, kept: Mapping[str, list[Kept]]) -> str:
    """Return a value as it is typed into its field; files that are kept are not typed."""
    names = {file.name for file in kept.get(entry["name"], ())} if entry["type"] == "file" else set()
    if entry["array"] and isinstance(value, list):
        return _lines([each for each in value if each not in names or not isinstance(each, str)])
    return "" if isinstance(value, str) and value in names else shown(value)


def _lines(values: list[Any]) -> str:
    """Return a list one value a line; as JSON where that would read differently."""
    texts = [shown(value) for value in values]
    plain = all(text and text == text.strip() and text[0] != "[" and len(text.splitlines()) == 1 for text in texts)
    return "\n".join(texts) if plain else jsontext.encode(values)


def shown(value: Any) -> str:
    """Return a value as it is typed into a field."""
    if value is None:
        return ""
    return value if isinstance(value, str) else jsontext.encode(value)


def _given(entry: Mapping[str, Any], form: Form, faults: dict[str, str]) -> tuple[Any, list[Sent]]:
    """Return what a field gives, None for nothing, and the files that are part of it."""
    name = entry["name"]
    typed = form.text(f"p.{name}")
    files = _files(name, form) if entry["type"] == "file" else []
    if not entry["array"]:
        if len(files) + bool(typed.strip()) > 1:
            faults[name] = f'"{name}" is one file. Give a link, or a file, or keep the earlier one.'
        value = files[0].name if files else typed
        return value if value.strip() else None, files
    values = _list(typed, name, faults)
    if values is None and not files:
        return None, []
    placed = [file._replace(position=len(values or ()) + number) for number, file in enumerate(files)]
    return [*(values or ()), *(file.name for file in placed)], placed


def _files(name: str, form: Form) -> list[Sent]:
    sent = [Sent(name, 0, upload.file_name, upload=upload) for upload in form.files(f"u.{name}")]
    sent += [
        Sent(name, 0, form.text(f"n.{text}") or "file", artifact_id=int(text))
        for text in form.all(f"k.{name}")
        if text.isascii() and text.isdigit() and len(text) < 19
    ]
    return sent


def _list(typed: str, name: str, faults: dict[str, str]) -> list[Any] | None:
    """Return the values of a list: a JSON array, else one a line."""
    text = typed.strip()
    if not text:
        return None
    if text.startswith("["):
        try:
            values = jsontext.decode(text)
        except Invalid as error:
            faults[name] = f'"{name}" cannot be read. {_sentence(error)}'
            return []
        if isinstance(values, list):
            return values
    return [line.strip() for line in text.splitlines() if line.strip()]


def _check(entry: Mapping[str, Any], value: Any, faults: dict[str, str]) -> None:
    try:
        parameters.accept([entry], {entry["name"]: value})
    except Invalid as error:
        faults[entry["name"]] = _sentence(error)


def _json(typed: str, faults: dict[str, str]) -> dict[str, Any]:
    text = typed.strip()
    try:
        given = jsontext.decode(text) if text else {}
    except Invalid as error:
        faults["json"] = f"The JSON cannot be read. {_sentence(error)}"
        return {}
    if not isinstance(given, dict):
        faults["json"] = 'The JSON is not an object. Write {"name": "value"}.'
        return {}
    return given


def _when(form: Form, faults: dict[str, str]) -> dict[str, Any]:
    priority, not_before = form.text("priority").strip(), form.text("not_before").strip()
    fields: dict[str, Any] = {"priority": None, "not_before": None, "test": bool(form.text("test"))}
    if priority and not (priority.isascii() and priority.isdigit() and int(priority[:4]) <= 10):
        faults["priority"] = f'"{priority[:20]}" is not a whole number from 0 to 10.'
    elif priority:
        fields["priority"] = int(priority)
    try:
        fields["not_before"] = clock.parse(not_before) if not_before else None
    except Invalid as error:
        faults["not_before"] = _sentence(error)
    return fields


def _sentence(error: Invalid) -> str:
    return f"{error.message} {error.hint}".strip()
