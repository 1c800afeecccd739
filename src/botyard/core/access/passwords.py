"""Passwords: argon2id hashes, and what a new one must be like. Slow on purpose: never call these in a transaction."""

from __future__ import annotations

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from botyard.base.exceptions import Invalid

MIN_LENGTH = 12
MAX_BYTES = 1024

# RFC 9106, second choice: 64 MiB, three passes, four lanes; about a tenth of a second.
_hasher = PasswordHasher()


_WORDS = ("botyard", "password", "passw0rd", "qwerty", "letmein", "welcome", "administrator", "123456", "iloveyou")


def hash_password(password: str) -> str:
    """Return the hash to store."""
    return _hasher.hash(_prepare(password))


def verify(password: str, password_hash: str | None) -> bool:
    """Return whether `password` has this hash; for None do the same work and return False."""
    try:
        _hasher.verify(password_hash or _nobody(), _prepare(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Return whether the cost has grown since this hash was made."""
    return _hasher.check_needs_rehash(password_hash)


def check_new(password: str, *, login: str) -> None:
    """Raise Invalid, saying why, for a password that should not be set. Length counts; composition does not."""
    if len(password) < MIN_LENGTH:
        raise _refused(f"has {len(password)} characters", f"Use at least {MIN_LENGTH}; a few words will do.")
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _refused(f"is longer than {MAX_BYTES} bytes", "Use a shorter one.")
    reduced = password.lower()
    for word in (*_WORDS, login.lower()):
        reduced = reduced.replace(word, "")
    if len(set(password)) < 5 or len(reduced.strip("0123456789 !.-_?")) < 4:
        raise _refused("is among the first that anybody would try", "Use a few unrelated words.")


def random_password() -> str:
    """Return a password that can be typed: five groups of four letters and digits (about 96 bits)."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(5))


@lru_cache(maxsize=1)
def _nobody() -> str:
    """Return the hash that the passwords of unknown users are compared with, so that they cost the same work."""
    return _hasher.hash(secrets.token_hex())


def _prepare(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")[: MAX_BYTES + 1]


def _refused(what: str, hint: str) -> Invalid:
    return Invalid(f"The password {what}.", hint=hint, field="password")
