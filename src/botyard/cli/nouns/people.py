"""Members, groups and keys, and what happened and who did it."""

from __future__ import annotations

from botyard.cli.nouns.command import SHOW, Command, Described, removal
from botyard.sdk.concepts.people import Audit, Events, Groups, Keys, Users

NOUNS = {
    "event": Described(
        calls=Events,
        commands={
            "list": Command(call="list", columns="id at kind entity entity_id actor"),
            "since": Command(call="since", columns="id at kind entity entity_id actor"),
            "follow": Command(
                call="follow",
                help="Print what happens as it happens, one line each, until stopped with Ctrl-C.",
                columns="at kind entity entity_id actor",
            ),
        },
    ),
    "audit": Described(
        calls=Audit,
        commands={"list": Command(call="list", columns="id at actor action target verdict address")},
    ),
    "user": Described(
        calls=Users,
        commands={
            "list": Command(call="list", columns="login name role disabled created_at last_login_at"),
            "show": SHOW,
            "create": Command(call="create", once="The first password is shown only now."),
            "update": Command(call="update", says="Member {login} is changed."),
            "remove": removal("the membership of {login}", "remove"),
            "reset-password": Command(
                call="reset_password",
                asks="Give {login} another first password?",
                once="The password is shown only now.",
            ),
        },
    ),
    "group": Described(
        calls=Groups,
        commands={
            "list": Command(call="list", columns="name users addresses updated_at"),
            "show": SHOW,
            "create": Command(call="create", says="Group {name} is made."),
            "update": Command(call="update", says="Group {name} is changed."),
            "delete": removal("group {name} with its subscriptions"),
            "subscribers": Command(call="subscribers", columns="user group address level", part="subscribers"),
            "subscribe": Command(call="subscribe", columns="user group address level", part="subscribers"),
        },
    ),
    "key": Described(
        calls=Keys,
        commands={
            "list": Command(call="list", columns="id name kind dialect role login owner used_at expires_at revoked_at"),
            "show": SHOW,
            "create": Command(call="create", once="The key is shown only now. Keep it secret."),
            "revoke": Command(call="revoke", asks="Revoke key {key_id}?", says="Key {key_id} is revoked."),
        },
    ),
}
