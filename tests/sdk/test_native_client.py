"""The clients against a small HTTP server that misbehaves on request."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from botyard import __version__
from botyard.sdk import calls, feeds, paging, running
from botyard.sdk.calls import Call
from botyard.sdk.content import Source
from botyard.sdk.errors import Changed, Conflict, Forbidden, Missing, Refused, Unauthenticated, Unavailable
from botyard.sdk.native import AsyncClient, Client
from tests.support.peer import Peer, running_peer


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Yield a server."""
    with running_peer() as server:
        yield server


@pytest.fixture
def client(peer: Peer) -> Iterator[Client]:
    """Yield a client of it."""
    with Client(peer.url, "the-token", timeout=5.0, patience=3.0) as opened:
        yield opened


ONCE: Call[Any] = calls.post("/create", {"name": "ü"}, dict[str, Any])
AGAIN: Call[Any] = calls.post("/report", {}, dict[str, Any], repeatable=True)


def test_a_call_carries_its_body_query_and_token(peer: Peer, client: Client) -> None:
    peer.prepare((200, {"id": 7}))
    assert client.send(ONCE) == {"id": 7}
    client.send(calls.get("/list", dict[str, Any], state="queued", after=None, test=True))
    assert peer.seen[0] == ("POST", "/create", "Bearer the-token", '{"name":"ü"}'.encode())
    assert peer.seen[1][1] == "/list?state=queued&test=true"
    assert peer.heads[0]["user-agent"] == f"botyard-sdk/{__version__}"


def test_a_call_without_an_answer_returns_none(peer: Peer, client: Client) -> None:
    peer.prepare((204, None))
    assert client.send(running.start_attempt("a")) is None


@pytest.mark.parametrize(
    ("status", "kind"), [(400, Refused), (401, Unauthenticated), (403, Forbidden), (404, Missing), (409, Conflict)]
)
def test_a_refusal_carries_what_the_server_said(peer: Peer, client: Client, status: int, kind: type[Refused]) -> None:
    problem = {"title": "No", "status": status, "detail": "It is so.", "code": "x", "hint": "Do this.", "field": "name"}
    peer.prepare((status, problem))
    with pytest.raises(Refused) as caught:
        client.send(AGAIN)
    error = caught.value
    assert type(error) is kind
    assert str(error) == "It is so. Do this."
    assert (error.code, error.status, error.field) == ("x", status, "name")
    assert len(peer.seen) == 1


def test_a_repeatable_call_is_repeated_until_the_server_is_back(peer: Peer, client: Client) -> None:
    peer.prepare((0, None), (503, {"title": "Later", "status": 503}), (200, {"done": True}))
    assert client.send(AGAIN) == {"done": True}
    assert len(peer.seen) == 3


def test_a_call_that_may_have_been_carried_out_is_not_repeated(peer: Peer, client: Client) -> None:
    peer.prepare((0, None), (200, {}))
    with pytest.raises(Unavailable):
        client.send(ONCE)
    assert len(peer.seen) == 1


def test_a_call_that_was_turned_away_is_repeated_when_the_server_says(peer: Peer, client: Client) -> None:
    peer.answers = [(429, {"title": "Slow down", "status": 429}, {"Retry-After": "0.3"}), (200, {}, {})]
    began = time.monotonic()
    client.send(ONCE)
    assert time.monotonic() - began >= 0.3


def test_patience_ends(peer: Peer) -> None:
    peer.prepare((503, {"title": "Later", "status": 503, "detail": "Not yet."}))
    with Client(peer.url, "t", patience=0.3) as client, pytest.raises(Unavailable, match=r"Not yet\."):
        client.send(AGAIN)
    assert len(peer.seen) > 1


def test_nobody_there_says_what_to_check() -> None:
    with Client("http://127.0.0.1:9", "t", patience=0.0) as client, pytest.raises(Unavailable) as caught:
        client.send(ONCE)
    assert "http://127.0.0.1:9 could not be reached" in caught.value.message
    assert "Check that it is running" in caught.value.hint


@pytest.mark.parametrize("address", ["localhost:8080", "ftp://host", "http://", ""])
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(Refused, match="not the address of a server"):
        Client(address, "t")


