"""The console's static files. One digest over all of them is part of their addresses, so that browsers keep them."""

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


@cache
def everything() -> dict[str, Asset]:
    """Return every static file by its name, such as `console.js` or `vendor/htmx.min.js`; read once."""
    root = resources.files("botyard.console").joinpath("static")
    found = {}
    for prefix, folder in (("", root), ("vendor/", root.joinpath("vendor"))):
        for file in folder.iterdir() if folder.is_dir() else ():
            media_type = _TYPES.get(file.name.rpartition(".")[2])
            if media_type is not None and file.is_file():
                found[f"{prefix}{file.name}"] = Asset(file.read_bytes(), media_type)
    return dict(sorted(found.items()))


@cache
def version() -> str:
    """Return the digest of all files: scripts import each other by relative addresses, so they change together."""
    digest = hashlib.sha256()
    for name, asset in everything().items():
        digest.update(name.encode() + b"\0" + asset.body + b"\0")
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Return the address of a static file."""
    return f"/static/{version()}/{name}"
