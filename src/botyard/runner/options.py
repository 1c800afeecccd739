"""How a runner is started."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a join code, needed only as long as `work` holds no identity."""

    server: str
    token: str | None = None
    work: Path = Path("botyard-runner")
    name: str | None = None
    label: str | None = None
    slots: int = 1
    #: Started by a server as its child: when that is gone and no other takes its place, the runner ends.
    embedded: bool = False
    #: Seconds that running bots get to finish when the runner is asked to stop.
    grace: float = 20.0
    #: Where packages and environments are kept; may be shared by several runners of one user.
    cache: Path | None = None

    @property
    def cache_folder(self) -> Path:
        """Return the folder for packages and environments."""
        return self.cache or Path(os.environ.get("BOTYARD_RUNNER_CACHE") or self.work / "cache")
