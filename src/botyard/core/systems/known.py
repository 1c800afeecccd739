"""From a token to the system that it proves."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from botyard.base import jsontext
from botyard.base.clock import MINUTE
from botyard.base.exceptions import Denied, Invalid
from botyard.core.access import tokens
from botyard.core.systems.model import System, checked_token
from botyard.core.systems.search import PURPOSE, sql
from botyard.storage import Tx

#: Evicts what servers remember of systems.
TOPIC = "systems"


def authenticate(tx: Tx, *, token: str, now: int) -> System:
    """Return the system whose token this is, in whatever state. Raises Denied(code="unauthenticated")."""
    try:
        clean = checked_token(token)
    except Invalid:
        raise unknown() from None
    hashes = jsontext.encode(tokens.signatures(PURPOSE, clean))
    row = tx.one(sql.find_by_token, hashes=hashes, now=now)
    if row is None:
        raise unknown()
    return System.from_row(row)


def check_address(system: System, address: str) -> None:
    """Raise Denied unless the system may call from this address."""
    if system.networks is not None and not _lies_in(address, system.networks):
        raise Denied(
            f"This system may not call from the address {address[:64]}.",
            hint="Add the address to the system's networks in Botyard.",
        )


def record_use(tx: Tx, *, system_id: str, now: int) -> None:
    """Remember that a system called, at most once a minute."""
    tx.run(sql.record_use, id=system_id, now=now, before=now - MINUTE)


def unknown() -> Denied:
    """Return the one answer to every token that no system has."""
    return Denied(
        "No system has this token.",
        hint="Register the system in Botyard, or run `botyard connect elma`.",
        code="unauthenticated",
    )


def _lies_in(address: str, networks: Sequence[str]) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found
    return any(mapped in ipaddress.ip_network(network) for network in networks)
