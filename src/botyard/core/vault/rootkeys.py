"""The root keys of a server: a file outside the database, readable by its owner only.

Each line holds one key, as 64 hexadecimal digits or as base64 of 32 bytes; empty lines and those that begin with #
do not count. The first key wraps what is new, the others only open what they wrapped. The file is made once, when no
secret exists yet, and is never replaced by another: a server that does not find it keeps its secrets sealed.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
import threading
from pathlib import Path
from typing import NamedTuple

from botyard.base.exceptions import Busy, Invalid
from botyard.core.vault import envelope

_HEX_DIGITS = 64
_MAX_BYTES = 64 * 1024
_HEADER = """\
# The root key of a Botyard server: it opens every secret that the server keeps.
# Copy this file to a safe place, apart from the backups of the database. Without it the secrets are lost.
"""


class RootKey(NamedTuple):
    """A root key; its id follows from the key, so that the right key cannot be mistaken for another."""

    id: str
    key: bytes

    @classmethod
    def of(cls, key: bytes) -> RootKey:
        """Return the root key of these 32 bytes."""
        return cls(hmac.digest(key, b"botyard root key id", hashlib.sha256).hex()[:16], key)

    def __repr__(self) -> str:
        return f"RootKey({self.id})"


class RootKeys:
    """The keys in one file, read when they are needed; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys: tuple[RootKey, ...] = ()
        self._lock = threading.Lock()

    def load(self) -> tuple[RootKey, ...]:
        """Read the file and return its keys, none when there is no file. Raises Invalid for one that cannot be used.

        A server that has read its keys goes on with them when the file disappears.
        """
        with self._lock:
            keys = self._read()
            self._keys = keys or self._keys
            return keys

    def find(self, root_id: str) -> RootKey | None:
        """Return the key of that id, or None. A file that came, or was changed, since the last time is read again."""
        return _with_id(self._keys, root_id) or _with_id(self._reloaded(), root_id)

    def get(self, root_id: str) -> RootKey:
        """Return the key of that id. Raises Busy (code "sealed") when this server does not have it."""
        key = self.find(root_id)
        if key is None:
            raise self.sealed()
        return key

    def create(self) -> RootKey:
        """Return the first key of the file, made now when there is none. Call it only while no secret exists."""
        keys = self.load()
        if not keys:
            with self._lock:
                # Linking fails where the file exists by now: whoever was first made the key.
                with contextlib.suppress(FileExistsError):
                    self._publish(_line(envelope.new_key()), replace=False)
                keys = self._keys = self._read()
        return keys[0]

    def add(self) -> RootKey:
        """Put a new key in front of those that the file holds, and return it. Raises OSError where it cannot be."""
        with self._lock:
            old = self._read()
            if not old:
                raise FileNotFoundError(self.path)  # never a file without the keys that are in use
            key = RootKey.of(envelope.new_key())
            self._publish("".join(_line(one.key) for one in (key, *old)), replace=True)
            self._keys = self._read()
            return key

    def sealed(self) -> Busy:
        """Return the error of every operation that needs a key which this server does not have."""
        return Busy(
            "Secrets are sealed: this server does not have the root key that they were encrypted with.",
            hint=f"Put the key file back at {self.path}, or name it with BOTYARD_KEY_FILE; no restart is needed.",
            code="sealed",
            retry_after=30.0,
        )

    def exposed(self) -> bool:
        """Return whether other users of this machine may read the file."""
        try:
            return bool(self.path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
        except OSError:
            return False

    def _reloaded(self) -> tuple[RootKey, ...]:
        try:
            return self.load()
        except Invalid:
            # Started with a good file and damaged since: sealed, as if it were gone.
            return ()

    def _read(self) -> tuple[RootKey, ...]:
        try:
            with self.path.open("rb") as file:
                raw = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unusable(f"cannot be read: {error.strerror}") from None
        try:
            lines = raw.decode("ascii").splitlines()
        except UnicodeDecodeError:
            raise self._unusable("is not text") from None
        keys = []
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if text and not text.startswith("#"):
                keys.append(RootKey.of(self._parsed(text, number)))
        if not keys or len(raw) > _MAX_BYTES:
            raise self._unusable("holds no key" if not keys else "is too long to hold keys")
        return tuple(keys)

    def _parsed(self, text: str, number: int) -> bytes:
        try:
            key = bytes.fromhex(text) if len(text) == _HEX_DIGITS else base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if len(key) != envelope.KEY_BYTES:
            raise self._unusable(f"is damaged in line {number}, which is no whole key")
        return key

    def _unusable(self, what: str) -> Invalid:
        return Invalid(
            f"The root key file {self.path} {what}.",
            hint="Put back your copy of it; nothing was changed, and the secrets in the database still need that key.",
            code="bad_key_file",
        )

    def _publish(self, lines: str, *, replace: bool) -> None:
        """Write the file whole and durable, in place of the old one only with `replace`."""
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(_HEADER + lines)
                file.flush()
                os.fsync(file.fileno())
            if replace:
                draft.replace(self.path)
            else:
                self.path.hardlink_to(draft)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _with_id(keys: tuple[RootKey, ...], root_id: str) -> RootKey | None:
    return next((key for key in keys if key.id == root_id), None)


def _line(key: bytes) -> str:
    return f"{base64.b64encode(key).decode()}\n"
