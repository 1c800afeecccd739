"""What one look found."""

from __future__ import annotations

from typing import Literal

import msgspec


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: how it is, and what to do unless it is well."""

    name: str
    verdict: Literal["ok", "warn", "bad"]
    text: str
    hint: str = ""


def ok(name: str, text: str) -> Check:
    """Return that something is well."""
    return Check(name, "ok", text)


def warn(name: str, text: str, hint: str) -> Check:
    """Return that something deserves a look."""
    return Check(name, "warn", text, hint)


def bad(name: str, text: str, hint: str) -> Check:
    """Return that something has to be mended."""
    return Check(name, "bad", text, hint)
