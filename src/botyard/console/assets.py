"""The console's static files: read once, served with a digest in their address so that browsers keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import NamedTuple

_TYPES = {
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "svg": b"image/svg+xml",
}


class Asset(NamedTuple):
    """One file, as it is sent."""

    body: bytes
    media_type: bytes
    digest: str


@cache
def find(name: str) -> Asset | None:
    """Return the static file called `name`, such as `console.css` or `vendor/htmx.min.js`, or None."""
    media_type = _TYPES.get(name.rpartition(".")[2])
    parts = name.split("/")
    if media_type is None or len(parts) > 2 or any(part in ("", ".", "..") or "\\" in part for part in parts):
        return None
    file = resources.files("botyard.console").joinpath("static", *parts)
    if not file.is_file():
        return None
    body = file.read_bytes()
    return Asset(body, media_type, hashlib.sha256(body).hexdigest()[:12])


def address(name: str) -> str:
    """Return the address of a static file; it changes with the file's content."""
    asset = find(name)
    return f"/static/{name}?v={asset.digest}" if asset else f"/static/{name}"
