"""Make, change and delete plugin interfaces and plugins; each code is a version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from botyard.base import jsontext, text
from botyard.base.exceptions import AlreadyExists, IllegalTransition, Invalid
from botyard.core import events, integrations
from botyard.core.plugins.model import (
    MAX_PLUGINS,
    MAX_TOTAL,
    Interface,
    Plugin,
    check_namespace,
    checked_capabilities,
    checked_code,
)
from botyard.core.plugins.read import find_plugin, get_interface, get_plugin, sql
from botyard.storage import Tx


def create_interface(
    tx: Tx,
    *,
    workspace_id: int,
    namespace: str,
    actor: str,
    now: int,
    capabilities: Sequence[Any] = (),
    code: str = "",
    title: str | None = None,
) -> Interface:
    """Make an interface. Raises AlreadyExists for a taken namespace, and Invalid."""
    _check_room(tx, workspace_id, code=checked_code(code))
    row = tx.one(
        sql.create_interface,
        workspace_id=workspace_id,
        namespace=check_namespace(namespace),
        title=text.name(title or namespace, field="title", limit=255),
        capabilities=jsontext.encode(checked_capabilities(capabilities)),
        code=code,
        actor=actor,
        now=now,
    )
    if row is None:
        raise AlreadyExists(f'The plugin interface "{namespace}" exists already.', field="namespace")
    made = Interface.from_row(row)
    _keep(tx, "interface", made.id, made.version, made.code, actor=actor, now=now)
    _tell(tx, "plugin_interface.created", made.namespace, {}, workspace_id=workspace_id, actor=actor, now=now)
    return made


def update_interface(
    tx: Tx,
    *,
    workspace_id: int,
    namespace: str,
    actor: str,
    now: int,
    capabilities: Any = None,
    code: str | None = None,
    title: str | None = None,
    version: int | None = None,
) -> Interface:
    """Change what is given and nothing else.

    `version` is the one that the caller saw. Raises NotFound, Invalid, and IllegalTransition when somebody else changed
    it meanwhile.
    """
    present = get_interface(tx, workspace_id=workspace_id, namespace=namespace)
    wanted: dict[str, Any] = {
        "title": present.title if title is None else text.name(title, field="title", limit=255),
        "capabilities": present.capabilities if capabilities is None else checked_capabilities(capabilities),
        "code": present.code if code is None else checked_code(code),
    }
    if all(getattr(present, name) == value for name, value in wanted.items()):
        return present
    _check_room(tx, workspace_id, code=wanted["code"], instead=present.code)
    row = tx.one(
        sql.update_interface,
        id=present.id,
        version=present.version if version is None else version,
        now=now,
        **{**wanted, "capabilities": jsontext.encode(wanted["capabilities"])},
    )
    if row is None:
        raise _changed(f'The plugin interface "{namespace}"')
    made = Interface.from_row(row)
    _keep(tx, "interface", made.id, made.version, made.code, actor=actor, now=now)
    data = {"version": made.version}
    _tell(tx, "plugin_interface.changed", made.namespace, data, workspace_id=workspace_id, actor=actor, now=now)
    return made


def delete_interface(tx: Tx, *, workspace_id: int, namespace: str, actor: str, now: int) -> None:
    """Delete an interface with its plugins. Raises NotFound."""
    present = get_interface(tx, workspace_id=workspace_id, namespace=namespace)
    tx.run(sql.drop_versions_of_plugins, interface_id=present.id)
    tx.run(sql.delete_interface, workspace_id=workspace_id, namespace=present.namespace)
    tx.run(sql.drop_versions, kind="interface", owner_id=present.id)
    _tell(tx, "plugin_interface.deleted", namespace, {}, workspace_id=workspace_id, actor=actor, now=now)


def create_plugin(
    tx: Tx,
    *,
    workspace_id: int,
    namespace: str,
    integration: str,
    code: str,
    actor: str,
    now: int,
    enabled: bool = True,
) -> Plugin:
    """Make a plugin. Raises NotFound for the interface or integration, AlreadyExists, and Invalid."""
    _check_room(tx, workspace_id, code=checked_code(code))
    interface = get_interface(tx, workspace_id=workspace_id, namespace=namespace)
    api = integrations.get(tx, workspace_id=workspace_id, key=integration)
    row = tx.one(
        sql.create_plugin,
        workspace_id=workspace_id,
        interface_id=interface.id,
        integration_id=api.id,
        enabled=int(enabled),
        code=code,
        actor=actor,
        now=now,
    )
    if row is None:
        raise AlreadyExists(f'"{namespace}" has a plugin for "{integration}" already.', field="integration")
    made = get_plugin(tx, workspace_id=workspace_id, plugin_id=row["id"])
    _keep(tx, "plugin", made.id, made.version, made.code, actor=actor, now=now)
    _tell(tx, "plugin.created", made.name, {}, workspace_id=workspace_id, actor=actor, now=now)
    return made


def update_plugin(
    tx: Tx,
    *,
    workspace_id: int,
    plugin_id: int,
    actor: str,
    now: int,
    code: str | None = None,
    enabled: bool | None = None,
    version: int | None = None,
) -> Plugin:
    """Change what is given and nothing else. Raises NotFound, Invalid, and IllegalTransition for another version."""
    present = get_plugin(tx, workspace_id=workspace_id, plugin_id=plugin_id)
    wanted = present.code if code is None else checked_code(code)
    on = present.enabled if enabled is None else enabled
    if (wanted, on) == (present.code, present.enabled):
        return present
    grown = int(wanted != present.code)
    _check_room(tx, workspace_id, code=wanted, instead=present.code)
    row = tx.one(
        sql.update_plugin,
        id=present.id,
        version=present.version if version is None else version,
        code=wanted,
        enabled=int(on),
        grown=grown,
        now=now,
    )
    if row is None:
        raise _changed(f"The plugin {present.name}")
    made = get_plugin(tx, workspace_id=workspace_id, plugin_id=present.id)
    if grown:
        _keep(tx, "plugin", made.id, made.version, made.code, actor=actor, now=now)
    data = {"version": made.version, "enabled": made.enabled}
    _tell(tx, "plugin.changed", made.name, data, workspace_id=workspace_id, actor=actor, now=now)
    return made


def delete_plugin(tx: Tx, *, workspace_id: int, plugin_id: int, actor: str, now: int) -> None:
    """Delete a plugin. Raises NotFound."""
    present = get_plugin(tx, workspace_id=workspace_id, plugin_id=plugin_id)
    tx.run(sql.delete_plugin, workspace_id=workspace_id, id=plugin_id)
    tx.run(sql.drop_versions, kind="plugin", owner_id=plugin_id)
    _tell(tx, "plugin.deleted", present.name, {}, workspace_id=workspace_id, actor=actor, now=now)


def put_plugin(
    tx: Tx,
    *,
    workspace_id: int,
    namespace: str,
    integration: str,
    code: str,
    actor: str,
    now: int,
    enabled: bool | None = None,
) -> Plugin:
    """Make a plugin, or give the one there is other code, and switch it on or off when told.

    Raises what making and changing raise.
    """
    present = find_plugin(tx, workspace_id=workspace_id, namespace=namespace, integration=integration)
    if present is None:
        return create_plugin(
            tx,
            workspace_id=workspace_id,
            namespace=namespace,
            integration=integration,
            code=code,
            enabled=enabled is not False,
            actor=actor,
            now=now,
        )
    return update_plugin(
        tx, workspace_id=workspace_id, plugin_id=present.id, code=code, enabled=enabled, actor=actor, now=now
    )


def _check_room(tx: Tx, workspace_id: int, *, code: str, instead: str | None = None) -> None:
    """Raise Invalid when the workspace cannot take code, perhaps `instead` of what something has."""
    row = tx.one(sql.room, workspace_id=workspace_id)
    if row is None:
        return
    if instead is None and row["total"] >= MAX_PLUGINS:
        raise Invalid(
            f"The workspace has {MAX_PLUGINS} plugins and interfaces, which is the most.", hint="Delete some first."
        )
    size = row["size"] + len(code) - len(instead or "")
    if size > MAX_TOTAL and len(code) > len(instead or ""):
        raise Invalid(
            f"All plugins of the workspace would have {size} characters of code.",
            hint=f"Keep them under {MAX_TOTAL >> 20} MiB together: every action is given all of it.",
            field="code",
            code="too_large",
        )


def _changed(what: str) -> IllegalTransition:
    return IllegalTransition(f"{what} was changed by somebody else.", hint="Read it again, then change it.")


def _keep(
    tx: Tx, kind: Literal["interface", "plugin"], owner_id: int, version: int, code: str, *, actor: str, now: int
) -> None:
    tx.run(sql.add_version, kind=kind, owner_id=owner_id, version=version, code=code, actor=actor, now=now)


def _tell(tx: Tx, kind: str, name: str, data: dict[str, Any], *, workspace_id: int, actor: str, now: int) -> None:
    events.record(
        tx, workspace_id=workspace_id, kind=kind, entity="plugin", entity_id=name, actor=actor, now=now, data=data
    )
