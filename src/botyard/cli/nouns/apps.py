"""Apps with their actions, triggers, tables, rows and files, and cached values."""

from __future__ import annotations

from botyard.cli.nouns import table_files
from botyard.cli.nouns.command import SHOW, Command, Described, removal
from botyard.sdk.concepts.apps import Actions, Apps, Triggers
from botyard.sdk.concepts.cache import Cache
from botyard.sdk.concepts.files import AppFiles
from botyard.sdk.concepts.tables import Rows, Tables

_ONCE = "The token is shown only now."
_HOOK = "The webhook of {action} answers at {url}"

NOUNS = {
    "app": Described(
        calls=Apps,
        commands={
            "list": Command(call="list", columns="id slug name description owner updated_at"),
            "show": SHOW,
            "create": Command(call="create", says="App {slug} has the id {id}."),
            "update": Command(call="update", says="App {slug} is changed."),
            "delete": removal("app {app} with its files, cached values and tokens"),
            "tokens": Command(call="tokens", columns="id name login owner created_at expires_at revoked_at used_at"),
            "create-token": Command(call="create_token", once=_ONCE),
            "revoke-token": Command(
                call="revoke_token", asks="Revoke token {token_id}?", says="Token {token_id} is revoked."
            ),
        },
    ),
    "action": Described(
        calls=Actions,
        commands={
            "list": Command(call="list", columns="id slug name type table runs automation updated_at"),
            "show": SHOW,
            "create": Command(call="create", says="Action {slug} has the id {id}."),
            "update": Command(call="update", says="Action {slug} is changed."),
            "delete": removal("action {action} of app {app}"),
            "code": Command(call="code", part="code"),
            "deploy": Command(
                call="deploy", texts=("code",), says="Version {version} of {automation} is the next that runs."
            ),
            "run": Command(call="run", says="Task {task} was started."),
            "webhook": Command(call="webhook"),
            "enable-webhook": Command(call="enable_webhook", says=_HOOK),
            "disable-webhook": Command(call="disable_webhook", says="Action {action} has no webhook."),
            "rotate-webhook": Command(
                call="rotate_webhook", asks="Give the webhook of {action} another address?", says=_HOOK
            ),
        },
    ),
    "trigger": Described(
        calls=Triggers,
        commands={
            "list": Command(call="list", columns="action table events"),
            "show": SHOW,
            "create": Command(call="create", says="Changes of {table} start {action}."),
            "update": Command(call="update", says="Changes of {table} start {action}."),
            "delete": removal("the trigger of action {action}"),
        },
    ),
    "table": Described(
        calls=Tables,
        commands={
            "list": Command(call="list", columns="name title version created_at updated_at"),
            "show": SHOW,
            "create": Command(call="create", says="Table {name} is made."),
            "change": Command(
                call="change",
                asks="Give table {table} this definition? Columns that it leaves out are taken away.",
                says="Table {name} is at version {version}.",
            ),
            "drop": removal("table {table} with its rows", "drop"),
            "versions": Command(call="versions", columns="version change at actor"),
            "revert": Command(
                call="revert", asks="Bring table {table} back to version {to}?", says="Table {name} is at {version}."
            ),
        },
    ),
    "row": Described(
        calls=Rows,
        commands={
            "list": Command(call="list"),
            "show": SHOW,
            "insert": Command(call="create"),
            "update": Command(call="update"),
            "delete": removal("row {row} of {table}"),
            "link": Command(call="link", says="The links are changed."),
            "history": Command(call="history", columns="id row_id kind actor at undone_by"),
            "undo": Command(call="undo"),
        },
        others={"export": table_files.export, "import": table_files.import_},
    ),
    "app-file": Described(
        calls=AppFiles,
        commands={
            "list": Command(call="list", columns="path size media_type public created_at created_by"),
            "show": SHOW,
            "download": Command(call="content"),
            "upload": Command(call="upload", says="{path} is kept."),
            "delete": removal("file {path} of app {app}"),
        },
    ),
    "cache": Described(
        calls=Cache,
        commands={
            "list": Command(call="keys", columns="key size Seconds_left=ttl updated_at"),
            "show": SHOW,
            "put": Command(call="put", says="{key} is kept."),
            "delete": removal("what lies under {key}"),
        },
    ),
}
