"""Apps in a document: `{id, slug, name, tables: [...], actions: [{slug, name, type, code}]}`.

Whoever reads the file puts the text of an action's code where its path stood: `code: {path, source}`. An app is known
by its id, or without one by its slug; what the document does not mention of it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from botyard.base.exceptions import closest
from botyard.core import access, actions, apps, tables
from botyard.core.actions import Action, Package
from botyard.core.apps import App
from botyard.core.declare import code, table
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.storage import Tx

_KEYS = ("id", "slug", "name", "description", "tables", "actions")
_OWN = ("slug", "name", "description")
_ACTION_KEYS = (
    "slug",
    "name",
    "type",
    "code",
    "description",
    "requirements",
    "input_schema",
    "table",
    "on",
    "required_confirmation",
    "is_public",
)
#: How an action's own fields are called where they differ from their keys.
_CODE = "code"
_NAMES = {"table": "table_name", "on": "events"}


class NewAction(msgspec.Struct, frozen=True, kw_only=True):
    """An action as a document has it; without code when it names none."""

    slug: str
    fields: dict[str, Any]
    source: str | None
    path: str

    def package(self, present: Action | None) -> Package | None:
        """Return the package of the code, None when the document has none, or what is there has it already."""
        if self.source is None:
            return None
        same = present and (present.source, present.requirements) == (self.source, self.fields["requirements"])
        return None if same else actions.package_of(self.source, self.fields["requirements"])


def packages_in(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the archives of all code that apps of a document hold."""
    for entry in entries:
        for each in entry.fields["actions"]:
            if (package := each.package(None)) is not None:
                yield package.content


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "An app must hold keys and values.", "Write - {id: 1, slug: NAME}.")
    source.check_keys(entry, _KEYS, path)
    for key in _OWN:
        if not isinstance(entry.get(key, ""), str):
            raise source.problem(f"{path}.{key}", f"{key} must be a text.")
    if "slug" not in entry:
        raise source.problem(f"{path}.slug", "An app needs a slug, which is a text.")
    source.checked(lambda: apps.check_slug(entry["slug"]), path)
    if entry.get("id") is not None:
        source.checked(lambda: apps.check_id(entry["id"]), path)
    fields = {key: entry[key] for key in _OWN if key in entry}
    fields |= {
        "id": entry.get("id"),
        "tables": table.read(entry.get("tables", []), f"{path}.tables", source),
        "actions": _actions(entry.get("actions", []), f"{path}.actions", source),
    }
    return Entry(name=str(entry["slug"] if entry.get("id") is None else entry["id"]), fields=fields, path=path)


def _actions(found: Any, path: str, source: Source) -> tuple[NewAction, ...]:
    if not isinstance(found, list):
        raise source.problem(path, "Actions must be a list.", "Write - {slug: sync, code: sync.py}.")
    read = tuple(_action(each, f"{path}[{number}]", source) for number, each in enumerate(found))
    slugs = [each.slug for each in read]
    for number, each in enumerate(read):
        if each.slug in slugs[:number]:
            raise source.problem(f"{each.path}.slug", f'The action "{each.slug}" is declared twice.')
    return read


def _action(entry: Any, path: str, source: Source) -> NewAction:
    if not isinstance(entry, dict):
        raise source.problem(path, "An action must hold keys and values.", "Write - {slug: sync, code: sync.py}.")
    source.check_keys(entry, _ACTION_KEYS, path)
    if not isinstance(entry.get("slug"), str):
        raise source.problem(f"{path}.slug", "An action needs a slug, which is a text.")
    fields = _fields(entry, path, source)
    text = code.text_of(entry.get(_CODE), f"{path}.{_CODE}", source)
    if text is None and "requirements" in fields:
        raise source.problem(f"{path}.requirements", "Requirements come with code.", "Add code: FILE.")
    if text is not None:
        # What code needs is a part of it: without a word about it, it needs nothing.
        fields.setdefault("requirements", [])
        source.checked(lambda: actions.package_of(text, fields["requirements"]), path)
    return NewAction(slug=fields.pop("slug"), fields=fields, source=text, path=path)


