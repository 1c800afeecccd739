"""The sentences of the description: of the whole, of tags, of path parameters; those of fields are in `fields`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botyard.protocols.native.description import fields

if TYPE_CHECKING:
    from botyard.protocols.native.description.operations import Operation

LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
BEARER = "A key (`botyard connect`), the token of a runner, or the token that a bot was given."
PROBLEM = "What happened, what to do about it, and a code that stays the same (RFC 9457)."
WAITING = "Not now: ask again after `Retry-After` seconds."
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A random text of the client's for this call: repeated within a day, it is carried out once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what was read: nothing is done when it was changed since.",
    "schema": {"type": "string", "pattern": '^"[0-9a-zA-Z-]+"$'},
}
_LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The id of the last message that came; the stream goes on behind it.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,15}$"},
}
#: Headers of requests, by the names of their components.
HEADERS = {"IdempotencyKey": _IDEMPOTENCY_KEY, "IfMatch": _IF_MATCH, "LastEventID": _LAST_EVENT_ID}
ETAG = {"description": "The state that it is in, for `If-Match`.", "schema": {"type": "string"}}
INTRODUCTION = """\
The API that runners, the SDK, the command line and scripts speak.

Send the credential as `Authorization: Bearer …`. It opens one workspace and stands for one role; each operation names
the permission that it needs. Bodies are JSON in UTF-8 with `Content-Type: application/json` unless an operation says
otherwise, times are ISO 8601 in UTC. A field or a query parameter that is not known is refused.

Lists are pages: send `next` of a page as the parameter that the list names, `before` or `after`, until it is null.

A call that makes something may carry an `Idempotency-Key`: the same call with the same key is carried out once and gets
the same answer for a day; another call with it is refused. Answers that hold a token, or are longer than 64 KiB, are
not kept: a repeated call for one is told that it was carried out (`reply_gone`). What can be edited is read with an
`ETag`; an edit that carries it as `If-Match` is refused with 412 when somebody else was faster.

Operations called `bulk_matching` do one thing with everything that a filter matches, some hundreds a call, and with
`dry_run` only tell what that would be. What happens can be followed as server-sent events; a client that was cut off
sends the id of the last message as `Last-Event-ID` and goes on behind it.

The local administrator of a server says with the header `X-Botyard-Workspace` which workspace it means.

An error is `application/problem+json`: `detail` says what happened, `hint` what to do, `code` stays the same and may
be compared; `field` names the part that is to blame, and the server's log knows the `request_id`.
"""

_LISTS = ("Page", "List")
#: Path parameters that are numbers; `{id}` always is one.
NUMBERS = frozenset({"id"})
_TAGS = {
    "actions": "The actions of apps: code that an app runs, by hand, by trigger or from outside.",
    "alerts": "Notices that tasks raised.",
    "api": "This description.",
    "apps": "Apps: actions, tables and connections that belong together.",
    "artifacts": "Files that tasks left.",
    "assets": "Settings and secrets by name, in folders.",
    "audit": "Who changed what, and who was refused.",
    "automations": "Automations: what can be run, with its rules and its released package.",
    "cache": "Values that programs of an app keep for each other.",
    "connections": "Accounts at integrations.",
    "credentials": "Sets of secrets by label.",
    "errors": "Errors that bots reported, grouped by their cause.",
    "events": "What happened in the workspace, as it happens.",
    "files": "Files between bots and tasks, carried by the runner.",
    "folders": "Folders, in which automations, queues, credentials and assets lie.",
    "groups": "Groups of people, to whom messages and alerts go.",
    "integrations": "APIs of other systems, and the log of their calls.",
    "items": "Items of queues: units of work.",
    "keys": "Keys, with what else a client has to be given.",
    "logs": "What the process of a task wrote.",
    "logtables": "Tables of log entries that bots declare and fill.",
    "me": "Who the caller is, and what it may do.",
    "messages": "Messages that bots sent by mail or to people.",
    "packages": "Packages: the code of automations, by version.",
    "plugins": "Plugins: code for one integration behind an interface that all of them share.",
    "queues": "Queues of items, with their rules.",
    "rows": "Rows of app tables, and what was done to them.",
    "runners": "Runners: what they are, and the calls by which they take and report work.",
    "schedules": "Starting automations by the clock.",
    "systems": "Systems outside that may start automations.",
    "tables": "Tables of apps, with their versions.",
    "tasks": "Tasks: runs of automations, from waiting to their end.",
    "traces": "What a task did and how long each part took.",
    "triggers": "What starts actions by itself.",
    "users": "People of the workspace and their roles.",
    "vault": "The keys that protect what is secret.",
    "workspace": "The whole workspace as one document.",
}
_PATHS = {
    "action": "The id or slug of the action.",
    "app": "The id or slug of the app.",
    "attempt": "The id of the attempt, as its lease gave it.",
    "digest": "The SHA-256 of the package's bytes, in hexadecimal.",
    "folder": "The id, slug or name of the folder.",
    "integration": "The key of the integration.",
    "interface": "The namespace of the interface.",
    "key": "The name of the key within the set.",
    "label": "The label.",
    "name": "The name.",
    "row": "The id of the row.",
    "runner": "The id of the runner.",
    "system": "The id of the system.",
    "table": "The name of the table.",
}
_OWNERS = {"error-groups": "group of errors", "history": "change"}


def tag(name: str) -> str:
    """Return what the operations of a tag are about."""
    return _TAGS.get(name, "")


def path(whole: str, name: str) -> str:
    """Return what a parameter of a path is; an id is that of what the path names before it."""
    if name == "id":
        owner = whole.partition("/{id}")[0].rpartition("/")[2]
        return f"The id of the {_OWNERS.get(owner, owner.removesuffix('s'))}."
    return _PATHS.get(name, f"The {name}.")


def field(struct: str, name: str) -> str:
    """Return what a field is, empty when its name says it all."""
    if name != "next" and struct.endswith(_LISTS):
        return "Those of this page." if struct.endswith("Page") else "All there are."
    return fields.OF_STRUCTS.get(f"{struct}.{name}") or fields.ANYWHERE.get(name, "")


def needs(operation: Operation) -> str:
    """Return what the caller has to be."""
    if operation.permission is not None:
        return f"Needs the permission `{operation.permission}`."
    return "Answers without a credential." if operation.route.is_open else "Answers any known caller."


def sentences(*parts: str) -> str:
    """Return paragraphs, without the empty ones."""
    return "\n\n".join(part for part in parts if part)
