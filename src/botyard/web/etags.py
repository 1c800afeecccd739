"""Entity tags: an answer that the client has already is not sent again, and nobody overwrites what they did not see."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import IllegalTransition
from botyard.web.request import Request
from botyard.web.response import Header, Response


def tag_of(found: Any) -> str:
    """Return the tag of a thing as it is now: another one after each change of it."""
    version = getattr(found, "version", None)
    number = f"-{version}" if isinstance(version, int) else ""
    return f'"{found.id}-{found.updated_at:x}{number}"'


def tagged(tag: str) -> list[Header]:
    """Return the header that says which tag an answer has."""
    return [(b"etag", tag.encode())]


def not_modified(request: Request, tag: str) -> Response | None:
    """Return the answer to a client that has what it asks for, None for one that has not."""
    known = _tags(request.header("if-none-match"))
    return Response(status=304, headers=tagged(tag)) if tag in known or "*" in known else None


def check(sent: str | None, found: Any) -> None:
    """Raise IllegalTransition (code "precondition_failed") when If-Match was sent and names no state of `found`."""
    wanted = _tags(sent)
    if sent is not None and "*" not in wanted and tag_of(found) not in wanted:
        raise IllegalTransition(
            "It was changed since it was read, so nothing was done.",
            hint="Read it again, look what is new, and send the change with the new ETag.",
            code="precondition_failed",
        )


def _tags(sent: str | None) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in (sent or "").split(",") if tag.strip()}
