from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from botyard.base.exceptions import Invalid
from botyard.web.upload import file_chunks

FORM = "multipart/form-data; boundary=B"
FILE = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\nworld\r\n--B--\r\n'


async def stream(*chunks: bytes) -> AsyncGenerator[bytes]:
    for chunk in chunks:
        yield chunk


async def collect(content_type: str | None, *chunks: bytes) -> bytes:
    return b"".join([chunk async for chunk in file_chunks(content_type, stream(*chunks), "file")])


async def test_the_file_comes_out_however_the_body_is_cut() -> None:
    for size in (1, 2, 3, 7, 50, len(FILE)):
        chunks = [FILE[start : start + size] for start in range(0, len(FILE), size)]
        assert await collect(FORM, *chunks) == b"hello\r\nworld"


async def test_data_goes_on_before_the_body_has_ended() -> None:
    seen: list[bytes] = []

    async def body() -> AsyncGenerator[bytes]:
        yield FILE[:80]
        assert seen, "the first chunk was held back"
        yield FILE[80:]

    async for chunk in file_chunks(FORM, body(), "file"):
        seen.append(chunk)  # noqa: PERF401 -- the body looks at it meanwhile
    assert b"".join(seen) == b"hello\r\nworld"


async def test_a_file_may_be_empty() -> None:
    assert await collect(FORM, FILE.replace(b"hello\r\nworld", b"")) == b""


async def test_other_parts_and_a_second_file_of_the_name_are_skipped() -> None:
    other = b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nnothing\r\n'
    assert await collect(FORM, other + FILE[:-7] + FILE.replace(b"hello", b"again")) == b"hello\r\nworld"


async def test_an_epilogue_is_ignored() -> None:
    assert await collect(FORM, FILE, b"left over") == b"hello\r\nworld"


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        (None, FILE, "unsupported_media_type"),
        ("application/json", FILE, "unsupported_media_type"),
        ("multipart/mixed; boundary=B", FILE, "unsupported_media_type"),
        ("multipart/form-data", FILE, "invalid"),
        (f"multipart/form-data; boundary={'x' * 500}", FILE, "invalid"),
        (FORM, b"", "invalid"),
        (FORM, b"no boundary", "invalid"),
        (FORM, FILE[:-8], "invalid"),
        (FORM, b"--B--\r\n", "invalid"),
        (FORM, FILE.replace(b'"file"', b'"other"'), "invalid"),
        (FORM, FILE.replace(b"Content-Disposition", b"Content\xffDisposition"), "invalid"),
        (FORM, FILE.replace(b"a.txt", b"a" * 20_000), "invalid"),
        (FORM, FILE[:-10].replace(b'"file"', b'"x"') * 100 + b"\r\n--B--\r\n", "invalid"),
    ],
    ids=[
        "no-type",
        "json",
        "other-multipart",
        "no-boundary",
        "long-boundary",
        "empty",
        "garbage",
        "cut-off",
        "no-parts",
        "no-file",
        "bad-header",
        "long-header",
        "many-parts",
    ],
)
async def test_what_is_no_upload_is_refused(content_type: str | None, body: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await collect(content_type, body)
    assert refused.value.code == code
