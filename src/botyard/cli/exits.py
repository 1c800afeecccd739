"""What the exit codes of `botyard` mean."""

from __future__ import annotations

OK = 0
#: The task that was waited for did not succeed: it failed, ended partially or was cancelled.
TASK_NOT_SUCCEEDED = 1
#: The command line itself is wrong: an unknown option, a missing argument.
USAGE = 2
#: The server, or this command before it asked the server, refused: the message says why.
REFUSED = 3
#: There is no server to talk to, or it did not answer.
UNREACHABLE = 4
#: Stopped with Ctrl-C, or by a signal.
INTERRUPTED = 130
