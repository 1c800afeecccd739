"""What a connection signs in with, in memory."""

from __future__ import annotations

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import Invalid
from botyard.base.redact import MASK
from botyard.core.vault import Secret

MAX_BYTES = 64 * 1024


class Secrets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The secret parts of a connection; which of them are there follows from the kind of its integration."""

    key: str | None = None
    user: str | None = None
    password: str | None = None
    access_token: str | None = None
    refresh_token: str | None = None

    def __repr__(self) -> str:
        return f"Secrets({MASK})"

    __str__ = __repr__

    def sealed(self) -> Secret:
        """Return all parts as one text for the vault. Raises Invalid for one that is too long."""
        text = jsontext.encode(msgspec.to_builtins(self))
        if len(text.encode()) > MAX_BYTES:
            raise Invalid("The secret of a connection is too long.", hint=f"Keep it to {MAX_BYTES} bytes.", field="key")
        return Secret(text)

    @classmethod
    def opened(cls, secret: Secret) -> Secrets:
        """Return the parts of a text from the vault."""
        return msgspec.json.decode(secret.reveal(), type=cls)

    def texts(self) -> tuple[str, ...]:
        """Return the texts that must not be shown, those first that contain others."""
        found = (self.key, self.password, self.access_token, self.refresh_token)
        return tuple(sorted({text for text in found if text and len(text) >= 4}, key=len, reverse=True))
