"""API keys and the tokens of machines. The text of one travels once, in the answer that made it."""

from __future__ import annotations

from typing import Literal

import msgspec

RoleName = Literal["viewer", "operator", "developer", "admin"]
TokenKind = Literal["key", "app", "login", "join", "runner", "local"]


class CreateKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API key for the clients of a dialect. `expires` is ISO 8601; without it the key lives until it is revoked."""

    name: str
    role: RoleName = "developer"
    dialect: Literal["native", "botcity", "maestro-client", "botvelocity"] = "native"
    expires: str | None = None


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its text. `owner` answers for it; `login` is what its client signs in with."""

    id: str
    kind: str
    name: str
    dialect: str
    role: str | None
    login: str | None
    owner: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    used_at: str | None


class NewTokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token with the text that it was just given; the text is shown this once."""

    token: str
    key: TokenView

    def __repr__(self) -> str:
        return f"NewTokenView(key={self.key.id!r})"


class TokenPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; pass `next` as `before` for the following one."""

    keys: list[TokenView]
    next: str | None = None
