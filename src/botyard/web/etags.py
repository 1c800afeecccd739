"""Entity tags: an answer that the client has already is not sent again, and nobody overwrites what they did not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botyard.core import edits
from botyard.web.response import Header, Response

if TYPE_CHECKING:
    from botyard.web.request import Request


def tag_of(found: Any) -> list[Header]:
    """Return the header that says in which state a thing is."""
    return tagged(f'"{edits.tag_of(found)}"')


def tagged(tag: str) -> list[Header]:
    """Return the header that says which tag an answer has."""
    return [(b"etag", tag.encode())]


def not_modified(request: Request, tag: str) -> Response | None:
    """Return the answer to a client that has what it asks for, None for one that has not."""
    known = tags(request.header("if-none-match"))
    return Response(status=304, headers=tagged(tag)) if known & {tag.strip('"'), "*"} else None


def tags(sent: str | None) -> set[str]:
    """Return the tags of a header, bare."""
    return {tag.strip().removeprefix("W/").strip('"') for tag in (sent or "").split(",") if tag.strip()}
