"""Apps, integrations, plugins and systems as sections of a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from botyard.cli.exporting.document import Reader

#: What a connection of each kind is made with.
_SECRETS: Mapping[str, tuple[str, ...]] = {
    "api_key": ("key",),
    "hmac": ("key",),
    "basic": ("user", "password"),
    "wsdl": ("user", "password"),
    "oauth2": ("access_token",),
}


def apps(reader: Reader) -> Iterator[dict[str, Any]]:
    """Yield apps with their tables and actions; `automation` of an action is no part of the document."""
    for app in reader.yard.apps.list():
        yield {
            "id": app.id,
            "slug": app.slug,
            "name": app.name,
            "description": app.description,
            "tables": [_table(one) for one in reader.yard.tables.list(app.id)],
            "actions": [_action(reader, app.slug, one) for one in reader.yard.actions.list(app.id)],
        }


def without_automations(app: dict[str, Any]) -> dict[str, Any]:
    """Return an app as the document has it."""
    actions = [{key: value for key, value in one.items() if key != "automation"} for one in app["actions"]]
    whole = {**app, "actions": actions}
    return {key: value for key, value in whole.items() if value or key in ("id", "slug", "name")}


def _table(one: Any) -> dict[str, Any]:
    found = msgspec.to_builtins(one)
    entry = {"name": found["name"], "title": found["title"], "fields": found["fields"]}
    return entry | {name: found[name] for name in ("unique_together", "search_fields") if found[name]}


def _action(reader: Reader, app: str, one: Any) -> dict[str, Any]:
    found = msgspec.to_builtins(one)
    names = ("slug", "name", "type", "description", "required_confirmation", "is_public", "automation")
    entry = {name: found[name] for name in names}
    if found["input_schema"] is not None:
        entry["input_schema"] = found["input_schema"]
    if found["table"] is not None:
        entry["table"] = found["table"].removeprefix(f"app_{found['app']}_")
    if found["events"]:
        entry["on"] = found["events"]
    code = reader.yard.actions.code(found["app"], found["id"])
    if code.version is not None and code.code.strip():
        entry |= {"code": reader.code(code.code, app, found["slug"]), "requirements": found["requirements"]}
    return entry


def integration(reader: Reader, one: dict[str, Any]) -> dict[str, Any]:
    """Return an integration with its connections, in their order."""
    from botyard.core.declare.integration import as_declared

    declared, undeclared = as_declared(kind=one["kind"], details=one["details"])
    for name in undeclared:
        reader.found.left_out.append(f"{name} of integration {one['key']}: a workspace file has no word for it.")
    if one["has_secret"] and one["kind"] == "oauth2":
        declared["auth"]["secret"] = reader.secret(one["key"], "client_secret")
    entry = {name: one[name] for name in ("name", "version", "base_url", "allow_private_network")}
    connections: dict[str, dict[str, Any]] = {}
    for each in map(msgspec.to_builtins, reader.yard.connections.list(one["key"])):
        if each["name"] in connections:
            reader.found.left_out.append(f"connection {each['id']} of {one['key']}: it needs a name of its own.")
        elif not each["builtin"]:
            connections[each["name"]] = _connection(reader, one, each)
    whole = {"id": one["key"], **entry, **declared, "connections": [*connections.values()]}
    return {key: value for key, value in whole.items() if value is not None and value != []}


def _connection(reader: Reader, owner: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    secrets = {name: reader.secret(owner["key"], one["name"], name) for name in _SECRETS.get(owner["kind"], ())}
    entry = {"name": one["name"], **secrets, "concurrency": one["concurrency"]}
    if one["calls_per_minute"] is not None:
        entry["calls_per_minute"] = one["calls_per_minute"]
    return entry if one["every_app"] else entry | {"apps": one["apps"]}


def plugins(reader: Reader) -> dict[str, Any]:
    """Return interfaces and their implementations, with their code."""
    yard = reader.yard
    interfaces = []
    for each in yard.plugin_interfaces.list():
        one = yard.plugin_interfaces.get(each.namespace)
        entry: dict[str, Any] = {"namespace": one.namespace, "title": one.title, "capabilities": one.capabilities}
        if one.code and one.code.strip():
            entry["code"] = reader.code(one.code, one.namespace)
        interfaces.append(entry)
    implementations = []
    for known in yard.plugins.list():
        whole = yard.plugins.get(known.id)
        implementations.append(
            {
                "interface": whole.interface,
                "integration": whole.integration,
                "code": reader.code(whole.code or "", whole.interface, whole.integration),
                "enabled": whole.enabled,
            }
        )
    found = {"interfaces": interfaces, "implementations": implementations}
    return {key: value for key, value in found.items() if value}


def systems(reader: Reader) -> Iterator[dict[str, Any]]:
    """Yield systems that were let in or locked; declaring one that nobody decided about would let it in."""
    for each in reader.yard.systems.list():
        one = msgspec.to_builtins(each)
        if one["state"] not in ("allowed", "locked"):
            reader.found.left_out.append(f"system {one['name']}: nobody has let it in.")
            continue
        names = ("description", "processes", "reads_all", "networks", "file_hosts", "private_targets", "max_file_bytes")
        entry = {name: one[name] for name in names if one[name] is not None}
        yield {"name": one["name"], "token": reader.secret(one["name"], "token"), "state": one["state"], **entry}
