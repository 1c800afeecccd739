"""Integrations with their connections, plugins, and systems that ask for work."""

from __future__ import annotations

from botyard.cli.nouns.command import SHOW, Command, Described, removal
from botyard.sdk.concepts.integrations import Connections, Integrations, PluginInterfaces, Plugins
from botyard.sdk.concepts.systems import Systems

_ONCE = "The token is shown only now."

NOUNS = {
    "integration": Described(
        calls=Integrations,
        commands={
            "list": Command(call="list", columns="key name version kind base_url has_secret updated_at"),
            "show": SHOW,
            "create": Command(call="create", says="Integration {key} is made."),
            "update": Command(call="update", says="Integration {key} is changed."),
            "delete": removal("integration {integration} with its connections and the log of its calls"),
            "calls": Command(call="calls", columns="id method url status milliseconds actor reason at"),
        },
    ),
    "connection": Described(
        calls=Connections,
        commands={
            "list": Command(call="list", columns="id name every_app apps concurrency broken token_expires_at read_at"),
            "show": SHOW,
            "create": Command(call="create", says="Connection {id} ({name}) is made."),
            "sign-in": Command(call="sign_in"),
            "update": Command(call="update", says="Connection {id} is changed."),
            "delete": removal("connection {connection_id} and its secrets"),
            "test": Command(call="test"),
        },
    ),
    "plugin-interface": Described(
        calls=PluginInterfaces,
        commands={
            "list": Command(call="list", columns="namespace title capabilities version updated_at"),
            "show": SHOW,
            "create": Command(call="create", texts=("code",), says="Interface {namespace} is made."),
            "update": Command(call="update", texts=("code",), says="Interface {namespace} is at version {version}."),
            "delete": removal("interface {interface} with its plugins and all their versions"),
            "versions": Command(call="versions", columns="version at actor"),
        },
    ),
    "plugin": Described(
        calls=Plugins,
        commands={
            "list": Command(call="list", columns="id interface integration enabled implemented version updated_at"),
            "show": SHOW,
            "create": Command(call="create", texts=("code",), says="Plugin {id} is made."),
            "update": Command(call="update", texts=("code",), says="Plugin {id} is at version {version}."),
            "delete": removal("plugin {plugin_id} with all versions of its code"),
            "versions": Command(call="versions", columns="version at actor"),
        },
    ),
    "system": Described(
        calls=Systems,
        commands={
            "list": Command(call="list", columns="id name state processes reads_all used_at created_by"),
            "show": SHOW,
            "create": Command(call="create", once=_ONCE),
            "update": Command(call="update", says="System {name} is changed."),
            "allow": Command(call="allow", says="System {name} is let in."),
            "lock": Command(call="lock", says="System {name} is refused from now on."),
            "rotate": Command(
                call="rotate", asks="Give system {system} another token? The earlier one ends.", once=_ONCE
            ),
        },
    ),
}
