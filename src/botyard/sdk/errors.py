"""What a call to a Botyard server can end with, other than its answer.

CallError
├── Unavailable       no answer, or the server asked to come back later; trying again may help
├── Unsettled         the task that was waited for goes on; it is a TimeoutError, too
└── Refused           the server understood and said no
    ├── Unauthenticated   it does not know the token (401)
    ├── Forbidden         it knows the token, which may not do this (403)
    ├── Missing           the thing does not exist, or not for this token (404)
    └── Conflict          the present state does not allow it; a lost lease has the code "stale_lease" (409)
        └── Changed       it is not any more what the call was based on (412)
"""

from __future__ import annotations


class CallError(Exception):
    """`message` says what happened and `hint` what to do; both are sentences to show to a person.

    `code` is for programs (docs/errors.md), `field` names the part of the call that is to blame, and `request_id` is
    what the server's log calls the request.
    """

    request_id: str | None = None

    def __init__(
        self, message: str, *, hint: str = "", code: str = "", status: int | None = None, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.status = status
        self.field = field

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class Unavailable(CallError):
    """The server could not be reached or is not able to answer now; `retry_after` is in seconds, when it said so."""

    retry_after: float | None = None


class Unsettled(CallError, TimeoutError):
    """The time to wait for a task is over; the task goes on."""


class Refused(CallError):
    """The server refused the call; repeating it unchanged will be refused again."""


class Unauthenticated(Refused):
    """The token is unknown, expired or revoked."""


class Forbidden(Refused):
    """The token's role or kind does not include this."""


class Missing(Refused):
    """The thing does not exist, or belongs to another workspace."""


class Conflict(Refused):
    """The state of the thing does not allow the call."""


class Changed(Conflict):
    """Somebody else changed the thing since it was read; read it again and decide anew."""


REFUSALS: dict[int, type[Refused]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: Missing,
    409: Conflict,
    412: Changed,
}
