"""A small keep-alive HTTP client for load: a generator must cost far less CPU than the server that it measures."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit


class Connection:
    """One connection to a server with one bearer token; one request at a time."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.head = f"Host: {self.host}\r\nAuthorization: Bearer {token}\r\n".encode()
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, kind: str = "application/json"
    ) -> tuple[int, Any]:
        """Return the status and the decoded JSON of the answer; raises ConnectionError when the server goes away."""
        if self.writer is None or self.reader is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port, limit=2**24)
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        declared = f"Content-Type: {kind}\r\n".encode() if data else b""
        self.writer.write(
            f"{method} {path} HTTP/1.1\r\nContent-Length: {len(data)}\r\n".encode()
            + declared
            + self.head
            + b"\r\n"
            + data
        )
        try:
            return await self._answer(self.reader)
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            self.close()
            raise ConnectionResetError("the server closed the connection") from None

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, Any]:
        head = await reader.readuntil(b"\r\n\r\n")
        status, length = int(head[9:12]), 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        payload = await reader.readexactly(length)
        return status, json.loads(payload) if payload[:1] in (b"{", b"[") else payload

    def close(self) -> None:
        """Drop the connection; the next call opens a new one."""
        if self.writer is not None:
            self.writer.transport.abort()
        self.reader = self.writer = None
