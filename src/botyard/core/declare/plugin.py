"""Plugins in a document: `{interfaces: [{namespace, ...}], implementations: [{interface, integration, code}]}`.

What the document does not say of one stays as it is. An implementation may be of an interface, and for an integration,
that the same document declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botyard.core import integrations, plugins
from botyard.core.declare import code
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.core.plugins import Interface
from botyard.storage import Tx

_INTERFACES = "plugins.interfaces"
_IMPLEMENTATIONS = "plugins.implementations"
_INTERFACE_KEYS = ("namespace", "title", "capabilities", "code")
_PLUGIN_KEYS = ("interface", "integration", "code", "enabled")


def _read_interface(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "An interface must hold keys and values.", "Write - {namespace: NAME}.")
    source.check_keys(entry, _INTERFACE_KEYS, path)
    namespace = source.checked(lambda: plugins.check_namespace(entry.get("namespace")), path)
    fields: dict[str, Any] = {}
    if "title" in entry:
        fields["title"] = _text(entry, "title", path, source)
    if "capabilities" in entry:
        fields["capabilities"] = source.checked(lambda: plugins.checked_capabilities(entry["capabilities"]), path)
    fields |= _code(entry, path, source)
    return Entry(name=namespace, fields=fields, path=path)


def _read_plugin(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(
            path,
            "An implementation must hold keys and values.",
            "Write - {interface: NAMESPACE, integration: ID, code: FILE}.",
        )
    source.check_keys(entry, _PLUGIN_KEYS, path)
    interface, integration = (_text(entry, key, path, source) for key in ("interface", "integration"))
    if not isinstance(entry.get("enabled", True), bool):
        raise source.problem(f"{path}.enabled", "enabled must be true or false.")
    fields = _code(entry, path, source)
    if not fields:
        raise source.problem(f"{path}.code", "An implementation needs code.", "Add code: FILE.")
    fields |= {"interface": interface, "integration": integration, "enabled": entry.get("enabled")}
    return Entry(name=f"{interface}/{integration}", fields=fields, path=path)


def _text(entry: dict[str, Any], key: str, path: str, source: Source) -> str:
    if not isinstance(entry.get(key), str) or not entry[key].strip():
        raise source.problem(f"{path}.{key}", f"{key} must be a text.")
    return str(entry[key])


def _code(entry: dict[str, Any], path: str, source: Source) -> dict[str, Any]:
    text = code.text_of(entry.get("code"), f"{path}.code", source)
    return {} if text is None else {"code": source.checked(lambda: plugins.checked_code(text), path)}


def _plan_interface(tx: Tx, target: Target, entry: Entry) -> Change | None:
    present = plugins.find_interface(tx, workspace_id=target.workspace_id, namespace=entry.name)
    fields = _differences(present, entry.fields)
    if present is not None and not fields:
        return None
    return Change(
        action="create" if present is None else "update", kind="plugin interface", name=entry.name, fields=fields
    )


def _plan_plugin(tx: Tx, target: Target, entry: Entry) -> Change | None:
    _check_references(tx, target, entry)
    namespace, integration = entry.fields["interface"], entry.fields["integration"]
    present = plugins.find_plugin(tx, workspace_id=target.workspace_id, namespace=namespace, integration=integration)
    given = {name: entry.fields[name] for name in ("code", "enabled") if entry.fields[name] is not None}
    fields = _differences(present, given)
    if present is not None and not fields:
        return None
    return Change(action="create" if present is None else "update", kind="plugin", name=entry.name, fields=fields)


def _differences(present: Interface | plugins.Plugin | None, given: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (getattr(present, name, None), value) for name, value in given.items()}
    return {name: _shown(name, *pair) for name, pair in pairs.items() if pair[0] != pair[1]}


def _shown(name: str, before: Any, after: Any) -> tuple[Any, Any]:
    """Return a difference as it is told: of code only how long it is."""
    if name != "code":
        return before, after
    return None if before is None else f"{len(before)} characters", f"{len(after)} characters"


def _check_references(tx: Tx, target: Target, entry: Entry) -> None:
    """Raise Invalid for an interface or integration that neither the workspace nor the document has."""
    namespace, integration = entry.fields["interface"], entry.fields["integration"]
    if namespace not in target.declared[_INTERFACES] and (
        plugins.find_interface(tx, workspace_id=target.workspace_id, namespace=namespace) is None
    ):
        raise target.source.problem(
            f"{entry.path}.interface",
            f'The plugin interface "{namespace[:80]}" does not exist.',
            "Declare it under interfaces.",
        )
    if integration not in target.declared["integrations"] and (
        integrations.find(tx, workspace_id=target.workspace_id, key=integration) is None
    ):
        raise target.source.problem(
            f"{entry.path}.integration",
            f'The integration "{integration[:80]}" does not exist.',
            "Declare it under integrations.",
        )


def _write_interface(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    operation = plugins.create_interface if change.action == "create" else plugins.update_interface
    target.source.checked(
        lambda: operation(tx, namespace=entry.name, **entry.fields, **_said(target)),
        entry.path,
    )


def _write_plugin(tx: Tx, target: Target, entry: Entry, _: Change) -> None:
    fields = entry.fields
    target.source.checked(
        lambda: plugins.put_plugin(
            tx,
            namespace=fields["interface"],
            integration=fields["integration"],
            code=fields["code"],
            enabled=fields["enabled"],
            **_said(target),
        ),
        entry.path,
    )


def _said(target: Target) -> dict[str, Any]:
    return {"workspace_id": target.workspace_id, "actor": target.actor, "now": target.now}


INTERFACES = Section(_INTERFACES, _read_interface, _plan_interface, _write_interface)
IMPLEMENTATIONS = Section(_IMPLEMENTATIONS, _read_plugin, _plan_plugin, _write_plugin)
