"""What a call can end with, other than its answer. A server that cannot be reached raises `failures.CallFailed`.

ElmaError
├── Malformed       something is missing or of the wrong type; the message names it (400)
├── UnknownSystem   no system has this token (401)
├── Forbidden       the system is not allowed, or may not do this (403)
├── Missing         there is no such task, process, version or file (404)
├── Conflict        the state of the task does not allow it; `task` is how it stands, where the server told (409)
├── Busy            too much at once, or not now: trying again later may help (429, 503)
└── NotEnded        the task had not ended when the time to wait for it was over; `task` is how it stood
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botyard.sdk.elma.model import Task


class ElmaError(Exception):
    """`status` is the number in the answer, which uses the codes of HTTP; 0 where the client gave up by itself."""

    def __init__(self, message: str, *, status: int = 0, task: Task | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.task = task


class Malformed(ElmaError):
    """The server did not take what was sent."""


class UnknownSystem(ElmaError):
    """The token is not known, or no longer."""


class Forbidden(ElmaError):
    """The system may not do this."""


class Missing(ElmaError):
    """There is no such thing, or not for this system."""


class Conflict(ElmaError):
    """Not in the state that the task is in."""


class Busy(ElmaError):
    """The server cannot answer now."""


class NotEnded(ElmaError):
    """The task goes on; wait for it again."""


_BY_STATUS: dict[int, type[ElmaError]] = {
    400: Malformed,
    401: UnknownSystem,
    403: Forbidden,
    404: Missing,
    409: Conflict,
    429: Busy,
    503: Busy,
}


def refusal(status: int, message: str, task: Task | None = None) -> ElmaError:
    """Return the error for a number that is not a success."""
    kind = _BY_STATUS.get(status, ElmaError)
    return kind(message or f"The server answered with the number {status}.", status=status, task=task)
