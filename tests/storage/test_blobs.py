"""Files by content: complete or absent, checked when read."""

from __future__ import annotations

import hashlib
import os
import resource
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from botyard.base.exceptions import Busy, Invalid, NotFound
from botyard.storage import Blobs

LIMIT = 10_000_000
EMPTY = hashlib.sha256(b"").hexdigest()


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def content(blobs: Blobs, digest: str) -> bytes:
    return b"".join([chunk async for chunk in await blobs.read(digest)])


async def nothing(digests: Sequence[str]) -> set[str]:
    return set()


@pytest.fixture(params=["folder", "object store"])
def store(request: pytest.FixtureRequest, data: Path) -> Blobs:
    return Blobs.open(None if request.param == "folder" else "memory:///files", data=data)


def path_of(data: Path, digest: str) -> Path:
    return data / "blobs" / digest[:2] / digest


def temporary(data: Path) -> list[str]:
    return [path.name for path in (data / "blobs" / "incoming").iterdir()]


class TestPut:
    @pytest.mark.parametrize("parts", [(b"one",), (b"a", b"b" * 3_000_000, b"c"), (b"", b"x", b"")])
    async def test_names_the_file_by_its_content(self, store: Blobs, data: Path, parts: tuple[bytes, ...]) -> None:
        whole = b"".join(parts)
        blob = await store.put(chunks(*parts), limit=LIMIT)
        assert (blob.digest, blob.size) == (hashlib.sha256(whole).hexdigest(), len(whole))
        assert await content(store, blob.digest) == whole
        assert await store.size(blob.digest) == len(whole)
        assert temporary(data) == []

    async def test_keeps_files_of_no_bytes(self, store: Blobs) -> None:
        blob = await store.put(chunks(), limit=0)
        assert (blob.digest, blob.size) == (EMPTY, 0)
        assert await content(store, EMPTY) == b""

    async def test_the_same_content_is_one_file(self, store: Blobs) -> None:
        first = await store.put(chunks(b"same"), limit=LIMIT)
        assert await store.put(chunks(b"sa", b"me"), limit=LIMIT) == first

    async def test_takes_exactly_the_limit_and_not_one_byte_more(self, store: Blobs, data: Path) -> None:
        await store.put(chunks(b"1234"), limit=4)
        with pytest.raises(Invalid) as refusal:
            await store.put(chunks(b"12345"), limit=4)
        assert refusal.value.code == "too_large"
        assert temporary(data) == []

    async def test_stops_reading_a_stream_past_the_limit(self, store: Blobs) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 1
                yield b"x" * 100_000

        with pytest.raises(Invalid):
            await store.put(endless(), limit=1_000_000)
        assert sent < 50

    async def test_leaves_nothing_when_the_sender_breaks_off(self, store: Blobs, data: Path) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"x" * 2_000_000
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            await store.put(broken(), limit=LIMIT)
        assert temporary(data) == []

    async def test_files_are_readable_by_their_owner_only(self, blobs: Blobs, data: Path) -> None:
        blob = await blobs.put(chunks(b"secret"), limit=LIMIT)
        path = path_of(data, blob.digest)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700

    async def test_says_so_when_the_disk_takes_no_more_and_goes_on_later(self, blobs: Blobs, data: Path) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(Busy) as refusal:
                await blobs.put(chunks(b"x" * 200_000), limit=LIMIT)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert refusal.value.code == "storage_full"
        assert temporary(data) == []
        assert (await blobs.put(chunks(b"x" * 200_000), limit=LIMIT)).size == 200_000


class TestRead:
    @pytest.mark.parametrize("digest", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63 + "\n"])
    async def test_what_does_not_exist_is_not_found(self, store: Blobs, digest: str) -> None:
        with pytest.raises(NotFound):
            await store.read(digest)
        with pytest.raises(NotFound):
            await store.size(digest)

    async def test_damaged_content_is_never_handed_out(self, blobs: Blobs, data: Path) -> None:
        blob = await blobs.put(chunks(b"a" * 2_000_000), limit=LIMIT)
        path_of(data, blob.digest).write_bytes(b"a" * 1_999_999 + b"b")
        with pytest.raises(NotFound) as refusal:
            await blobs.read(blob.digest)
        assert refusal.value.code == "damaged"

    async def test_storing_again_mends_a_damaged_file(self, blobs: Blobs, data: Path) -> None:
        blob = await blobs.put(chunks(b"good"), limit=LIMIT)
        path_of(data, blob.digest).write_bytes(b"bad!")
        await blobs.put(chunks(b"good"), limit=LIMIT)
        assert await content(blobs, blob.digest) == b"good"

    async def test_a_reader_that_stops_halfway_leaves_nothing_open(self, store: Blobs) -> None:
        blob = await store.put(chunks(b"x" * 3_000_000), limit=LIMIT)
        reader = await store.read(blob.digest)
        assert len(await anext(reader)) > 0
        del reader

    async def test_a_deleted_file_is_gone(self, store: Blobs) -> None:
        blob = await store.put(chunks(b"x"), limit=LIMIT)
        await store.delete(blob.digest)
        await store.delete(blob.digest)
        with pytest.raises(NotFound):
            await store.read(blob.digest)


class TestSweep:
    async def test_removes_old_files_that_nothing_refers_to(self, store: Blobs) -> None:
        kept = await store.put(chunks(b"kept"), limit=LIMIT)
        orphan = await store.put(chunks(b"orphan"), limit=LIMIT)

        async def referenced(digests: Sequence[str]) -> set[str]:
            assert set(digests) == {kept.digest, orphan.digest}
            return {kept.digest}

        assert await store.sweep(referenced, grace_seconds=-60) == 1
        assert await content(store, kept.digest) == b"kept"
        with pytest.raises(NotFound):
            await store.size(orphan.digest)

    async def test_spares_files_younger_than_the_grace(self, store: Blobs) -> None:
        blob = await store.put(chunks(b"young"), limit=LIMIT)
        assert await store.sweep(nothing, grace_seconds=60) == 0
        assert await store.size(blob.digest) == 5

    async def test_spares_a_file_that_arrives_again_meanwhile(self, blobs: Blobs, data: Path) -> None:
        blob = await blobs.put(chunks(b"again"), limit=LIMIT)
        os.utime(path_of(data, blob.digest), (1, 1))

        async def arrives(digests: Sequence[str]) -> set[str]:
            await blobs.put(chunks(b"again"), limit=LIMIT)
            return set()

        assert await blobs.sweep(arrives, grace_seconds=60) == 0
        assert await content(blobs, blob.digest) == b"again"

    async def test_removes_what_a_crash_left_behind(self, store: Blobs, data: Path) -> None:
        left = data / "blobs" / "incoming" / "left.part"
        left.write_bytes(b"half")
        os.utime(left, (1, 1))
        await store.sweep(nothing)
        assert temporary(data) == []


class TestOpen:
    def test_refuses_an_address_of_an_unknown_kind(self, data: Path) -> None:
        with pytest.raises(Invalid):
            Blobs.open("carrier-pigeon://loft", data=data)

    async def test_takes_another_folder(self, data: Path, tmp_path: Path) -> None:
        store = Blobs.open(f"file://{tmp_path}/elsewhere", data=data)
        blob = await store.put(chunks(b"x"), limit=LIMIT)
        assert (tmp_path / "elsewhere" / blob.digest[:2] / blob.digest).is_file()
