"""The operating system that the runner is on, behind one interface."""

from __future__ import annotations

import sys

from botyard.runner.platform.base import Exit, Launch, Leftover, Lock, Platform, Process

__all__ = ["Exit", "Launch", "Leftover", "Lock", "Platform", "Process", "current"]


def current() -> Platform:
    """Return the implementation for this machine; raises NotImplementedError where there is none yet."""
    if sys.platform == "linux":
        from botyard.runner.platform.linux import Linux

        return Linux()
    raise NotImplementedError(f"The runner does not support {sys.platform} yet; it runs on Linux.")
