"""What a route declares about itself: the words from which its description is made, and checks against its handler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from botyard.web.routing import Route

Kind = type[str] | type[int] | type[float] | type[bool]


class Query(msgspec.Struct, frozen=True):
    """A query parameter: what it means, of which type it is, what holds without it, and its bounds."""

    name: str
    about: str
    kind: Kind = str
    #: What holds when it is left out; None for nothing.
    default: Any = None
    low: float | None = None
    high: float | None = None
    #: The only values that it may have.
    choices: tuple[str, ...] = ()
    #: Several of `choices` may be given, with commas between.
    several: bool = False
    #: It may be sent more than once.
    repeated: bool = False
    #: What examples send; only a parameter that has to be sent has one.
    example: str = ""


class Media(msgspec.Struct, frozen=True):
    """A body that is not one JSON value: its media type, and what it holds."""

    type: str
    about: str
    #: Whether it is too long to be held in memory, and is read as it comes.
    streamed: bool = False


#: The bytes of a stored file, with the media type that it was stored with where that is a harmless one.
FILE = Media("application/octet-stream", "The bytes of the file.", streamed=True)
ZIP = Media("application/zip", "A zip archive.", streamed=True)
CSV = Media("text/csv", "Rows of comma-separated values in UTF-8; the first names the columns.")
TEXT = Media("text/plain", "Text in UTF-8.")
EVENTS = Media("text/event-stream", "Server-sent events, until the client leaves.")

#: What any known caller may be told anywhere.
_EVERYWHERE = ("invalid", "unauthenticated", "denied", "not_found", "busy", "storage_unavailable")
_REPEATED = ("key_reused", "reply_gone", "reply_pending")
_OPEN = ("invalid", "busy", "storage_unavailable")


def problems_of(route: Route) -> tuple[str, ...]:
    """Return the codes of the errors that a route may answer with, but for faults of the server."""
    codes = dict.fromkeys(_OPEN if route.is_open else _EVERYWHERE)
    if route.takes is not None:
        codes["too_large"] = codes["unsupported_media_type"] = None
    if route.repeatable:
        codes |= dict.fromkeys(_REPEATED)
    if route.guarded:
        codes["precondition_failed"] = None
    return (*codes, *(code for code in route.problems if code not in codes))
