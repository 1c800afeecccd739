"""The eight errors of Botyard.

Operations raise these and nothing else for anything a caller can cause. Each facade owns one table
from class and code to the status and body of its dialect.

    BotyardError
    ├── NotFound            the thing does not exist, or not for this caller
    ├── AlreadyExists       the name or version is taken
    ├── Invalid             the input cannot be accepted (code "too_large": by size)
    ├── IllegalTransition   the life cycle does not allow this now
    ├── StaleLease          the attempt no longer holds what it reports on
    ├── Denied              not allowed (code "unauthenticated": not known)
    ├── Busy                not now; try again after `retry_after` seconds
    └── Unsupported         understood, but not something this server does
"""

from __future__ import annotations

from typing import ClassVar


class BotyardError(Exception):
    """Something a caller can act on: `message` says what happened, `hint` what to do, `code` is stable."""

    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code
        self.field = field

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class NotFound(BotyardError):
    """The thing does not exist in this workspace; a foreign id looks exactly like a random one."""

    default_code = "not_found"


class AlreadyExists(BotyardError):
    """Another thing has this name, or this version holds other bytes."""

    default_code = "already_exists"


class Invalid(BotyardError):
    """The input is wrong; `field` names the part when one part is to blame."""

    default_code = "invalid"


class IllegalTransition(BotyardError):
    """The life cycle has no such step from the present state."""

    default_code = "illegal_transition"


class StaleLease(BotyardError):
    """The attempt lost its lease; nothing was changed."""

    default_code = "stale_lease"


class Denied(BotyardError):
    """The caller is not known (code "unauthenticated") or may not do this (code "denied")."""

    default_code = "denied"


class Busy(BotyardError):
    """The server cannot do this now; `retry_after` is in seconds."""

    default_code = "busy"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str | None = None,
        field: str | None = None,
        retry_after: float = 1.0,
    ) -> None:
        super().__init__(message, hint=hint, code=code, field=field)
        self.retry_after = retry_after


class Unsupported(BotyardError):
    """The request is understood, but this server does not do that."""

    default_code = "unsupported"


def closest(name: str, candidates: list[str]) -> str:
    """Return a hint naming the candidate most like `name`, or an empty string when none is near."""
    import difflib

    near = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6)
    return f'The closest is "{near[0]}".' if near else ""
