"""What the exit codes of `botyard` mean."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OK = 0
TASK_NOT_SUCCEEDED = 1
USAGE = 2
REFUSED = 3
UNREACHABLE = 4
INTERRUPTED = 130

MEANINGS: Mapping[int, str] = MappingProxyType(
    {
        OK: "done",
        TASK_NOT_SUCCEEDED: "the task that was waited for failed, ended partially or was cancelled; "
        "`up`: the server could not start",
        USAGE: "the command line is wrong: an unknown option, a missing argument",
        REFUSED: "refused, by the server or before it was asked; the message says why and what to do; "
        "`up`: the database failed",
        UNREACHABLE: "there is no server to talk to, or it did not answer",
        INTERRUPTED: "stopped with Ctrl-C",
    }
)
