"""The agent on a machine: it asks a Botyard server for work over HTTP, runs bots, and reports.

A runner registers once with a join code and keeps its identity in its working directory. It holds a lease on each
task that it runs and extends it with heartbeats; a bot never outlives its lease, its attempt or its runner. Bots get a
folder and an environment of their own and see nothing of the runner. This is order, not a wall: a bot runs as the
user that the runner runs as, so run the runner as a user that may do no more than your bots should.
"""

from __future__ import annotations

import asyncio

import msgspec

from botyard.runner.agent import CannotRun, run_agent
from botyard.runner.options import Options
from botyard.runner.platform import current

__all__ = ["CannotRun", "Options", "run"]


def run(options: Options) -> None:
    """Run a runner until it is asked to stop. Raises CannotRun with a sentence for a person."""
    resolved = msgspec.structs.replace(options, work=options.work.expanduser().resolve())
    asyncio.run(run_agent(resolved, current()))
