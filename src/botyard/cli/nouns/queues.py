"""Queues and their items."""

from __future__ import annotations

from botyard.cli.nouns.command import SHOW, Command, Described, removal
from botyard.sdk.concepts.queues import QueueItems, Queues

_ITEM = "id state priority unique_key display_value message task retry_index created_at"
_HELD = "Whoever pulls an item reports on it before its lease is over, else another gets it."

NOUNS = {
    "queue": Described(
        calls=Queues,
        commands={
            "list": Command(
                call="list",
                columns="label name folder automation active Pending=counts.pending Done=counts.done "
                "Errors=counts.error total updated_at",
            ),
            "show": SHOW,
            "create": Command(call="create", says="Queue {label} is made."),
            "update": Command(call="update", says="Queue {label} is changed."),
            "delete": removal("queue {label} with its items; the label is never used again"),
            "pause": Command(call="pause", says="Queue {label} hands out nothing."),
            "resume": Command(call="resume", says="Queue {label} hands out items again."),
            "push": Command(
                call="push",
                help="Push items: a JSON list of objects, each the values of one item.",
                columns="id state unique_key",
                part="items",
            ),
            "pull": Command(call="pull", columns=_ITEM, part="items", once=_HELD),
            "report": Command(call="report", columns="item state child code detail", part="verdicts"),
            "release": Command(call="release", columns="item state code detail", part="verdicts"),
            "export": Command(call="export_csv"),
            "import": Command(call="import_csv", says="{items} items are pushed."),
        },
    ),
    "item": Described(
        calls=QueueItems,
        commands={
            "list": Command(call="list", columns=_ITEM),
            "show": SHOW,
            "update": Command(call="update", says="Item {id} is changed."),
            "delete": removal("item {item_id}"),
            "chain": Command(call="chain", columns=_ITEM),
            "cancel": Command(call="cancel", says="Item {id} is {state}."),
            "retry": Command(call="retry", says="Item {id} is {state}; it retries item {item_id}."),
            "bulk": Command(call="bulk_matching", asks="{action} every item of {queue} that matches?"),
        },
    ),
}
