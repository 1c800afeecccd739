"""What many handlers read from a request in the same way: who asks, the fields that were sent, where a page begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from botyard.base import clock
from botyard.base.exceptions import Denied, Invalid, NotFound
from botyard.core import apps
from botyard.core.apps import App
from botyard.storage import Blob
from botyard.web.request import Request

_MAX_ID = 2**62

T = TypeVar("T")


def by(request: Request) -> dict[str, Any]:
    """Return who changes something, and when."""
    return {"actor": request.caller.actor, "now": request.now}


def sent(call: msgspec.Struct, **renamed: str) -> dict[str, Any]:
    """Return the fields of a partial change that were sent; `renamed` gives some the name that the core has."""
    fields = msgspec.structs.asdict(call)
    return {renamed.get(name, name): value for name, value in fields.items() if value is not msgspec.UNSET}


def limit_of(request: Request) -> int:
    """Return how many entries of a list are wanted."""
    return request.query_int("limit", default=50, low=1, high=500)


def id_of(request: Request, name: str) -> int | None:
    """Return the id that the query names, a position in a list for example; None when it names none."""
    return request.query_int(name, default=0, low=0, high=_MAX_ID) or None


def text_of(request: Request, name: str) -> str | None:
    """Return a text of the query, None when it is left out or empty."""
    return request.query.get(name, "").replace("\0", "") or None


def moment_of(request: Request, name: str) -> int | None:
    """Return a moment of the query in ISO 8601, None when it is left out. Raises Invalid."""
    text = request.query.get(name)
    if not text:
        return None
    try:
        return clock.parse(text)
    except Invalid as error:
        raise Invalid(error.message, hint=error.hint, field=name) from None


def flag_of(request: Request, name: str) -> bool | None:
    """Return yes or no of the query, None when it is left out. Raises Invalid."""
    text = request.query.get(name, "").lower()
    if text not in ("", "true", "1", "false", "0"):
        raise Invalid(f'"{name}" must be true or false.', hint="Correct the query.", field=name)
    return None if text == "" else text in ("true", "1")


def one_of(request: Request, name: str, choices: tuple[str, ...]) -> str | None:
    """Return a word of the query that is one of `choices`, None when it is left out. Raises Invalid."""
    text = request.query.get(name)
    if not text:
        return None
    if text not in choices:
        raise Invalid(f'"{text[:40]}" is no {name}.', hint=f"Use one of {', '.join(choices)}.", field=name)
    return text


def place_of(request: Request, name: str) -> tuple[int, int] | None:
    """Return a position of two numbers with a dash between, None when it is left out. Raises Invalid."""
    text = request.query.get(name)
    if not text:
        return None
    first, _, second = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (first, second)):
        raise bad_position(name)
    return int(first), int(second)


def triple_of(request: Request, name: str) -> tuple[int, int, str] | None:
    """Return a position of two numbers and a text with dots between, None when it is left out. Raises Invalid."""
    text = request.query.get(name)
    if not text:
        return None
    first, _, rest = text.partition(".")
    second, _, last = rest.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (first, second)):
        raise bad_position(name)
    return int(first), int(second), last


def own_task(request: Request, task_id: int | None) -> int | None:
    """Return the task that a list is about: the one named, for an attempt that has ended its own, else None for all.

    Raises NotFound when an attempt that has ended names another.
    """
    caller = request.caller
    if not caller.ended:
        return task_id
    if task_id is not None:
        caller.check_reads(task_id)
    return caller.task_id


def check_whole(request: Request) -> None:
    """Raise Denied for an attempt that has ended: it sees its own task, and this is about the workspace."""
    if request.caller.ended:
        raise Denied(
            "An attempt that has ended sees its own task only.", hint="Read what you need before the bot ends."
        )


def check_not_bot(request: Request) -> None:
    """Raise Denied for an attempt: what it may do is for its own task, and this is about the work of others."""
    if request.caller.attempt_id is not None:
        raise Denied("A bot may not do this: it is about more than its task.", hint="Use a key with a role for it.")


async def noted(request: Request, operation: Callable[..., T], /, **parameters: Any) -> T:
    """Run an operation that bots call all the time: with an audit row, unless it is an attempt that does it."""
    if request.caller.attempt_id is not None:
        return await request.db.write(operation, **parameters)
    return await request.change(operation, **parameters)


async def app_of(request: Request) -> App:
    """Return the app whose id or slug is in the path. Raises NotFound."""
    return await request.db.read(
        apps.named, workspace_id=request.caller.workspace_id, name=request.path["app"].replace("\0", "")
    )


async def scope_of(request: Request) -> dict[str, Any]:
    """Return the workspace and the app of the path, as operations are told them. Raises NotFound."""
    app = await app_of(request)
    return {"workspace_id": app.workspace_id, "app_id": app.id}


def bad_position(name: str) -> Invalid:
    """Return the error for a position that no page has given out."""
    return Invalid("The position is none of a page.", hint="Pass next of the page before.", field=name)


def unknown(what: str) -> NotFound:
    """Return the error for a thing that is not there for the caller, whatever the reason."""
    return NotFound(f"{what} does not exist.", hint="Check the id.")


def writable_task(request: Request) -> int:
    """Return the task in the path. Raises NotFound when it can be none, Denied for an attempt of another task."""
    task_id = request.path_id("id")
    request.caller.check_writes_to(task_id)
    return task_id


async def stored(request: Request) -> Blob:
    """Return the bytes of the body, in the file store. Raises Invalid over the limit for files."""
    limit = request.tools.settings.max_upload_bytes
    return await request.blobs.put(request.stream(limit=limit), limit=limit)
