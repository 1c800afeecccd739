from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.web.conftest import Site

JSON = {"content-type": "application/json"}


class TestJson:
    async def test_becomes_a_struct(self, client: httpx2.AsyncClient) -> None:
        reply = await client.post("/api/test/orders", json={"label": "ä", "values": {"a": [1, None]}})
        assert reply.json() == {"label": "ä", "count": 1, "values": {"a": [1, None]}}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"null",
            b"[]",
            b"1",
            b'{"label":"x"} x',
            b'{"label":NaN}',
            b'{"label":"x","values":{"a":NaN}}',
            b'{"label":"x","values":{"a":Infinity}}',
            b'{"label":"x","values":{"a":-Infinity}}',
            b'{"label":"x","values":{"a":1e999}}',
            b'{"label":"\xff"}',
            b'{"label":"\xed\xa0\x80"}',
            b'{"label":"\\ud800"}',
            b'{"label":"x","values":{"a":"\\udfff"}}',
            b'{"label":"x","values":{"a":' + b"9" * 400 + b"}}",
            b'{"label":"x","values":{"a":' + b"9" * 9000 + b"}}",
            b'{"label":"x","values":{"a":' + b"[" * 100 + b"]" * 100 + b"}}",
            b'{"label":"x","values":{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
            b'{"label":"x","values":' + b'{"a":' * 100_000,
            b"\xef\xbb\xbf{}",
            b'{"label":"a\x01b"}',
            b"{'label':'x'}",
            b'{"label":"x",}',
            "{}".encode("utf-16"),
        ],
    )
    async def test_is_refused_unless_it_is_strict(self, client: httpx2.AsyncClient, body: bytes) -> None:
        reply = await client.post("/api/test/orders", content=body, headers=JSON)
        assert reply.status_code == 400, reply.text
        assert reply.json()["code"] == "invalid"

    async def test_takes_the_last_of_repeated_names(self, client: httpx2.AsyncClient) -> None:
        reply = await client.post("/api/test/orders", content=b'{"label":"a","label":"b"}', headers=JSON)
        assert reply.json()["label"] == "b"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"label": 1}, "label"),
            ({"label": None}, "label"),
            ({}, "label"),
            ({"label": "x", "count": "1"}, "count"),
            ({"label": "x", "count": 1.5}, "count"),
            ({"label": "x", "count": True}, "count"),
            ({"label": "x", "values": []}, "values"),
            ({"label": "x", "price": 1}, "price"),
        ],
    )
    async def test_names_the_field_to_blame(
        self, client: httpx2.AsyncClient, body: dict[str, object], field: str
    ) -> None:
        reply = await client.post("/api/test/orders", json=body)
        assert reply.status_code == 400
        assert reply.json()["field"] == field

    @pytest.mark.parametrize(
        "kind",
        [
            None,
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonx",
            "application/json; charset=latin-1",
            "application/xml",
            "text/json",
        ],
    )
    async def test_must_be_declared_as_such(self, client: httpx2.AsyncClient, kind: str | None) -> None:
        headers = {} if kind is None else {"content-type": kind}
        reply = await client.post("/api/test/orders", content=b'{"label":"x"}', headers=headers)
        assert reply.status_code == 415

    @pytest.mark.parametrize(
        "kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=UTF-8"]
    )
    async def test_may_name_its_charset(self, client: httpx2.AsyncClient, kind: str) -> None:
        reply = await client.post("/api/test/orders", content=b'{"label":"x"}', headers={"content-type": kind})
        assert reply.status_code == 200


class TestLimit:
    async def test_is_checked_before_a_byte_is_read(self, site: Site) -> None:
        async with site.client() as client:
            reply = await client.post("/api/test/size", content=b"x" * 1001)
        assert reply.status_code == 413
        assert reply.json()["code"] == "too_large"

    async def test_holds_for_bodies_of_undeclared_length(self, site: Site) -> None:
        read = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += 1
                yield b"x" * 100

        async with site.client() as client:
            reply = await client.post("/api/test/size", content=endless())
        assert reply.status_code == 413
        assert read < 20

    async def test_takes_exactly_as_much_as_it_says(self, site: Site) -> None:
        async with site.client() as client:
            reply = await client.post("/api/test/size", content=b"x" * 1000)
        assert reply.json() == {"size": 1000}

    @pytest.mark.parametrize("length", ["-1", "x", "9" * 30, ""])
    async def test_refuses_lengths_that_are_none(self, site: Site, length: str) -> None:
        async with site.client() as client:
            reply = await client.post("/api/test/size", content=b"", headers={"content-length": length})
        assert reply.status_code == 413


class TestForm:
    async def test_reads_fields_and_files(self, site: Site) -> None:
        async with site.client() as client:
            files = {"file": ("../../etc/passwd", b"x" * 300, "text/html")}
            reply = await client.post("/api/test/form?file=1", data={"name": "n"}, files=files)
            assert reply.json() == {"name": "n", "size": 300}
            reply = await client.post("/api/test/form", data={"name": "ä b"})
            assert reply.json() == {"name": "ä b", "size": 0}

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("multipart/form-data", b"--x\r\n\r\n--x--"),
            ("multipart/form-data; boundary=", b"--x\r\n\r\n--x--"),
            ("multipart/form-data; boundary=x", b""),
            ("multipart/form-data; boundary=x", b"nonsense"),
            ("multipart/form-data; boundary=x", b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nno end'),
            ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
            ("multipart/form-data; boundary=x; charset=nonsense", b"--x\r\n\r\n1\r\n--x--\r\n"),
            ("multipart/form-data; boundary=" + "x" * 300, b"--x"),
            ("application/x-www-form-urlencoded", b"a=%ff"),
            ("application/x-www-form-urlencoded", b"a=\xff"),
            ("application/x-www-form-urlencoded", b"a=%00"),
            ("application/json", b'{"file":{"filename":"x","path":"/etc/passwd"}}'),
            ("", b""),
        ],
    )
    async def test_refuses_what_is_malformed(self, site: Site, kind: str, body: bytes) -> None:
        async with site.client() as client:
            reply = await client.post("/api/test/form?file=1", content=body, headers={"content-type": kind})
        assert reply.status_code in (400, 415), reply.text

    async def test_keeps_to_the_limits(self, site: Site) -> None:
        async with site.client() as client:
            reply = await client.post("/api/test/form", files={"file": ("x", b"x" * 2000)})
            assert reply.status_code == 413
            parts = b"".join(b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n' for _ in range(15))
            reply = await client.post(
                "/api/test/form",
                content=parts + b"--x--\r\n",
                headers={"content-type": "multipart/form-data; boundary=x"},
            )
            assert reply.status_code == 200
