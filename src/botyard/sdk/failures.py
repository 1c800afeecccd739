"""What a call of a drop-in module can fail with.

The vendors' packages let the errors of `requests` through, so bots catch those. In a process that has imported
`requests`, each error raised here is one of its errors as well, and `except requests.HTTPError` keeps working; without
`requests`, catch the classes below, or the built-in ones that they are.

CallFailed (OSError)
├── HTTPError             the server answered with a status of 400 or more; `response` is the answer
├── Unreachable           no connection, or it broke (ConnectionError)
├── TimedOut              no answer in time (TimeoutError)
└── InvalidAddress        what was given is not the address of a server (ValueError)
"""

from __future__ import annotations

import sys
from typing import Any


class CallFailed(OSError):
    """`response` is the server's answer, when there was one."""

    def __init__(self, message: str, *, response: Any = None) -> None:
        super().__init__(message)
        self.response = response


class HTTPError(CallFailed):
    """The server answered, and refused."""


class Unreachable(CallFailed, ConnectionError):
    """The server could not be reached, or the connection broke before the answer was complete."""


class TimedOut(CallFailed, TimeoutError):
    """The server took longer than the call allows."""


class InvalidAddress(CallFailed, ValueError):
    """The text is not the address of a server."""


#: The names of their counterparts in `requests`.
_COUNTERPARTS = {
    HTTPError: "HTTPError",
    Unreachable: "ConnectionError",
    TimedOut: "Timeout",
    InvalidAddress: "InvalidURL",
}

_merged: dict[type[CallFailed], type[CallFailed]] = {}


def failure(kind: type[CallFailed], message: str, *, response: Any = None) -> CallFailed:
    """Return an error to raise; when `requests` is imported, one that its `except` clauses catch too."""
    requests = sys.modules.get("requests")
    name = next(_COUNTERPARTS[base] for base in kind.__mro__ if base in _COUNTERPARTS)
    counterpart = getattr(getattr(requests, "exceptions", None), name, None)
    raised = kind if counterpart is None else _both(kind, counterpart)
    return raised(message, response=response)


def _both(kind: type[CallFailed], counterpart: type[Exception]) -> type[CallFailed]:
    if kind not in _merged:
        _merged[kind] = type(
            kind.__name__, (kind, counterpart), {"__module__": kind.__module__, "__doc__": kind.__doc__}
        )
    return _merged[kind]