def _fields(entry: dict[str, Any], path: str, source: Source) -> dict[str, Any]:
    given = {_NAMES.get(key, key): value for key, value in entry.items() if key != _CODE}
    if given.get("type") == actions.TRIGGER and given.get("table_name"):
        # Without a word about it, whatever happens to rows of the table starts the action.
        given.setdefault("events", list(actions.EVENTS))
    fields: dict[str, Any] = source.checked(lambda: actions.checked_fields(given), path)
    source.checked(lambda: actions.check_trigger({**actions.DEFAULTS, **fields}), path)
    return fields


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    present = _present(tx, target, entry)
    fields: dict[str, tuple[Any, Any]] = {
        name: (getattr(present, name, None), entry.fields[name])
        for name in _OWN
        if name in entry.fields and getattr(present, name, None) != entry.fields[name]
    }
    fields |= table.plan(tx, target, present, entry.fields["tables"])
    _check_tables(tx, target, present, entry)
    for each in entry.fields["actions"]:
        fields |= _plan_action(tx, target, present, each)
    if present is not None and not fields:
        return None
    return Change(
        action="create" if present is None else "update", kind="app", name=entry.fields["slug"], fields=fields
    )


def _present(tx: Tx, target: Target, entry: Entry) -> App | None:
    """Return the app that is meant. Raises Invalid when its slug is that of another."""
    by_slug = apps.find(tx, workspace_id=target.workspace_id, named=entry.fields["slug"])
    if entry.fields["id"] is None:
        return by_slug
    if by_slug is not None and by_slug.id != entry.fields["id"]:
        raise target.source.problem(
            f"{entry.path}.slug", f'The app {by_slug.id} is called "{by_slug.slug}".', "Use its id, or another slug."
        )
    return apps.find(tx, workspace_id=target.workspace_id, named=str(entry.fields["id"]))


def _check_tables(tx: Tx, target: Target, app: App | None, entry: Entry) -> None:
    """Raise Invalid for an action of a table that neither the app nor the document has."""
    wanted = [(new, name) for new in entry.fields["actions"] if (name := new.fields.get("table_name"))]
    if not wanted:
        return
    there = tables.load(tx, workspace_id=target.workspace_id, app_id=app.id).tables if app else {}
    known = {*there, *(new.name for new in entry.fields["tables"])}
    for new, name in wanted:
        if name.removeprefix(f"app_{app.id if app else entry.fields['id']}_") not in known:
            raise target.source.problem(
                f"{new.path}.table", f'The app has no table "{name[:100]}".', closest(name, sorted(known)) or ""
            )


def _plan_action(tx: Tx, target: Target, app: App | None, new: NewAction) -> dict[str, tuple[Any, Any]]:
    present = _present_action(tx, target, app, new)
    given = new.fields if present or new.fields else {"name": new.slug}
    fields = {
        f"actions.{new.slug}.{name}": (getattr(present, name, None), value)
        for name, value in given.items()
        if getattr(present, name, None) != value
    }
    package = new.package(present)
    if package is not None:
        before = f"{len(present.source)} characters" if present else None
        fields[f"actions.{new.slug}.{_CODE}"] = (before, f"{len(package.source)} characters")
    return fields


def _present_action(tx: Tx, target: Target, app: App | None, new: NewAction) -> Action | None:
    if app is None:
        return None
    return actions.find(tx, workspace_id=target.workspace_id, app_id=app.id, named=new.slug)


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    said: dict[str, Any] = {"workspace_id": target.workspace_id, "actor": target.actor, "now": target.now}
    own = {name: entry.fields[name] for name in _OWN if name in entry.fields}
    if change.action == "create":
        owner = access.first_admin(tx, workspace_id=target.workspace_id)
        app = apps.create(tx, app_id=entry.fields["id"], owner_id=owner, **own, **said)
    else:
        present = _present(tx, target, entry)
        app = apps.update(tx, app_id=present.id if present else 0, fields=own, **said)
    table.write(tx, target, app, entry.fields["tables"])
    for new in entry.fields["actions"]:
        _write_action(tx, target, app, new, said)


def _write_action(tx: Tx, target: Target, app: App, new: NewAction, said: dict[str, Any]) -> None:
    present = _present_action(tx, target, app, new)
    package = new.package(present)
    if present is None:
        target.source.checked(
            lambda: actions.create(tx, app_id=app.id, slug=new.slug, fields=new.fields, **said), new.path
        )
    else:
        actions.update(tx, app_id=app.id, named=new.slug, fields=new.fields, **said)
    if package is not None:
        actions.deploy(tx, app_id=app.id, named=new.slug, package=package, **said)


SECTION = Section("apps", _read, _plan, _write)
