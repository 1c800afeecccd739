"""Integrations in a document: `{id, name, version, base_url, auth: {kind, ...}, connections: [{name, key, apps}]}`.

Connections are made in the order of the file, and every list of them keeps that order. Connections and details that the
document does not mention stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from botyard.core import apps, integrations
from botyard.core.declare.section import Change, Entry, Section, Target
from botyard.core.declare.source import Source
from botyard.core.integrations import Integration, NewConnection, NewIntegration
from botyard.storage import Tx

_OWN = ("name", "version", "base_url", "allow_private_network")
#: Keys of the file, and what the registry calls them.
_DETAILS = {
    "description": "description",
    "accept": "accept_header",
    "headers": "extra_headers",
    "status_check_url": "status_check_url",
    "website_url": "website_url",
    "docs_url": "api_docs_url",
    "icon": "icon",
    "tags": "tags",
    "categories": "categories",
    "sandbox": "is_sandbox",
}
_KEYS = ("id", *_OWN, *_DETAILS, "auth", "connections")
_AUTH: Mapping[str, Mapping[str, str]] = {
    "none": {},
    "basic": {},
    "api_key": {"in": "api_key_distribution", "name": "", "scheme": "api_auth_header_key"},
    "oauth2": {
        "client_id": "client_id",
        "secret": "",
        "authorize_url": "authorize_url",
        "token_url": "access_token_url",
        "identity_url": "identity_url",
        "scope": "scope",
        "pkce": "oauth_pkce_enabled",
        "basic": "oauth_basic_auth",
    },
    "hmac": {
        "algorithm": "hmac_algorithm",
        "fields": "hmac_fields",
        "separator": "hmac_separator",
        "key_format": "hmac_key_format",
        "header": "hmac_header_placeholder",
        "field": "hmac_custom_signature_field",
    },
    "wsdl": {"url": "wsdl_document_url", "method": "wsdl_auth_method", "custom": "wsdl_custom_auth"},
}
#: Where the name of an API key goes, by the place that the key goes to.
_NAMES = {
    "header": "api_auth_header_name",
    "query": "api_key_query_param_key",
    "body": "api_key_body_param_key",
}
_OPEN: Mapping[str, Any] = {"base_url": "https://example.com", "allow_private_network": True}
_SECRETS = ("key", "user", "password", "access_token", "refresh_token")
_CONNECTION = ("name", *_SECRETS, "apps", "concurrency", "calls_per_minute")


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A connection as a document has it; `apps` None stands for every app, and names them by id or slug."""

    connection: NewConnection
    apps: tuple[str, ...] | None
    path: str


