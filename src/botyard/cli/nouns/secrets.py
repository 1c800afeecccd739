"""Credentials and assets. Values come from a file or standard input, so that they stand in no history of a shell."""

from __future__ import annotations

from botyard.cli.nouns.command import SHOW, Command, Described, removal
from botyard.sdk.concepts.secrets import Assets, Credentials

NOUNS = {
    "credential": Described(
        calls=Credentials,
        commands={
            "list": Command(call="list", columns="label folder created_at created_by updated_at"),
            "show": SHOW,
            "create": Command(call="create", says="Credential {label} is made."),
            "update": Command(
                call="update",
                help="Set some keys of a set, and leave the others; read them from --file to keep them private.",
                says="Credential {label} is changed.",
            ),
            "replace": Command(
                call="replace",
                asks="Replace every secret of credential {label}?",
                says="Credential {label} holds exactly these secrets.",
            ),
            "delete": removal("credential {label}"),
            "value": Command(
                call="value", help="Print one value; who fetched it, and when, is recorded.", part="value"
            ),
            "delete-key": Command(
                call="delete_key", asks="Delete key {key} of {label}?", says="Key {key} of {label} is deleted."
            ),
        },
    ),
    "asset": Described(
        calls=Assets,
        commands={
            "list": Command(call="list", columns="name folder type value username description updated_at"),
            "show": SHOW,
            "create": Command(call="create", says="Asset {name} is made."),
            "put": Command(call="put", says="Asset {name} is set."),
            "delete": removal("asset {name}"),
            "secret": Command(call="secret", help="Print what is secret in an asset; recorded.", part="value"),
        },
    ),
}
