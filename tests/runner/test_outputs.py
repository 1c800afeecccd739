"""What a bot leaves, and what it is given: names, odd files, limits, and a server that is away or refuses."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from botyard.runner import outputs
from botyard.runner.environment import PreparationFailed
from botyard.runner.inputs import fetch_inputs, safe_name
from botyard.runner.outputs import Gone, Outputs
from botyard.sdk import exchange
from botyard.sdk.native import AsyncClient
from botyard.wire import native as wire
from tests.support.peer import Peer, running_peer

MOST = 1000


def kept(name: str) -> tuple[int, Any]:
    """Return the answer of a server that keeps a file under a name."""
    return 201, {
        "id": 1,
        "task": 1,
        "name": name,
        "file_name": name,
        "digest": "a",
        "size": 1,
        "media_type": None,
        "created_at": "2026-01-01T00:00:00Z",
    }


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Yield a server that keeps every file as `kept.txt`."""
    with running_peer() as server:
        server.prepare(kept("kept.txt"))
        yield server


class Bot:
    """The ground of one attempt, and what was said about it."""

    def __init__(self, client: AsyncClient, ground: Path) -> None:
        self.ground = ground
        self.folder = ground / "exchange" / "output-files"
        self.folder.mkdir(parents=True)
        self.cwd = ground / "package"
        self.cwd.mkdir()
        self.said: list[str] = []
        self.outputs = Outputs(
            client, "a1", folder=self.folder, ground=ground, most=MOST, say=self.said.append, patient=lambda: True
        )

    def leave(self, name: str, content: str = "x") -> Path:
        """Leave a file in the output folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path


@pytest.fixture
async def bot(peer: Peer, tmp_path: Path) -> AsyncIterator[Bot]:
    """Yield a bot that has ended."""
    async with AsyncClient(peer.url, "t", timeout=5.0) as client:
        yield Bot(client, tmp_path / "job")


def sent(peer: Peer) -> list[str]:
    """Return the names of the files that the server has seen."""
    return [parse_qs(urlsplit(path).query)["name"][0] for _, path, _, _ in peer.seen]


async def test_every_regular_file_is_sent_with_its_way(peer: Peer, bot: Bot) -> None:
    for name in ("b.txt", "a.txt", "deep/er/c.txt", ".hidden", "é ü.txt"):
        bot.leave(name, name)
    await bot.outputs.send()
    assert sorted(sent(peer)) == sorted([".hidden", "a.txt", "b.txt", "deep/er/c.txt", "é ü.txt"])
    assert {body.decode() for _, _, _, body in peer.seen} == {".hidden", "a.txt", "b.txt", "deep/er/c.txt", "é ü.txt"}
    assert bot.said == []


async def test_what_is_no_regular_file_is_left_out(peer: Peer, bot: Bot, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    (bot.folder / "link").symlink_to(secret)
    (bot.folder / "folder").symlink_to(tmp_path)
    os.mkfifo(bot.folder / "pipe")
    unreadable = bot.leave("unreadable")
    unreadable.chmod(0)
    bot.leave("good")
    await bot.outputs.send()
    assert sent(peer)[0] == "good"
    assert [text.partition(" is ")[2].partition(" and")[0] for text in bot.said if " is " in text] == [
        "a link",
        "a link",
        "no regular file",
    ]
    if os.geteuid() != 0:
        assert any('"unreadable" cannot be read' in text for text in bot.said)


async def test_hostile_names_are_made_safe(peer: Peer, bot: Bot) -> None:
    bot.leave("a\nb\x1b[31m.txt")
    (bot.folder / os.fsdecode(b"\xff.bin")).write_text("x")
    await bot.outputs.send()
    assert sorted(sent(peer)) == ["_.bin", "a_b__31m.txt".replace("__", "_[")]


async def test_large_files_and_too_many_are_left_out_in_words(
    peer: Peer, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.leave("big", "x" * (MOST + 1))
    for number in range(4):
        bot.leave(f"n{number}")
    monkeypatch.setattr(outputs, "MAX_FILES", 3)
    await bot.outputs.send()
    assert len(peer.seen) == 3
    assert [text.partition(":")[0] for text in bot.said] == ['"big" was left out', '"n3" was left out']


async def test_a_refusal_is_said_and_the_others_go_on(peer: Peer, bot: Bot) -> None:
    bot.leave("a")
    bot.leave("b")
    peer.prepare((422, {"title": "Invalid", "status": 422, "detail": "No such name.", "code": "invalid"}), kept("b"))
    await bot.outputs.send()
    assert sent(peer) == ["a", "b"]
    assert bot.said == ['"a" was not kept: No such name.']


async def test_a_server_that_fails_is_asked_again_and_then_left_alone(
    peer: Peer, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "backoff", lambda **_: iter([0.0] * 99))
    bot.leave("a")
    peer.prepare((503, {"title": "Busy", "status": 503, "detail": "The disk is full.", "code": "busy"}))
    await bot.outputs.send()
    assert len(peer.seen) == 6
    assert bot.said == ['"a" could not be kept: The disk is full.']


async def test_a_server_that_is_away_is_waited_for(peer: Peer, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "backoff", lambda **_: iter([0.0] * 99))
    bot.leave("a")
    peer.prepare(*[(0, None)] * 20, kept("a"))
    await bot.outputs.send()
    assert len(peer.seen) == 21
    assert bot.said == []


async def test_a_lost_lease_ends_it(peer: Peer, bot: Bot) -> None:
    bot.leave("a")
    peer.prepare((409, {"title": "Stale", "status": 409, "detail": "Gone.", "code": "stale_lease"}))
    with pytest.raises(Gone):
        await bot.outputs.send()


class TestNames:
    async def test_paths_become_the_names_of_files(self, peer: Peer, bot: Bot) -> None:
        path = bot.leave("deep/a.txt")
        (bot.cwd / "beside.csv").write_text("x")
        await bot.outputs.send()
        output = {
            "Report": str(path),
            "also": "deep/a.txt",
            "own": "beside.csv",
            "list": [str(path), None],
            "other": str(path),
        }
        named = await bot.outputs.name_files(output, ["REPORT", "Also", "own", "list"], bot.cwd)
        assert named == {
            "Report": "kept.txt",
            "also": "kept.txt",
            "own": "kept.txt",
            "list": ["kept.txt", None],
            "other": str(path),
        }
        assert sent(peer) == ["deep/a.txt", "beside.csv"]
        assert bot.said == []

    async def test_what_names_no_file_of_the_bot_stays_as_it_is(self, peer: Peer, bot: Bot, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").write_text("x")
        (bot.folder / "link").symlink_to(tmp_path / "elsewhere")
        for value in ("missing.txt", str(tmp_path / "elsewhere"), "link", "\0", 5, "", {"a": 1}):
            assert await bot.outputs.name_files({"f": value}, ["F"], bot.cwd) == {"f": value}
        assert peer.seen == []
        assert len(bot.said) == 4
        assert await bot.outputs.name_files("text", ["F"], bot.cwd) == "text"


class TestInputs:
    def test_names_are_safe_on_every_system_and_unlike_each_other(self) -> None:
        taken: set[str] = set()
        given = ["a.txt", "A.TXT", "../../etc/passwd", "C:\\x\\con.txt", "", "..", 'q"<>|?*.csv', "a\u202etxt.exe"]
        made = [safe_name(name, taken) for name in given]
        assert made == ["a.txt", "A (2).TXT", "passwd", "file_con.txt", "file", "file (2)", "q______.csv", "a_txt.exe"]
        long = safe_name("é" * 500 + ".txt", taken)
        assert long.endswith("é.txt")
        assert len(long.encode()) <= 255
        assert safe_name("x." + "y" * 300, taken).startswith("x.yyy")

    async def test_files_take_the_places_of_their_links(self, peer: Peer, tmp_path: Path) -> None:
        digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of "x"
        files = [
            wire.GivenFile(id=1, parameter="one", position=0, name="a.txt", digest=digest, size=1),
            wire.GivenFile(id=2, parameter="many", position=1, name="a.txt", digest=digest, size=1),
        ]
        peer.prepare((200, b"x"))
        async with AsyncClient(peer.url, "t", timeout=5.0) as client:
            found = await fetch_inputs(client, grant(files, one="http://x/1", many=[None, "http://x/2"], n=5), tmp_path)
        assert found == {
            "one": str(tmp_path / "a.txt"),
            "many": [None, str(tmp_path / "a (2).txt")],
            "n": 5,
        }
        assert (tmp_path / "a (2).txt").read_text() == "x"

    async def test_damage_and_refusals_end_in_words(
        self, peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(exchange, "backoff", lambda **_: iter([0.0] * 99))
        files = [wire.GivenFile(id=1, parameter="one", position=0, name="a.txt", digest="0" * 64, size=1)]
        async with AsyncClient(peer.url, "t", timeout=5.0) as client:
            for answer, words in (
                ((200, b"x"), "damaged"),
                ((503, b"{}"), "503"),
                ((409, {"title": "Stale", "status": 409, "detail": "Gone.", "code": "stale_lease"}), "Gone"),
            ):
                peer.prepare(answer)
                with pytest.raises(PreparationFailed, match=words):
                    await fetch_inputs(client, grant(files, one="http://x/1"), tmp_path)
            with pytest.raises(PreparationFailed, match="No such file"):
                await fetch_inputs(client, grant(files, one="http://x/1"), tmp_path / "missing")


def grant(files: list[wire.GivenFile], **parameters: Any) -> wire.LeaseGrant:
    """Return a grant of a task with files."""
    return wire.LeaseGrant(
        attempt="a1",
        task=1,
        epoch=1,
        token="t",
        automation="a",
        dialect="plain",
        entry="main.py",
        package_digest="d",
        package_version="1",
        parameters=json.loads(json.dumps(parameters)),
        workspace="default",
        files=files,
    )
