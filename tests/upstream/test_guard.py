"""The guard refuses what is hostile, lets through what is not, and never fails otherwise."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botyard.base.exceptions import Invalid
from botyard.upstream import Failed, Policy, Refused, Target, Upstream, check_address, check_pattern, parse
from botyard.upstream.guard import check_target, redirected
from tests.upstream.hostile import NAMES_OF_THIS_MACHINE, SPECIAL_4, SPECIAL_6, everything

PUBLIC = Policy(max_bytes=1000, timeout=5.0)
PRIVATE = Policy(max_bytes=1000, timeout=5.0, allow_private=True)

#: What stays refused though private targets are allowed.
NEVER = [
    "0.0.0.0",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.170.2",
    "192.0.0.192",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "fe80::1",
    "ff02::1",
    "fd00:ec2::254",
]
ALLOWED_WHEN_PRIVATE = [
    "10.0.0.1",
    "127.0.0.1",
    "127.0.0.53",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "::1",
    "fd12::1",
]
ALLOWED = [
    "8.8.8.8",
    "93.184.216.34",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::8a",
    "64:ff9b::8.8.8.8",
]


class Names:
    """A resolver to whom every name is public, but those of this machine; it tells what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        here = host in {name.lower().removesuffix(".") for name in NAMES_OF_THIS_MACHINE}
        return ["127.0.0.1"] if here else ["93.184.216.34"]

    def close(self) -> None:
        pass


class NoConnections:
    """Stands where connections are opened: nobody may get as far as that."""

    def take(self, target: Target, addresses: Sequence[str]) -> None:
        raise AssertionError(f"{target} was let through to {addresses}")

    def give_back(self, connection: object) -> None:
        pass


async def test_none_of_300_hostile_addresses_is_called() -> None:
    urls = everything()
    assert len(urls) >= 300
    upstream = Upstream(Names())
    upstream._connections = NoConnections()  # type: ignore[assignment] # any connection at all is the fault
    for url in urls:
        with pytest.raises(Refused) as refused:
            async with upstream.send("GET", url, policy=PUBLIC):
                pass
        assert refused.value.reason.endswith("."), url
        assert len(refused.value.reason) < 400, url


async def test_none_of_300_hostile_addresses_is_followed() -> None:
    start = parse("http://example.com/a/b?c")
    upstream = Upstream(Names())
    followed = []
    for url in everything():
        try:
            target = redirected(start, url)
            await upstream.addresses(target, PUBLIC)
        except Refused:
            continue
        # What is not an address of its own is a path on the same host.
        followed.append(target)
    assert {target.origin for target in followed} <= {start.origin}


@pytest.mark.parametrize("address", [*SPECIAL_4, *SPECIAL_6])
def test_no_special_purpose_address_is_for_everybody(address: str) -> None:
    with pytest.raises(Refused):
        check_address(ip_address(address), parse("http://example.com/"), PUBLIC)


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_addresses_in_disguise_stay_refused_where_private_ones_are_allowed(address: str) -> None:
    with pytest.raises(Refused):
        check_address(ip_address(address), parse("http://example.com/"), PRIVATE)


@pytest.mark.parametrize("address", ALLOWED_WHEN_PRIVATE)
def test_private_addresses_are_allowed_where_the_policy_says_so(address: str) -> None:
    check_address(ip_address(address), parse("http://example.com/"), PRIVATE)


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_allowed(address: str) -> None:
    check_address(ip_address(address), parse("http://example.com/"), PUBLIC)


@given(st.integers(0, 2**128 - 1))
def test_every_ipv6_address_outside_global_unicast_is_refused(number: int) -> None:
    address = ip_address(number.to_bytes(16))
    if number >> 125 != 1 and number >> 32 != 0x64FF9B << 64:
        with pytest.raises(Refused):
            check_address(address, parse("http://example.com/"), PUBLIC)


@pytest.mark.parametrize(
    ("url", "called", "address"),
    [
        ("http://example.com", "http://example.com/", None),
        ("HTTPS://Example.COM:443/A?b=C#d", "https://example.com/A?b=C", None),
        ("http://example.com.:8080/x", "http://example.com:8080/x", None),
        ("http://b\u00fccher.example/", "http://xn--bcher-kva.example/", None),
        ("http://example.com?q=1", "http://example.com/?q=1", None),
        (
            "http://example.com/a b/\u00e9?x=\u00fc y&z=[1]",
            "http://example.com/a%20b/%C3%A9?x=%C3%BC%20y&z=%5B1%5D",
            None,
        ),
        ("http://example.com/%2e%2e/%zz?a@b:c/d", "http://example.com/%2e%2e/%zz?a@b:c/d", None),
        ("http://my_host-1:5000/", "http://my_host-1:5000/", None),
        ("http://8.8.8.8/", "http://8.8.8.8/", "8.8.8.8"),
        ("http://[2606:4700:0:0::1111]:81/", "http://[2606:4700::1111]:81/", "2606:4700::1111"),
        ("http://127.0.0.1:8088/v1/task/download_elma?uid=c054&system=5d5e", None, "127.0.0.1"),
    ],
)
def test_plain_addresses_are_read(url: str, called: str | None, address: str | None) -> None:
    target = parse(url)
    assert target.url == (called or url)
    assert target.address == (ip_address(address) if address else None)
    assert parse(target.url) == target


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://example.com", "http://[", "http://a:"]))
def test_whatever_text_is_given_is_read_or_refused(text: str, before: str) -> None:
    try:
        target = parse(before + text)
    except Refused:
        return
    assert target.url.isascii()
    assert target.url.isprintable()
    assert " " not in target.url
    assert parse(target.url) == target


