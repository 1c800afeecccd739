"""What the vendor's platform has and this server does not: models behind its router (contract b.18)."""

from __future__ import annotations

from botyard.base.exceptions import NotFound
from botyard.web.request import Request
from botyard.web.response import Response


async def ai_router(_: Request) -> Response:
    """Say that there is no router of models here."""
    raise NotFound(
        "This server has no AI router.", hint="Call a model through an integration instead.", code="no_ai_router"
    )
