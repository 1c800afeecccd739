"""The plural name of an older release: whatever is looked for here is in `queue`."""

from __future__ import annotations

from typing import NoReturn


def __getattr__(name: str) -> NoReturn:
    """Raise AttributeError, which says where to look."""
    raise AttributeError(f"There is no queues.{name}. Import `queue`, which has add, get and set_status.")
