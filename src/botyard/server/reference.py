"""The reference of the native API as a page in the console's look: rendered once, read without scripts."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cache

from botyard.console import templating
from botyard.protocols.native.description import openapi
from botyard.protocols.native.description.reference import sections, shapes
from botyard.protocols.native.routes import ROUTES as NATIVE
from botyard.web import OPEN, PAGE_HEADERS, Route, RouteTable
from botyard.web.etags import not_modified, tagged
from botyard.web.request import Request
from botyard.web.response import Response, html_response


async def show(request: Request) -> Response:
    """Show every operation of the native API with its parameters, its answers and an example."""
    text, tag = await asyncio.to_thread(page)
    return not_modified(request, tag) or html_response(text, headers=tagged(tag))


@cache
def page() -> tuple[str, str]:
    """Return the page and its tag."""
    document = openapi(NATIVE)
    types = shapes(document)
    text = templating.whole(
        "pages/reference.html",
        {
            "theme": None,
            "narrow": False,
            "about": document["info"]["description"].strip(),
            "document": f"{NATIVE.prefix}/openapi.json",
            "sections": sections(document),
            "shapes": types,
            "names": frozenset(shape.name for shape in types),
        },
    )
    return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'


ROUTES = RouteTable("reference", "/api/v1/docs", [Route("GET", "", show, OPEN)], headers=PAGE_HEADERS)
