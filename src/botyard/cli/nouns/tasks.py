"""Tasks: the commands that are written by hand, and those that follow from the calls."""

from __future__ import annotations

from botyard.cli import task
from botyard.cli.nouns.command import Command, Described, removal
from botyard.sdk.concepts.tasks import Tasks

NOUNS = {
    "task": Described(
        calls=Tasks,
        commands={
            "list": Command(call="list", columns="id state automation message runner attempts created_at finished_at"),
            "restart": Command(call="restart", says="Task {id} is {state}."),
            "interrupt": Command(call="interrupt", says="The bot of task {id} is asked to stop."),
            "kill": Command(
                call="kill", asks="Stop the process of task {task_id} without asking it?", says="Task {id} is {state}."
            ),
            "finish": Command(call="finish", says="Task {id} is {state}."),
            "delete": removal("test task {task_id} with all that belongs to it"),
            "attempts": Command(call="attempts", columns="epoch state runner exit_code message started_at ended_at"),
            "events": Command(call="events", columns="id at kind actor"),
            "bulk": Command(
                call="bulk_matching",
                help="Cancel, restart, interrupt or kill the tasks that match; --dry-run only tells which those are.",
                asks="{action} every task that matches?",
            ),
        },
        others={
            "run": task.run,
            "show": task.show,
            "cancel": task.cancel,
            "logs": task.logs,
            "rotate-token": task.rotate_token,
        },
    )
}
