"""Server-sent events, line by line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx2

from botyard.sdk.automio.exceptions import ServiceTimeout, ServiceUnreachable
from botyard.sdk.failures import failure

_DATA = b"data:"


def data_lines(response: httpx2.Response) -> Iterator[str]:
    """Yield what stands behind `data:`, as UTF-8 and without space around it, and close the answer at the end.

    Only line feeds end a line, so that no character inside of an event cuts it in two. Raises ServiceUnreachable when
    the connection is lost.
    """
    try:
        with contextlib.closing(response):
            for line in _lines(response):
                if line.startswith(_DATA) and (text := line[len(_DATA) :].decode("utf-8", "replace").strip()):
                    yield text
    except httpx2.TimeoutException as error:
        raise failure(ServiceTimeout, "The server has said nothing for too long.") from error
    except httpx2.TransportError as error:
        raise failure(ServiceUnreachable, f"The server broke off ({str(error) or type(error).__name__}).") from error


def _lines(response: httpx2.Response) -> Iterator[bytes]:
    held: list[bytes] = []
    for piece in response.iter_bytes():
        first, *more = piece.split(b"\n")
        held.append(first)
        for line in more:
            yield b"".join(held)
            held = [line]
    yield b"".join(held)
