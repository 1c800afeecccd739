"""How the host of an address is read: strictly, so that every program would read it in the same way."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna
import msgspec

from botyard.upstream.addresses import Address
from botyard.upstream.failures import Refused

MAX_NAME = 253

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_QUAD = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}")


class Name(msgspec.Struct, frozen=True):
    """A host: lower-case ASCII without a closing dot, or an address as `ipaddress` writes it."""

    host: str
    address: Address | None = None


def read_name(text: str) -> Name:
    """Return the host that `text` names, an IPv6 address without its brackets. Raises Refused."""
    if ":" in text:
        return _read_ipv6(text)
    if not text.isascii():
        text = _to_ascii(text)
    host = text.lower().removesuffix(".")
    if not host:
        raise Refused("The address names no host.")
    if len(host) > MAX_NAME:
        raise Refused(f"The host has more than {MAX_NAME} characters.")
    labels = host.split(".")
    if not all(map(_LABEL.fullmatch, labels)):
        raise Refused("The host holds characters that no host name has.")
    if _NUMBER.fullmatch(labels[-1]):
        return _read_ipv4(host)
    return Name(host)


def _read_ipv4(host: str) -> Name:
    # 127.1, 0x7f.1, 2130706433 and 0177.0.0.1 are this machine to some programs and something else to others.
    if not _QUAD.fullmatch(host):
        raise Refused("The host is a number that programs read in different ways; write it as four decimal numbers.")
    try:
        address = IPv4Address(host)
    except AddressValueError:
        raise Refused("The host is not an IPv4 address.") from None
    return Name(str(address), address)


def _read_ipv6(text: str) -> Name:
    if "%" in text:
        raise Refused("The host names a network interface, which only this machine could know.")
    if not text.isascii():
        raise Refused("The host is not an IPv6 address.")
    try:
        address = IPv6Address(text)
    except AddressValueError:
        raise Refused("The host is not an IPv6 address.") from None
    return Name(str(address), address)


def _to_ascii(text: str) -> str:
    if len(text) > MAX_NAME:
        raise Refused(f"The host has more than {MAX_NAME} characters.")
    for character in text:
        # Circled digits, full-width dots and their like turn into ASCII in some programs and not in others.
        if not character.isascii() and any(map(str.isascii, unicodedata.normalize("NFKC", character))):
            raise Refused("The host holds a character that only looks like a plain one.")
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise Refused("The host is not an international domain name.") from None
