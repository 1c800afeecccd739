"""The pages that the menu, the palette and the list of all pages lead to, each with what it takes to see it."""

from __future__ import annotations

from typing import NamedTuple

from botyard.core.access import Caller, Permission


class Place(NamedTuple):
    """A page of the menu; `group` is the heading that it stands under, `key` what follows g on the keyboard."""

    path: str
    name: str
    icon: str
    permission: Permission
    group: str = "Work"
    key: str = ""


PLACES = (
    Place("/", "Operations", "pulse", Permission.TASKS_READ, key="o"),
    Place("/tasks", "Tasks", "list", Permission.TASKS_READ, key="t"),
    Place("/queues", "Queues", "tray", Permission.QUEUES_READ, key="q"),
    Place("/automations", "Automations", "bot", Permission.AUTOMATIONS_READ, key="a"),
    Place("/schedules", "Schedules", "clock", Permission.AUTOMATIONS_READ, key="s"),
    Place("/runners", "Runners", "machine", Permission.RUNNERS_READ, key="r"),
    Place("/errors", "Errors", "bug", Permission.LOGS_READ, "Left by bots", "e"),
    Place("/alerts", "Alerts", "bell", Permission.TASKS_READ, "Left by bots"),
    Place("/files", "Files", "file", Permission.ARTIFACTS_READ, "Left by bots", "f"),
    Place("/logs", "Logs", "table", Permission.LOGS_READ, "Left by bots", "l"),
    Place("/messages", "Messages", "mail", Permission.LOGS_READ, "Left by bots", "m"),
    Place("/apps", "Apps", "grid", Permission.AUTOMATIONS_READ, "Apps", "b"),
    Place("/tables", "Tables", "table", Permission.TABLES_READ, "Apps", "d"),
    Place("/integrations", "Integrations", "link", Permission.INTEGRATIONS_READ, "Apps", "i"),
    Place("/plugins", "Plugins", "puzzle", Permission.AUTOMATIONS_READ, "Apps", "p"),
    Place("/credentials", "Credentials", "key", Permission.CREDENTIALS_READ, "Workspace", "c"),
    Place("/assets", "Assets", "box", Permission.CREDENTIALS_READ, "Workspace", "v"),
    Place("/folders", "Folders", "folder", Permission.AUTOMATIONS_READ, "Workspace"),
    Place("/systems", "Systems", "plug", Permission.SYSTEMS_READ, "Workspace", "y"),
    Place("/settings", "Settings", "gear", Permission.USERS_MANAGE, "Workspace"),
)


def places_for(caller: Caller | None) -> list[tuple[str, list[Place]]]:
    """Return the pages that somebody may see, by heading."""
    groups: dict[str, list[Place]] = {}
    for place in PLACES:
        if caller is not None and caller.may(place.permission):
            groups.setdefault(place.group, []).append(place)
    return list(groups.items())
