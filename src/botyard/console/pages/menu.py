"""Every page on one page, for narrow screens."""

from __future__ import annotations

from botyard.console.frame import page
from botyard.web import Request, Response


async def show(request: Request) -> Response:
    """Show what there is to see."""
    return page(request, "pages/menu.html", section="/menu", answer="Every page that you may see.")
