"""The text of a token: `by_<kind>_<id>_<secret>_<check>`, and the hash that is kept instead of it.

The prefix and the checksum let a scanner recognise a leaked token without asking the server; the id finds the
row; the secret has 256 random bits. What is stored is an HMAC of the secret under a pepper from a file outside
the database, so a stolen database holds no usable token.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import zlib
from pathlib import Path
from typing import NamedTuple

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 43
_ID_LENGTH = 22
_CHECK_LENGTH = 6
_SHAPE = re.compile(r"by_([a-z]{1,16})_([0-9A-Za-z]{1,64})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})")

# The first pepper hashes new tokens, all of them verify: that is how a pepper is replaced without an outage.
# Until a server names one, a random one serves, so that tests of operations need no file.
_peppers: list[bytes] = [secrets.token_bytes(32)]


class Minted(NamedTuple):
    """A new token: its text for the holder, its hash for the row."""

    text: str
    id: str
    secret_hash: str


class Parsed(NamedTuple):
    """The parts of a well-formed token; nothing is proven yet."""

    kind: str
    id: str
    secret: str


def use_pepper(pepper: bytes) -> None:
    """Hash new tokens under `pepper` from now on; tokens of earlier peppers keep working in this process."""
    if pepper in _peppers:
        _peppers.remove(pepper)
    _peppers.insert(0, pepper)


def load_pepper(path: Path) -> bytes:
    """Return the pepper kept at `path`, made with mode 0600 when there is none."""
    try:
        return bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        pepper = secrets.token_bytes(32)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(pepper.hex())
            file.flush()
            os.fsync(file.fileno())
        return pepper


def new_id() -> str:
    """Return a random id of 22 base62 characters (130 bits)."""
    return _random(_ID_LENGTH)


def mint(kind: str, id: str | None = None) -> Minted:  # noqa: A002 -- the word that everybody uses
    """Return a new token of `kind`, for the row `id` or a fresh one."""
    id = new_id() if id is None else id  # noqa: A001
    secret = _random(_SECRET_LENGTH)
    body = f"by_{kind}_{id}_{secret}"
    return Minted(f"{body}_{_check(body)}", id, hash_secret(secret))


def parse(text: str) -> Parsed | None:
    """Return the parts of `text`, or None when it is not a token of ours."""
    match = _SHAPE.fullmatch(text)
    if match is None or _check(text.rpartition("_")[0]) != match[4]:
        return None
    return Parsed(match[1], match[2], match[3])


def hash_secret(secret: str) -> str:
    """Return what is stored in place of a secret."""
    return _hash(_peppers[0], secret)


def matches(secret: str, secret_hash: str) -> bool:
    """Return whether `secret` is the one that was hashed, in constant time."""
    return any(hmac.compare_digest(_hash(pepper, secret), secret_hash) for pepper in _peppers)


def sign(purpose: str, text: str) -> str:
    """Return a tag over `text` that only this server can make, for one purpose (a form, say)."""
    return _hash(_peppers[0], f"{purpose}\0{text}")


def signatures(purpose: str, text: str) -> list[str]:
    """Return what `sign` may have made of `text` under any pepper in use, that of the newest one first."""
    return [_hash(pepper, f"{purpose}\0{text}") for pepper in _peppers]


def _hash(pepper: bytes, text: str) -> str:
    return hmac.digest(pepper, text.encode(), hashlib.sha256).hex()


def _random(length: int) -> str:
    # 64 bits more than needed make the bias of the modulo invisible.
    return _base62(secrets.randbits(length * 6 + 64), length)


def _check(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
