"""One layer of the envelope: AES-256-GCM over bytes, bound to what they are."""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from botyard.base import jsontext

#: The first part of what every ciphertext is bound to; another layout of the rows gets another format.
FORMAT = "botyard-vault-1"
ALGORITHM = "AES-256-GCM"
KEY_BYTES = 32
_NONCE_BYTES = 12


class DoesNotOpen(Exception):
    """The key is another one, the bytes were changed, or they belong to something else."""


def new_key() -> bytes:
    """Return a random 256-bit key."""
    return secrets.token_bytes(KEY_BYTES)


def encrypt(key: bytes, plain: bytes, *context: str | int) -> str:
    """Return `plain` encrypted, as base64 text; it opens only with the same `context`."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, _bound(context))).decode()


def decrypt(key: bytes, text: str, *context: str | int) -> bytes:
    """Return what was encrypted with this key and context. Raises DoesNotOpen."""
    try:
        sealed = base64.b64decode(text, validate=True)
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(context))
    except (binascii.Error, InvalidTag, ValueError):
        raise DoesNotOpen from None


def _bound(context: tuple[str | int, ...]) -> bytes:
    # JSON keeps the parts apart: ("a", "b/c") and ("a/b", "c") differ.
    return jsontext.encode([FORMAT, *context]).encode()
