"""Automations, their packages, folders, schedules, and runners."""

from __future__ import annotations

from botyard.cli.nouns.command import SHOW, Command, Described, removal
from botyard.sdk.concepts.automations import Automations, Folders, Packages
from botyard.sdk.concepts.runners import Runners
from botyard.sdk.concepts.schedules import Schedules

NOUNS = {
    "automation": Described(
        calls=Automations,
        commands={
            "list": Command(call="list", columns="label name folder version dialect priority updated_at"),
            "show": SHOW,
            "create": Command(call="create", says="Automation {label} is made."),
            "update": Command(call="update", says="Automation {label} is changed."),
            "delete": removal("automation {label} with its schedules and its package"),
        },
    ),
    "package": Described(
        calls=Packages,
        commands={
            "list": Command(call="list", columns="version dialect released size files created_at created_by"),
            "show": SHOW,
            "release": Command(call="release", says="Version {version} of {automation} is released."),
            "delete": removal("version {version} of {automation}"),
            "download": Command(call="content", help="Fetch the archive with a digest, which show tells."),
        },
    ),
    "folder": Described(
        calls=Folders,
        commands={
            "list": Command(call="list", columns="name slug declared id"),
            "show": SHOW,
            "create": Command(call="create", says="Folder {name} is made."),
            "rename": Command(call="rename", says="The folder is called {name} now."),
            "delete": removal("folder {folder}"),
        },
    ),
    "schedule": Described(
        calls=Schedules,
        commands={
            "list": Command(
                call="list", columns="id automation name cron once_at timezone active next_at last_at error"
            ),
            "show": SHOW,
            "create": Command(call="create", says="Schedule {id} of {automation} is made; it fires next at {next_at}."),
            "update": Command(call="update", says="Schedule {id} is changed; it fires next at {next_at}."),
            "delete": removal("schedule {schedule_id}"),
            "pause": Command(call="pause", says="Schedule {id} rests."),
            "resume": Command(call="resume", says="Schedule {id} goes on; it fires next at {next_at}."),
            "run": Command(call="run", says="Task {id} of {automation} is {state}."),
            "firings": Command(call="firings", columns="due_at verdict task reason fired_at"),
            "bulk": Command(call="bulk_matching", asks="{action} every schedule that matches?"),
        },
    ),
    "runners": Described(
        calls=Runners,
        commands={
            "list": Command(call="list", columns="id name label host online draining busy slots version seen_at"),
            "show": SHOW,
            "drain": Command(call="drain", says="Runner {name} takes nothing new."),
            "resume": Command(call="resume", says="Runner {name} is in service."),
            "remove": removal("runner {runner_id}"),
            "bulk": Command(call="bulk_matching", asks="{action} every runner that matches?"),
        },
    ),
}
