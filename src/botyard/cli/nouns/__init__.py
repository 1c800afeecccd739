"""Commands that are described as data: one noun per concept, loaded when it is used.

`NOUNS` names each with the module that describes it, so that `botyard --help` loads none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Noun → module beside this one, and what the list of commands says about it.
NOUNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "task": ("tasks", "Run tasks and look after them."),
        "automation": ("work", "What can be started: packages with their rules."),
        "package": ("work", "Versions that were deployed to automations."),
        "folder": ("work", "What automations, queues and credentials lie in."),
        "schedule": ("work", "When automations start by themselves."),
        "runners": ("work", "Machines that tasks run on; botyard runner starts one."),
        "queue": ("queues", "Lists of work, and the rules by which it is handed out."),
        "item": ("queues", "Items of queues."),
        "credential": ("secrets", "Sets of secrets, each under a key."),
        "asset": ("secrets", "Values that bots look up."),
        "log": ("records", "Logs with columns, which bots write rows into."),
        "artifact": ("records", "Files that tasks left."),
        "error": ("records", "What went wrong in tasks."),
        "error-group": ("records", "Faults: errors of the same kind from the same place."),
        "alert": ("records", "Notices that tasks raise."),
        "message": ("records", "Mail that the server sends."),
        "span": ("records", "What tasks spent their time on."),
        "app": ("apps", "Apps: actions, tables and files that belong together."),
        "action": ("apps", "What apps can do."),
        "trigger": ("apps", "Actions that start when rows of a table change."),
        "table": ("apps", "Tables of apps."),
        "row": ("apps", "Rows of tables of apps."),
        "app-file": ("apps", "Files that belong to apps."),
        "cache": ("apps", "Values that programs keep for a while."),
        "integration": ("outside", "Other systems' APIs that bots call through the server."),
        "connection": ("outside", "Accounts at other systems."),
        "plugin-interface": ("outside", "Contracts that plugins fulfil."),
        "plugin": ("outside", "Functions of an interface for an integration."),
        "system": ("outside", "Systems that ask for work over the task queue of ELMA."),
        "event": ("people", "What happened in the workspace."),
        "audit": ("people", "Who did what."),
        "user": ("people", "Members of the workspace."),
        "group": ("people", "Groups that mail goes to."),
        "key": ("people", "API keys, and the tokens of machines."),
    }
)
