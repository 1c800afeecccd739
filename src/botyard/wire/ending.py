"""Saying how a task ended."""

from __future__ import annotations

from typing import Any

import msgspec

from botyard.wire.runner import Outcome


class FinishTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a task ended, and with how many items, null for not counted. Said again, it replaces what was said."""

    outcome: Outcome
    message: str = ""
    total_items: int | None = None
    processed_items: int | None = None
    failed_items: int | None = None
    output: Any = None