def test_a_key_with_something_around_it_is_refused_at_once() -> None:
    with pytest.raises(Refused, match="characters that no key has"):
        Client("http://127.0.0.1:9", "the-token\n")


def test_a_server_that_is_elsewhere_is_told(peer: Peer, client: Client) -> None:
    peer.answers = [(301, b"<html>", {"Location": "https://yard.example.com/api/v1/x"})]
    with pytest.raises(Refused, match=r"status 301\. It leads to https://yard\.example\.com/api/v1/x;"):
        client.send(AGAIN)


def test_a_page_is_fetched_when_it_is_needed(peer: Peer, client: Client) -> None:
    peer.prepare((200, {"folders": [], "next": "a"}), (200, {"folders": [], "next": None}))
    walking = client.iterate(paging.pages("/folders", _Page, lambda page: page.folders)).pages()
    assert peer.seen == []
    next(walking)
    assert [path for _, path, _, _ in peer.seen] == ["/folders?limit=100"]
    assert len(list(walking)) == 1
    assert peer.seen[1][1] == "/folders?limit=100&after=a"


class _Page(msgspec.Struct):
    folders: list[str]
    next: str | None


def test_an_answer_that_is_not_understood_says_so(peer: Peer, client: Client) -> None:
    peer.prepare((200, {"runner_id": 5}))
    with pytest.raises(Refused, match="was not understood"):
        client.send(calls.post("/x", {}, list[int]))