def as_declared(*, kind: str, details: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what a document says of an integration's sign-in and details, and which details it has no key for."""
    known = {stored: key for key, stored in _DETAILS.items()}
    sign_in = {stored: key for key, stored in _AUTH[kind].items() if stored}
    if kind == "api_key":
        sign_in[_NAMES.get(str(details.get("api_key_distribution")), _NAMES["header"])] = "name"
    given = {name: value for name, value in details.items() if value is not None}
    auth = {"kind": kind} | {sign_in[name]: value for name, value in given.items() if name in sign_in}
    said = {known[name]: value for name, value in given.items() if name in known}
    return {"auth": auth} | said, [name for name in given if name not in known and name not in sign_in]


def _read(entry: Any, path: str, source: Source) -> Entry:
    if not isinstance(entry, dict):
        raise source.problem(path, "An integration must hold keys and values.", "Write - {id: NAME, base_url: URL}.")
    source.check_keys(entry, _KEYS, path)
    if not isinstance(entry.get("id"), str):
        raise source.problem(f"{path}.id", "An integration needs an id, which is a text.")
    given = {name: entry[name] for name in _OWN if name in entry}
    if isinstance(given.get("version"), (int, float)) and not isinstance(given["version"], bool):
        given["version"] = str(given["version"])  # what looks like a number in YAML
    details = {stored: entry[name] for name, stored in _DETAILS.items() if name in entry}
    sign_in = _auth(entry.get("auth", {"kind": "none"}), f"{path}.auth", source)
    secret, kind = sign_in.pop("secret", None), sign_in.pop("kind")
    fields = given | {"kind": kind, "details": details | sign_in, "secret": secret}
    # What is left out may be there already: that is checked against the workspace.
    new = source.checked(lambda: _new(entry["id"], {**_OPEN, **fields}), path)
    connections = _connections(entry.get("connections", []), f"{path}.connections", source)
    for each in connections:
        _check_secrets(new, each, source)
    return Entry(name=new.key, fields={"fields": fields, "connections": connections}, path=path)


def _new(key: str, fields: Mapping[str, Any]) -> NewIntegration:
    whole: dict[str, Any] = {"name": key, "version": "1", "base_url": None, "allow_private_network": False}
    return integrations.checked(key=key, **(whole | dict(fields)))


def _check_secrets(new: NewIntegration, each: Declared, source: Source) -> None:
    source.checked(lambda: integrations.check_secrets(new.key, new.kind, each.connection.secrets), each.path)


def _auth(found: Any, path: str, source: Source) -> dict[str, Any]:
    """Return the kind of sign-in, and what it needs as the registry calls it."""
    kind = found.get("kind") if isinstance(found, dict) else None
    kind = "wsdl" if kind == "soap" else kind
    if not isinstance(kind, str) or kind not in _AUTH:
        raise source.problem(f"{path}.kind", f"Auth needs a kind: one of {', '.join(_AUTH)}.", "Write {kind: api_key}.")
    source.check_keys(found, ("kind", *_AUTH[kind]), path)
    details: dict[str, Any] = {"kind": kind}
    for name, stored in _AUTH[kind].items():
        if stored and name in found:
            details[stored] = found[name]
    if kind == "api_key":
        place = found.get("in", "header")
        details["api_key_distribution"] = place
        if "name" in found:
            details[_NAMES.get(str(place), _NAMES["header"])] = found["name"]
    if kind == "oauth2" and "secret" in found:
        details["secret"] = found["secret"]
    return details


def _connections(found: Any, path: str, source: Source) -> tuple[Declared, ...]:
    if not isinstance(found, list):
        raise source.problem(path, "Connections must be a list.", "Write - {name: ME, key: {env: KEY}}.")
    read = tuple(_connection(each, f"{path}[{number}]", source) for number, each in enumerate(found))
    names = [each.connection.name for each in read]
    for number, each in enumerate(read):
        if each.connection.name in names[:number]:
            raise source.problem(f"{each.path}.name", f'The connection "{each.connection.name}" is declared twice.')
    return read


def _connection(entry: Any, path: str, source: Source) -> Declared:
    if not isinstance(entry, dict):
        raise source.problem(path, "A connection must hold keys and values.", "Write - {name: ME, key: {env: KEY}}.")
    source.check_keys(entry, _CONNECTION, path)
    for key in ("concurrency", "calls_per_minute"):
        if not isinstance(entry.get(key, 1), int) or isinstance(entry.get(key), bool):
            raise source.problem(f"{path}.{key}", f"{key} must be a whole number.")
    name = source.checked(lambda: integrations.checked_name(entry.get("name", entry.get("user"))), path)
    return Declared(
        connection=NewConnection(
            name=name,
            secrets={key: entry[key] for key in _SECRETS if key in entry},
            concurrency=entry.get("concurrency"),
            calls_per_minute=entry.get("calls_per_minute"),
        ),
        apps=_apps(entry.get("apps"), f"{path}.apps", source),
        path=path,
    )


def _apps(found: Any, path: str, source: Source) -> tuple[str, ...] | None:
    if found is None:
        return None
    if not isinstance(found, list) or any(isinstance(one, bool) or not isinstance(one, (int, str)) for one in found):
        raise source.problem(path, "Apps must be a list of ids or slugs.", "Leave the key out for every app.")
    return tuple(str(one) for one in found)


def _plan(tx: Tx, target: Target, entry: Entry) -> Change | None:
    """Return what changes: of connections only which parts, never a secret."""
    for each in entry.fields["connections"]:
        _check_apps(tx, target, each)
    present = integrations.find(tx, workspace_id=target.workspace_id, key=entry.name)
    if present is None:
        new = _whole_new(target, entry)
        fields = {name: (None, getattr(new, name)) for name in (*_OWN, "kind")}
        fields |= {f"connections.{each.connection.name}": (None, "new") for each in entry.fields["connections"]}
        return Change(action="create", kind="integration", name=entry.name, fields=fields)
    fields = _plan_own(tx, target, present, entry)
    for each in entry.fields["connections"]:
        fields |= _plan_connection(tx, target, entry.name, each)
    return Change(action="update", kind="integration", name=entry.name, fields=fields) if fields else None


def _whole_new(target: Target, entry: Entry) -> NewIntegration:
    return target.source.checked(lambda: _new(entry.name, entry.fields["fields"]), entry.path)


def _plan_own(tx: Tx, target: Target, present: Integration, entry: Entry) -> dict[str, tuple[Any, Any]]:
    wanted = target.source.checked(lambda: integrations.merged(present, entry.fields["fields"]), entry.path)
    fields: dict[str, tuple[Any, Any]] = {
        name: (getattr(present, name), getattr(wanted, name))
        for name in (*_OWN, "kind")
        if getattr(present, name) != getattr(wanted, name)
    }
    for name in present.details.__struct_fields__:
        before, after = getattr(present.details, name), getattr(wanted.details, name)
        if before != after:
            fields[f"details.{name}"] = (msgspec.to_builtins(before), msgspec.to_builtins(after))
    if wanted.secret is not None:
        known = integrations.client_secret(tx, root_keys=target.root_keys, integration=present)
        if known != wanted.secret:
            fields["auth.secret"] = (f"version {present.secret_version}" if known else None, "a new value")
    return fields


def _plan_connection(tx: Tx, target: Target, key: str, each: Declared) -> dict[str, tuple[Any, Any]]:
    present, changed = integrations.differs(
        tx,
        root_keys=target.root_keys,
        workspace_id=target.workspace_id,
        key=key,
        connection=_whole(tx, target, each),
    )
    if present is None:
        return {f"connections.{each.connection.name}": (None, "new")}
    return {f"connections.{each.connection.name}": ("as it was", f"other {', '.join(changed)}")} if changed else {}


def _check_apps(tx: Tx, target: Target, each: Declared) -> None:
    """Raise Invalid for an app that neither the workspace nor the document has."""
    for number, named in enumerate(each.apps or ()):
        if named in target.declared.get("apps", ()):
            continue
        if apps.find(tx, workspace_id=target.workspace_id, named=named) is None:
            raise target.source.problem(
                f"{each.path}.apps[{number}]", f'The app "{named[:80]}" does not exist.', "Declare it under apps."
            )


def _whole(tx: Tx, target: Target, each: Declared) -> NewConnection:
    """Return a connection with the ids of its apps; 0 stands for one that the document is about to make."""
    if each.apps is None:
        return each.connection
    found = [apps.find(tx, workspace_id=target.workspace_id, named=named) for named in each.apps]
    return msgspec.structs.replace(each.connection, apps=[app.id if app else 0 for app in found])


def _write(tx: Tx, target: Target, entry: Entry, change: Change) -> None:
    said: dict[str, Any] = {
        "root_keys": target.root_keys,
        "workspace_id": target.workspace_id,
        "actor": target.actor,
        "now": target.now,
    }
    if change.action == "create":
        integrations.create(tx, integration=_whole_new(target, entry), may_open=True, **said)
    elif any(not name.startswith("connections.") for name in change.fields):
        integrations.update(tx, key=entry.name, fields=entry.fields["fields"], may_open=True, **said)
    for each in entry.fields["connections"]:
        if f"connections.{each.connection.name}" not in change.fields:
            continue
        whole = _whole(tx, target, each)
        found = integrations.get(tx, workspace_id=target.workspace_id, key=entry.name)
        present = integrations.find_connection(tx, integration=found, name=each.connection.name or "")
        if present is None:
            integrations.connect(tx, key=entry.name, connection=whole, **said)
        else:
            whole = msgspec.structs.replace(whole, name=None)
            integrations.reconnect(tx, connection_id=present.id, connection=whole, **said)


SECTION = Section("integrations", _read, _plan, _write)
