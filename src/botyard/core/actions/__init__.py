"""Actions are what an app can do: automations written for the client library of Automio.

An action is an automation whose folder is its app. Its code is one file, kept as versions of a package like that of
every other automation; its tasks are its runs and are numbered from 1. An action of the type `webhook_action` is run by
whoever posts to its secret address, one of the type `trigger_action` by changes of the rows of its table.
"""

from botyard.core.actions.change import adopt, create, deploy, update
from botyard.core.actions.code import MAX_SOURCE, Package, package_of
from botyard.core.actions.delete import delete, drop_hidden
from botyard.core.actions.develop import develop
from botyard.core.actions.environment import Grant, grants
from botyard.core.actions.model import (
    DEFAULTS,
    EVENTS,
    TRIGGER,
    TYPES,
    WEBHOOK,
    Action,
    Run,
    RunRequest,
    Trigger,
    check_trigger,
    checked_fields,
)
from botyard.core.actions.read import find, find_by_automation, get, list_all, list_for_rows, list_triggers
from botyard.core.actions.run import depth_of, find_request, get_run, prune_requests, run, stop
from botyard.core.actions.webhook import find_webhook, turn_webhook, webhook_path

__all__ = [
    "DEFAULTS",
    "EVENTS",
    "MAX_SOURCE",
    "TRIGGER",
    "TYPES",
    "WEBHOOK",
    "Action",
    "Grant",
    "Package",
    "Run",
    "RunRequest",
    "Trigger",
    "adopt",
    "check_trigger",
    "checked_fields",
    "create",
    "delete",
    "deploy",
    "depth_of",
    "develop",
    "drop_hidden",
    "find",
    "find_by_automation",
    "find_request",
    "find_webhook",
    "get",
    "get_run",
    "grants",
    "list_all",
    "list_for_rows",
    "list_triggers",
    "package_of",
    "prune_requests",
    "run",
    "stop",
    "turn_webhook",
    "update",
    "webhook_path",
]
