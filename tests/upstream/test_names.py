"""Names are looked up once, and the address that was checked is the one that is called: against a real name server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
from dnslib import AAAA, QTYPE, RR, A, DNSRecord  # type: ignore[import-untyped]
from dnslib.server import BaseResolver, DNSServer  # type: ignore[import-untyped]

from botyard.upstream import Failed, Policy, Refused, SystemResolver, Upstream
from tests.support.scripted import answer, scripted

PUBLIC = "93.184.216.34"
POLICY = Policy(max_bytes=1000, timeout=5.0)
PRIVATE = Policy(max_bytes=1000, timeout=5.0, allow_private=True)


class Rebinding(BaseResolver):  # type: ignore[misc] # dnslib has no types
    """Answers every question with the next of the prepared addresses, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        del handler
        with self._lock:
            self.asked.append(str(request.q.qname))
            addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        reply = request.reply()
        for address in addresses:
            if ":" in address:
                reply.add_answer(RR(request.q.qname, QTYPE.AAAA, rdata=AAAA(address), ttl=0))
            else:
                reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(address), ttl=0))
        return reply


@contextlib.contextmanager
def name_server(*answers: Sequence[str]) -> Iterator[tuple[Rebinding, SystemResolver]]:
    """Run a name server on loopback; yield it and a resolver that asks it about every name, each time anew."""
    rebinding = Rebinding(*answers)
    server = DNSServer(rebinding, address="127.0.0.1", port=0)
    port = server.server.server_address[1]
    server.start_thread()

    def lookup(host: str) -> Sequence[str]:
        reply = DNSRecord.parse(DNSRecord.question(host).send("127.0.0.1", port, timeout=5))
        return [str(record.rdata) for record in reply.rr if record.rtype in (QTYPE.A, QTYPE.AAAA)]

    resolver = SystemResolver(lookup, keep=0)
    try:
        yield rebinding, resolver
    finally:
        resolver.close()
        server.stop()
        server.server.server_close()


async def fetch(upstream: Upstream, url: str, policy: Policy = POLICY) -> bytes:
    async with upstream.send("GET", url, policy=policy) as got:
        return await got.read()


@pytest.fixture
async def two() -> AsyncIterator[int]:
    """Yield a port on which 127.0.0.1 and 127.0.0.2 answer with their own address."""
    async with (
        scripted(answer(b"127.0.0.1")) as first,
        scripted(answer(b"127.0.0.2"), host="127.0.0.2", port=first.port),
    ):
        yield first.port


async def test_a_name_that_turns_private_after_the_check_reaches_nobody(two: int) -> None:
    with name_server([PUBLIC], ["127.0.0.1"]) as (names, resolver):
        upstream = Upstream(resolver)
        opened = []

        async def record(target: object, addresses: Sequence[str]) -> None:
            opened.append(list(addresses))
            raise Failed("connect", "Nothing leaves this machine.")

        upstream._connections.open = record  # type: ignore[method-assign,assignment]
        with pytest.raises(Failed):
            await fetch(upstream, f"http://rebind.example:{two}/")
        assert opened == [[PUBLIC]]
        assert names.asked == ["rebind.example."]
        with pytest.raises(Refused, match="this machine"):
            await fetch(upstream, f"http://rebind.example:{two}/")
        assert opened == [[PUBLIC]]


async def test_the_address_that_was_checked_is_the_one_that_is_called(two: int) -> None:
    # Each call asks once. A second question between check and connection would get the other address.
    turns = [["127.0.0.1"], ["127.0.0.2"]] * 10
    with name_server(*turns) as (names, resolver):
        upstream = Upstream(resolver)
        for turn in turns:
            assert [await fetch(upstream, f"http://rebind.example:{two}/", PRIVATE)] == [turn[0].encode()]
        assert len(names.asked) == len(turns)
        await upstream.close()


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["169.254.169.254"], ["::1"], [PUBLIC, "::ffff:7f00:1"], ["0.0.0.0"]],
)
async def test_a_name_that_has_a_refused_address_is_refused(two: int, answers: list[str]) -> None:
    with name_server(answers) as (_, resolver), pytest.raises(Refused, match="may not be called"):
        await fetch(Upstream(resolver), f"http://mixed.example:{two}/")


async def test_a_redirect_to_a_name_is_checked_like_the_first_address() -> None:
    async with scripted(answer(status="302 Found", headers=("Location: http://inside.example/",))) as server:
        with name_server(["127.0.0.1"], ["169.254.169.254"]) as (names, resolver):
            with pytest.raises(Refused, match="keep credentials"):
                await fetch(Upstream(resolver), f"http://outside.example:{server.port}/", PRIVATE)
            assert names.asked == ["outside.example.", "inside.example."]
        assert len(server.requests) == 1


async def test_a_name_without_addresses_is_a_failure(two: int) -> None:
    with name_server([]) as (_, resolver):
        with pytest.raises(Failed) as failed:
            await fetch(Upstream(resolver), f"http://empty.example:{two}/")
        assert failed.value.kind == "dns"


async def test_a_name_server_that_says_nothing_is_a_failure() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]

        def lookup(host: str) -> Sequence[str]:
            DNSRecord.question(host).send("127.0.0.1", port, timeout=0.2)
            return []

        resolver = SystemResolver(lookup)
        with pytest.raises(Failed) as failed:
            await fetch(Upstream(resolver), "http://silent.example/")
        assert failed.value.kind == "dns"
        resolver.close()


async def test_an_address_that_does_not_answer_is_followed_by_the_next(two: int) -> None:
    with name_server(["127.0.0.3", "127.0.0.2"]) as (_, resolver):
        upstream = Upstream(resolver)
        assert await fetch(upstream, f"http://several.example:{two}/", PRIVATE) == b"127.0.0.2"
        await upstream.close()


async def test_many_calls_at_once_ask_once(two: int) -> None:
    with name_server(["127.0.0.1"]) as (names, resolver):
        upstream = Upstream(resolver)
        await asyncio.gather(*(fetch(upstream, f"http://busy.example:{two}/", PRIVATE) for _ in range(50)))
        assert len(names.asked) < 5
        await upstream.close()


async def test_the_system_knows_this_machine() -> None:
    resolver = SystemResolver()
    assert set(await resolver.resolve("localhost")) <= {"127.0.0.1", "::1"}
    with pytest.raises(Failed) as failed:
        await resolver.resolve("no-such-host.invalid")
    assert failed.value.kind == "dns"
    resolver.close()
