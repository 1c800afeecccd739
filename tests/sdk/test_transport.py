"""What the drop-in modules share, against a server that answers what a test says."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import requests

from botyard.sdk import transport
from botyard.sdk.failures import CallFailed, HTTPError, InvalidAddress, TimedOut, Unreachable
from tests.support.answering import Answer, Answering, Asked, answering
from tests.support.processes import free_port


@pytest.fixture
def server() -> Iterator[Answering]:
    """Yield a server that answers what it was asked for."""
    with answering(lambda asked: Answer({"path": asked.path})) as running:
        yield running
    transport.close()


def test_calls_share_a_connection(server: Answering) -> None:
    for number in range(5):
        assert transport.send("GET", f"{server.url}/{number}").json() == {"path": f"/{number}"}
    assert len({asked.connection for asked in server.asked}) == 1


def test_threads_call_at_the_same_time(server: Answering) -> None:
    together = threading.Barrier(4, timeout=10)

    def wait(_: Asked) -> Answer:
        together.wait()
        return Answer({})

    server.answer = wait
    threads = [threading.Thread(target=transport.send, args=("GET", server.url)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({asked.connection for asked in server.asked}) == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_opens_its_own_connections(server: Answering) -> None:
    transport.send("GET", server.url)
    script = (
        "import os, sys; from botyard.sdk import transport\n"
        "transport.send('GET', sys.argv[1] + '/parent')\n"
        "child = os.fork()\n"
        "transport.send('GET', sys.argv[1] + ('/parent' if child else '/child'))\n"
        "child and os.waitpid(child, 0)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, server.url], check=True, timeout=30)
    ways = {asked.path: asked.connection for asked in server.asked[1:]}
    assert ways["/child"] != ways["/parent"]


def test_cookies_are_neither_kept_nor_sent(server: Answering) -> None:
    server.answer = lambda _: Answer({}, headers=(("Set-Cookie", "session=1; Path=/"),))
    for _ in range(2):
        transport.send("GET", server.url)
    assert [asked.headers["Cookie"] for asked in server.asked] == [None, None]


def test_what_is_none_is_left_out_and_the_rest_is_written_as_requests_does(server: Answering) -> None:
    headers = {"token": None, "organization": "São Paulo"}
    params = {"a": True, "b": None, "c": [1, 2], "d": "x&y"}
    transport.send("GET", f"{server.url}/list?z=1", headers=headers, params=params)
    asked = server.asked[0]
    assert asked.path == "/list?z=1&a=True&c=1&c=2&d=x%26y"
    assert asked.headers["token"] is None
    assert str(asked.headers["organization"]).encode("latin-1") == "São Paulo".encode("latin-1")


def test_a_get_follows_redirects_and_takes_its_secrets_to_no_other_server(server: Answering) -> None:
    with answering(lambda asked: Answer({"told": dict(asked.headers.items())})) as elsewhere:
        places = {"/near": "/here", "/far": f"{elsewhere.url}/there"}
        server.answer = lambda asked: (
            Answer(b"", 302, (("Location", places[asked.path]),))
            if asked.path in places
            else Answer({"told": dict(asked.headers.items())})
        )
        secrets = {"token": "s3cret", "Authorization": "Bearer s3cret", "X-Robot-Token": "s3cret"}
        near = transport.send("GET", f"{server.url}/near", headers=secrets)
        far = transport.send("GET", f"{server.url}/far", headers=secrets)
        assert (near.url, near.json()["told"]["token"]) == (f"{server.url}/here", "s3cret")
        assert far.url == f"{elsewhere.url}/there"
        assert "s3cret" not in far.text
        posted = transport.send("POST", f"{server.url}/near", headers=secrets)
        assert (posted.status_code, posted.url) == (302, f"{server.url}/near")


def test_a_reply_is_asked_as_one_of_requests(server: Answering) -> None:
    headers = (("Content-Type", "text/plain"), ("X-Odd", "Yes"))
    server.answer = lambda _: Answer("ação".encode() * 3, 404, headers)
    reply = transport.send("GET", f"{server.url}/x")
    assert (reply.ok, reply.status_code, reply.reason) == (False, 404, "Not Found")
    assert (reply.text, b"".join(reply.iter_content(5))) == ("ação" * 3, reply.content)
    assert reply.headers["X-Odd"] == "Yes"
    with pytest.raises(ValueError, match="Expecting value"):
        reply.json()
    with pytest.raises(HTTPError, match=rf"^404 Client Error: Not Found for url: {server.url}/x$") as caught:
        reply.raise_for_status()
    assert caught.value.response is reply


def test_failures_are_those_that_bots_catch(server: Answering) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/path?key=s3cret"
    with pytest.raises(Unreachable, match=r"No answer from .*/path:") as caught:
        transport.send("GET", nowhere)
    assert isinstance(caught.value, builtins.ConnectionError | requests.ConnectionError)
    assert "s3cret" not in str(caught.value)
    waiting = threading.Event()
    server.answer = lambda _: Answer({}, 200 if waiting.wait(10) else 500)
    for limit in (0.05, (5.0, 0.05)):
        with pytest.raises(TimedOut) as late:
            transport.send("GET", server.url, timeout=limit)
        assert isinstance(late.value, builtins.TimeoutError)
        assert isinstance(late.value, requests.Timeout)
    waiting.set()
    for nonsense in ("http://", "ftp://x/y", "http://a:b:c/"):
        with pytest.raises(InvalidAddress) as odd:
            transport.send("GET", nonsense)
        assert isinstance(odd.value, ValueError)
        assert isinstance(odd.value, requests.RequestException)


def test_failures_need_no_requests() -> None:
    script = (
        "import sys; from botyard.sdk import failures, transport\n"
        "error = failures.failure(failures.HTTPError, 'no')\n"
        "assert type(error) is failures.HTTPError and 'requests' not in sys.modules, type(error)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=30)
    assert issubclass(HTTPError, CallFailed)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("maestro.example.org", "https://maestro.example.org"),
        ("maestro.example.org:8443/base/", "https://maestro.example.org:8443/base"),
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("[::1]:80", "http://[::1]:80"),
        ("10.0.0.7", "https://10.0.0.7"),
        ("http://maestro.example.org//", "http://maestro.example.org"),
    ],
)
def test_a_bare_name_is_an_address(given: str, meant: str) -> None:
    assert transport.address(given) == meant


@pytest.mark.parametrize("label", ["ação", "a/b", "a?b#c", "100%", "a b"])
def test_a_label_is_one_segment(label: str, server: Answering) -> None:
    transport.send("GET", f"{server.url}/log/{transport.segment(label)}/entry")
    assert server.asked[0].path.count("/") == 3
    assert "%20" in server.asked[0].path or " " not in label
