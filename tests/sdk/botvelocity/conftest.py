"""Each test begins in a process that nobody gave a context."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from botyard.sdk import transport
from botyard.sdk.botvelocity import _state


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Forget the context before and after, and who is logged in."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("BV_SDK_RUN", raising=False)
    forget()
    yield
    forget()
    transport.close()


def forget() -> None:
    _state._held.runtime = _state._held.path = _state._held.seen = _state._held.expiry = None
