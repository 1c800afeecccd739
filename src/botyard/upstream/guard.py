"""The guard: which address may be called. It never raises anything but Refused, whatever it is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import quote, urljoin

import msgspec

from botyard.upstream.addresses import Address, objection
from botyard.upstream.failures import Refused
from botyard.upstream.names import read_name
from botyard.upstream.policy import Policy

MAX_URL = 8192

_SCHEME = re.compile(r"(https?)://", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PORT = re.compile(r"[0-9]{1,5}")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Everything printable but what must be escaped on the wire: space, quotes, brackets, backslash and their like.
_SAFE = "/?:@!$&'()*+,;=%~-._"

#: Ports of protocols that could take a request for commands of theirs: those that browsers refuse.
OTHER_PROTOCOLS = frozenset(
    {1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110}
    | {111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531}
    | {532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060}
    | {5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211}
)


class Target(msgspec.Struct, frozen=True):
    """An address that was read: `host` in ASCII, `path` with its query and escaped, `address` for a literal one."""

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def authority(self) -> str:
        """Return host and port as the Host header wants them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return what must be equal for two addresses to be of one server."""
        return (self.scheme, self.host, self.port)

    @property
    def url(self) -> str:
        """Return the address as it is called."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(url: str) -> Target:
    """Return what `url` names. Raises Refused for all that is not a plain address of HTTP."""
    if not isinstance(url, str):
        raise Refused("The address is not a text.")
    if len(url) > MAX_URL:
        raise Refused(f"The address has more than {MAX_URL} characters.")
    if _CONTROLS.search(url):
        raise Refused("The address holds control characters.")
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise Refused("The address does not begin with http:// or https://.")
    rest = url[scheme.end() :].partition("#")[0]
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    name, port = _split(authority)
    read = read_name(name)
    kind = scheme.group(1).lower()
    return Target(kind, read.host, port or _DEFAULT_PORTS[kind], _path(rest[len(authority) :]), read.address)


def check_target(target: Target, policy: Policy) -> None:
    """Raise Refused unless the policy lets this scheme, host and port through, and the address of a literal host."""
    if target.scheme == "http" and not policy.plain_http:
        raise Refused("Only https:// is allowed here.")
    if not policy.names(target.host):
        raise Refused(f"The host {target.host} is not one of the hosts that are allowed here.")
    if policy.ports:
        if target.port not in policy.ports:
            raise Refused(f"Port {target.port} is not one of the ports that are allowed here.")
    elif target.port in OTHER_PROTOCOLS:
        raise Refused(f"Port {target.port} belongs to another protocol than HTTP.")
    if target.address is not None:
        check_address(target.address, target, policy)


def check_address(address: Address, target: Target, policy: Policy) -> None:
    """Raise Refused unless the policy lets an address of the target through."""
    why = objection(address, allow_private=policy.allow_private)
    if why is not None:
        raise Refused(f"The host {target.host} is at an address that may not be called from here ({why}).")


def check_addresses(found: Sequence[str], target: Target, policy: Policy) -> list[str]:
    """Return the addresses of a name. Raises Refused when one of them may not be called, whatever the others are."""
    for text in found:
        try:
            address = ip_address(text)
        except ValueError:
            raise Refused(f"The host {target.host} is at no address that this server understands.") from None
        check_address(address, target, policy)
    return list(found)


def redirected(target: Target, location: str) -> Target:
    """Return where an answer of `target` sends its reader. Raises Refused."""
    location = location.strip(" \t")
    if _CONTROLS.search(location):
        # Before it is joined: joining drops line breaks and tabs.
        raise Refused(f"{target.host} redirects to an address with control characters.")
    try:
        url = urljoin(target.url, location)
    except ValueError:
        raise Refused(f"{target.host} redirects to an address that cannot be read.") from None
    try:
        return parse(url)
    except Refused as refused:
        raise Refused(f"{target.host} redirects to an address that is refused: {refused.reason}") from None


def _split(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise Refused("The address holds a user name or password; send credentials as headers.")
    if set(authority) & set(" \\%<>\"'`{}|^"):
        raise Refused("The host holds characters that no host name has.")
    if authority.startswith("["):
        name, bracket, port = authority[1:].partition("]")
        if not bracket or (port and not port.startswith(":")) or ":" not in name:
            raise Refused("The host is not an IPv6 address.")
        return name, _port(port[1:]) if port else None
    name, colon, port = authority.partition(":")
    if ":" in port:
        raise Refused("The host is not an IPv6 address in brackets.")
    return name, _port(port) if colon else None


def _port(text: str) -> int:
    # [0-9], not \d, which would take digits of every script.
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise Refused("The port is not a number between 1 and 65535.")
    return int(text)


def _path(text: str) -> str:
    path, mark, query = text.partition("?")
    if "\\" in path:
        raise Refused("The address holds a backslash, which programs read in different ways.")
    return (quote(path, safe=_SAFE) or "/") + (mark + quote(query, safe=_SAFE) if mark else "")
