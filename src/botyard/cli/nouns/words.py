"""What is said about arguments and options that many commands have, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args, get_origin

from botyard.cli.nouns.kinds import Kind

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "label": "Its label.",
        "automation": "Label of an automation.",
        "queue": "Label of a queue.",
        "app": "An app, by id or slug.",
        "action": "An action, by id or slug; for bulk what is to be done.",
        "task": "Number of a task.",
        "task_id": "Number of the task.",
        "text": "Only those in which this text is found.",
        "state": "Only those in this state; several with commas.",
        "states": "Only those in this state, any number of times.",
        "since": "Only those from this moment on, as ISO 8601.",
        "after": "Go on behind this place.",
        "before": "Go on before this place.",
        "limit": "How many at most.",
        "dry_run": "Only tell which they would be, and change nothing.",
        "folder": "Folder that it lies in.",
        "name": "What it is called.",
        "description": "What it is for.",
        "priority": "0 to 10; higher goes first.",
        "not_before": "Earliest start, as ISO 8601.",
        "runner_label": "Only runners with this label take its tasks.",
        "max_attempts": "How often a task is tried when its runner is lost.",
        "on_lost": "What happens to a task whose runner is lost.",
        "grace_seconds": "What a bot gets to stop by itself.",
        "parameters": "Its parameters.",
        "uses": "All that its tasks may use, by kind.",
        "cron": "When, in five fields as in Unix, or six or seven as in Quartz.",
        "once_at": "The one moment, as ISO 8601.",
        "timezone": "Zone that cron is read in.",
        "overlap": "What to do while the task of an earlier firing has not ended.",
        "catch_up": "Which firings to make up for that were due while no server ran.",
        "catch_up_cap": "How many of them at most.",
        "active": "Whether it works.",
        "policy": "Which item of the highest priority goes first.",
        "trigger": "When tasks of its automation start for what is pushed.",
        "auto_retry": "Try items again after errors that are not business errors.",
        "max_retries": "How often an item is tried again.",
        "retry_delay_seconds": "Before a retry may be pulled.",
        "retry_business": "Try again after business errors too.",
        "abort_on_error": "Stop handing out items after --max-errors errors in a row.",
        "max_errors": "Errors in a row after which it stops.",
        "time_limit_on": "Whether items have a time limit.",
        "time_limit_minutes": "How long an item may be in processing.",
        "lease_seconds": "How long whoever is not a task holds an item.",
        "unique_scope": "Which items a unique key must differ from.",
        "schema": "Its fields.",
        "keep_existing": "Take the item that is there for one whose unique key is taken.",
        "values": "Values by name.",
        "secrets": "Values by key.",
        "expires": "When it ends, as ISO 8601; by default never.",
        "role": "What it may do.",
        "login": "Name that a member signs in with.",
        "level": "How bad it is.",
        "version": "A version.",
        "code": "File with the code; - for standard input.",
        "content": "File to send; - for standard input.",
        "archive": "Zip archive to send.",
        "rows": "Rows to add.",
        "sort": "A column, or -column downwards.",
        "filter": "Column:operator:value, any number of times.",
        "revoked": "Those that are revoked, too.",
        "ttl": "Seconds after which it is forgotten.",
        "kind": "Only those of this kind.",
        "entity": "Only what happened to things of this kind.",
        "entity_id": "Only what happened to this one.",
        "actor": "Only what this one did.",
        "target": "Only what was done to this.",
        "verdict": "Only what was allowed, or denied.",
        "count": "How many.",
        "wait": "Seconds to wait for the first.",
        "requirements": "Packages that the code needs, any number of times.",
        "base": "Only while this version is in use.",
        "digest": "Digest of the archive.",
    }
)


def about(name: str, how: Kind) -> str:
    """Return a sentence about an argument or option, with its choices."""
    said = _WORDS.get(name) or f"{name.replace('_', ' ').capitalize()}."
    if how.file and name not in ("content", "archive"):
        said = "File to send; - for standard input."
    if get_origin(how.type) is not None and not how.list:
        said = f"{said[:-1]}: {', '.join(map(str, get_args(how.type)))}."
    return f"{said[:-1]}, any number of times." if how.list and "any number" not in said else said