@given(st.text(max_size=60))
def test_whatever_a_redirect_says_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        assert redirected(parse("http://example.com/x"), text).url.isascii()


@pytest.mark.parametrize(
    ("hosts", "url", "allowed"),
    [
        (("files.example.com",), "http://files.example.com/", True),
        (("files.example.com",), "http://FILES.example.com./", True),
        (("Files.Example.com",), "http://files.example.com/", True),
        (("files.example.com",), "http://files.example.com.evil.example/", False),
        (("files.example.com",), "http://evilfiles.example.com/", False),
        (("*.example.com",), "http://a.b.example.com/", True),
        (("*.example.com",), "http://example.com/", False),
        (("*.example.com",), "http://badexample.com/", False),
        (("10.0.0.1",), "http://10.0.0.1/", True),
        (("xn--bcher-kva.example",), "http://b\u00fccher.example/", True),
    ],
)
def test_only_listed_hosts_are_called(hosts: tuple[str, ...], url: str, allowed: bool) -> None:
    policy = Policy(max_bytes=1, timeout=1, hosts=hosts, allow_private=True)
    if allowed:
        check_target(parse(url), policy)
    else:
        with pytest.raises(Refused, match="not one of the hosts"):
            check_target(parse(url), policy)


def test_a_listed_host_is_not_thereby_allowed_to_be_private() -> None:
    policy = Policy(max_bytes=1, timeout=1, hosts=("10.0.0.1",))
    with pytest.raises(Refused, match="may not be called"):
        check_target(parse("http://10.0.0.1/"), policy)


def test_only_listed_ports_are_called_and_then_any_of_them() -> None:
    policy = Policy(max_bytes=1, timeout=1, ports=(443, 6379))
    check_target(parse("https://example.com/"), policy)
    check_target(parse("http://example.com:6379/"), policy)
    with pytest.raises(Refused, match="Port 80"):
        check_target(parse("http://example.com/"), policy)


def test_plain_http_is_refused_where_the_policy_says_so() -> None:
    policy = Policy(max_bytes=1, timeout=1, plain_http=False)
    check_target(parse("https://example.com/"), policy)
    with pytest.raises(Refused, match="https"):
        check_target(parse("http://example.com/"), policy)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (["93.184.216.34", "127.0.0.1"], "this machine"),
        (["10.0.0.1", "93.184.216.34"], "private"),
        (["2606:4700::1111", "fe80::1%eth0"], "link-local"),
        (["::ffff:127.0.0.1"], "in disguise"),
        (["nonsense"], "no address"),
        (["127.1"], "no address"),
    ],
)
async def test_a_name_is_refused_for_any_of_its_addresses(found: list[str], reason: str) -> None:
    class Fixed(Names):
        async def resolve(self, host: str) -> Sequence[str]:
            self.asked.append(host)
            return found

    with pytest.raises(Refused, match=reason):
        await Upstream(Fixed()).addresses(parse("http://example.com/"), PUBLIC)


async def test_the_name_service_is_asked_nothing_about_what_is_refused_anyway() -> None:
    names = Names()
    upstream = Upstream(names)
    policy = Policy(max_bytes=1, timeout=1, hosts=("a.example",))
    for url in ("http://b.example/", "http://127.1/", "http://user@a.example/", "http://a.example:25/"):
        with pytest.raises(Refused):
            async with upstream.send("GET", url, policy=policy):
                pass
    assert names.asked == []


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("Files.Example.com.", "files.example.com"),
        ("*.Example.com", "*.example.com"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("10.0.0.1", "10.0.0.1"),
        ("[::1]", "::1"),
    ],
)
def test_hosts_of_a_policy_are_written_as_they_are_compared(text: str, pattern: str) -> None:
    assert check_pattern(text, field="hosts") == pattern


@pytest.mark.parametrize(
    "text", ["", "*", "*.", "a.*.example", "http://a.example", "a.example/x", "a b", "*.10.0.0.1", "127.1"]
)
def test_what_is_no_host_cannot_be_listed(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_pattern(text, field="hosts")
    assert caught.value.field == "hosts"


def test_failures_tell_their_kind() -> None:
    failed = Failed("timeout", "It took too long.")
    assert (failed.kind, failed.reason, str(failed)) == ("timeout", "It took too long.", "It took too long.")
