"""Shorthand for calls and what became of them."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from botyard.upstream import Failed, Policy, Upstream
from tests.support.scripted import read_request, scripted

POLICY = Policy(max_bytes=1_000_000, timeout=5.0, allow_private=True)
QUICK = msgspec.structs.replace(POLICY, timeout=0.3)


async def fetch(
    upstream: Upstream, url: str, *, policy: Policy = POLICY, method: str = "GET", **given: object
) -> bytes:
    async with upstream.send(method, url, policy=policy, **given) as got:  # type: ignore[arg-type]
        return await got.read()


async def failure(upstream: Upstream, raw: bytes, policy: Policy = QUICK) -> Failed:
    """Return what comes of an answer of exactly these bytes, after which the connection is closed."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(raw)

    async with scripted(script) as server:
        with pytest.raises(Failed) as failed:
            await fetch(upstream, server.url, policy=policy)
    return failed.value
