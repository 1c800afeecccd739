"""A client of this machine's names."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from botyard.upstream import Upstream


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """Yield a client that asks the system about names."""
    upstream = Upstream()
    yield upstream
    await upstream.close()
