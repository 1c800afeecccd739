"""The page on which people read what the API does."""

from __future__ import annotations

import re

import httpx2

from botyard.protocols.native.routes import ROUTES as NATIVE


async def test_the_reference_is_a_page_without_scripts_with_an_anchor_for_each_operation(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get("/api/v1/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    anchors = re.findall(r'<article id="([^"]+)"', page.text)
    assert set(anchors) >= {route.operation for route in NATIVE.routes}
    assert len(anchors) == len(set(anchors))
    targets = set(re.findall(r'href="#([^"]+)"', page.text))
    assert targets <= set(re.findall(r'id="([^"]+)"', page.text))


async def test_a_reader_who_has_the_page_is_not_sent_it_again(client: httpx2.AsyncClient) -> None:
    tag = (await client.get("/api/v1/docs")).headers["etag"]
    again = await client.get("/api/v1/docs", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
