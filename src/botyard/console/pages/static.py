"""The console's own files: styles, scripts, pictures."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.console import assets
from botyard.web import Request, Response
from botyard.web.response import Header, Send

_KEEP: Header = (b"cache-control", b"public, max-age=31536000, immutable")
_ASK: Header = (b"cache-control", b"no-cache")


class AssetResponse(Response):
    """A static file: the only answer that browsers may keep, since its address changes with its content."""

    async def send(self, send: Send, extra: tuple[Header, ...]) -> None:
        """Write the file with its own rule for caches in place of the pages' one."""
        await super().send(send, tuple(header for header in extra if header[0] != b"cache-control"))


async def own(request: Request) -> Response:
    """Send one of our own files."""
    return _send(request, request.path["name"])


async def vendor(request: Request) -> Response:
    """Send one of the front-end packages that the build brought in."""
    return _send(request, f"vendor/{request.path['name']}")


def _send(request: Request, name: str) -> Response:
    asset = assets.everything().get(name)
    if asset is None:
        raise NotFound("There is no such file.", hint="")
    keep = _KEEP if request.path["version"] == assets.version() else _ASK
    return AssetResponse(asset.body, media_type=asset.media_type, headers=[keep])
