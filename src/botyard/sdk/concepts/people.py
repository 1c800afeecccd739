"""Keys and tokens."""

from __future__ import annotations

from botyard.sdk.calls import Call, delete, get, post
from botyard.sdk.faces import C, Group, call, fields, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import keys as wire

_KEYS = "/api/v1/keys"
_KEY = "/api/v1/keys/{id}"


class Keys(Group[C]):
    """API keys, and the tokens of machines."""

    @listing
    def list(
        self, *, kind: wire.TokenKind | None = None, revoked: bool = False, limit: int | None = None
    ) -> Listing[wire.TokenView]:
        """List keys, newest first, or tokens of another kind; with `revoked`, those too."""
        return pages(
            _KEYS, wire.TokenPage, lambda page: page.keys, cursor="before", limit=limit, kind=kind, revoked=revoked
        )

    @call
    def get(self, key_id: str) -> Call[wire.TokenView]:
        """Describe a key or token."""
        return get(_KEY, wire.TokenView, key_id)

    @fields(wire.CreateKey)
    def create(self, body: wire.CreateKey) -> Call[wire.NewTokenView]:
        """Make a key; its text is in this answer and nowhere else."""
        return post(_KEYS, body, wire.NewTokenView)

    @call
    def revoke(self, key_id: str) -> Call[None]:
        """Revoke a key or token, at once."""
        return delete(_KEY, key_id)