def test_a_server_on_this_machine_is_not_looked_for_behind_a_proxy(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with Client(peer.url, "t", patience=0.0) as client:
        assert client.send(AGAIN) == {}


def test_a_call_may_take_as_long_as_it_is_given(peer: Peer, client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(server, "t", patience=0) as patient:
            began = time.monotonic()
            with pytest.raises(Unavailable, match="did not answer in time"):
                patient.using(timeout=0.2).send(calls.get("/a", dict[str, Any]))
            with pytest.raises(Unavailable, match="did not answer in time"):
                patient.using(timeout=0.1).send(calls.get("/a", dict[str, Any], wait=0.1))
    assert 0.4 <= time.monotonic() - began < 5


async def test_the_asynchronous_client_does_the_same(peer: Peer) -> None:
    peer.prepare((0, None), (200, {"done": True}))
    async with AsyncClient(peer.url, "t", timeout=5.0) as client:
        assert await client.send(AGAIN) == {"done": True}
        client.move("http://127.0.0.1:9")
        with pytest.raises(Unavailable):
            await client.send(AGAIN, patience=0)


def test_what_is_made_is_made_once_although_the_answer_was_lost(peer: Peer, client: Client) -> None:
    peer.prepare((0, None), (200, {"id": 7}))
    assert client.send(calls.make("/create", {}, dict[str, Any])) == {"id": 7}
    first, second = (headers["idempotency-key"] for headers in peer.heads)
    assert first == second
    client.send(calls.make("/create", {}, dict[str, Any]))
    assert peer.heads[2]["idempotency-key"] != first


def test_a_key_can_be_given(peer: Peer, client: Client) -> None:
    mine = client.using(idempotency_key="invoices-2026-01")
    mine.send(calls.make("/create", {}, dict[str, Any]))
    assert peer.heads[0]["idempotency-key"] == "invoices-2026-01"
    with pytest.raises(Refused, match=r"POST /report takes no Idempotency-Key\."):
        mine.send(AGAIN)


def test_a_change_says_what_it_is_based_on(peer: Peer, client: Client) -> None:
    peer.answers = [(200, {"name": "a"}, {"ETag": '"7-1"'}), (412, {"title": "No", "status": 412}, {})]
    found, tag = client.tagged(calls.get("/thing", dict[str, Any]))
    assert (found, tag) == ({"name": "a"}, '"7-1"')
    with pytest.raises(Changed):
        client.using(if_match=tag).send(calls.put("/thing", {"name": "b"}, dict[str, Any]))
    assert peer.heads[1]["if-match"] == '"7-1"'


def test_what_is_gone_when_it_is_deleted_again_was_deleted(peer: Peer, client: Client) -> None:
    peer.prepare((0, None), (404, {"title": "No", "status": 404}))
    assert client.send(calls.delete("/thing")) is None
    with pytest.raises(Missing):
        client.send(calls.delete("/thing"))


def test_a_stream_is_not_sent_twice(peer: Peer, client: Client, tmp_path: Path) -> None:
    def upload(source: Source) -> Call[Any]:
        return calls.upload("/files", source, dict[str, Any], repeatable=True)

    peer.prepare((503, {"title": "Later", "status": 503}), (200, {}))
    with pytest.raises(Unavailable):
        client.send(upload(iter([b"a", b"b"])))
    peer.prepare((503, {"title": "Later", "status": 503}), (200, {}))
    (tmp_path / "file").write_bytes(b"abc")
    client.send(upload(tmp_path / "file"))
    assert [body for _, _, _, body in peer.seen] == [b"ab", b"abc", b"abc"]


def test_a_download_begins_again_when_it_broke_off(peer: Peer, client: Client, tmp_path: Path) -> None:
    peer.answers = [(200, b"abc", {"Content-Length": "10"}), (200, b"abcdef", {})]
    saved = client.fetch(calls.content("/files/7")).save(tmp_path / "file")
    assert saved.read_bytes() == b"abcdef"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


async def test_a_download_begins_again_in_an_event_loop(peer: Peer, tmp_path: Path) -> None:
    peer.answers = [(200, b"abc", {"Content-Length": "10"}), (200, b"abcdef", {})]
    async with AsyncClient(peer.url, "t") as client:
        assert await client.fetch(calls.content("/files/7")).read() == b"abcdef"
        peer.prepare((200, {"name": "a"}))
        assert await client.tagged(calls.get("/thing", dict[str, Any])) == ({"name": "a"}, None)
        peer.prepare((0, None), (404, {"title": "No", "status": 404}))
        await client.send(calls.delete("/thing"))


def test_steps_raise_what_their_calls_raise(peer: Peer, client: Client) -> None:
    def twice() -> Generator[Call[Any], Any, str]:
        yield calls.get("/a", dict[str, Any])
        yield calls.get("/b", dict[str, Any])
        return "done"

    assert client.run(twice()) == "done"
    peer.prepare((404, {"title": "No", "status": 404}))
    with pytest.raises(Missing):
        client.run(twice())


def told(*messages: str) -> bytes:
    """Return the body of a stream."""
    return "".join(f"{message}\n\n" for message in messages).encode()


FEED = feeds.feed("/stream", int, kind="x")
BROKEN = {"Content-Length": "1000"}


def test_what_happens_is_followed_over_connections_that_break(peer: Peer, client: Client) -> None:
    peer.answers = [
        (200, told("retry: 2000", "id: 1\ndata: 10", ": quiet", "id: 2\ndata: 20") + b"id: 3\nda", BROKEN),
        (503, {"title": "Later", "status": 503}, {}),
        (200, told("id: 3\ndata: 30"), {}),
        (200, told("id: 4\nevent: end\ndata: {}"), {}),
    ]
    assert list(client.follow(FEED)) == [10, 20, 30]
    paths = [path for _, path, _, _ in peer.seen]
    assert paths == ["/stream?kind=x", *["/stream?kind=x&after=2"] * 2, "/stream?kind=x&after=3"]
    assert peer.heads[0]["accept"] == "text/event-stream"


async def test_what_happens_is_followed_in_an_event_loop(peer: Peer) -> None:
    peer.answers = [(200, told("id: 1\ndata: 10"), BROKEN), (200, told("id: 2\nevent: end\ndata: {}"), {})]
    async with AsyncClient(peer.url, "t") as client:
        assert [value async for value in client.follow(FEED)] == [10]


def test_following_ends_when_patience_is_over_or_the_server_says_no(peer: Peer, client: Client) -> None:
    peer.prepare((503, {"title": "Later", "status": 503}))
    with pytest.raises(Unavailable):
        list(client.using(patience=0.2).follow(FEED))
    peer.prepare((403, {"title": "No", "status": 403}))
    with pytest.raises(Forbidden):
        list(client.follow(FEED))
