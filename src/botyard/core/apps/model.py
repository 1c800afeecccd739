"""What an app is, and what it may be called."""

from __future__ import annotations

import re
from typing import Self

import msgspec

from botyard.base.exceptions import Invalid
from botyard.storage import Row

MAX_ID = 2**31 - 1
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class App(msgspec.Struct, frozen=True, kw_only=True):
    """One app. `owner_id` is the person whom its runs stand for when nobody else started them."""

    workspace_id: int
    id: int
    slug: str
    name: str
    description: str
    owner_id: int | None
    created_at: int
    created_by: str
    updated_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the app that a row of `apps` holds."""
        return cls(**row)


def check_slug(slug: str, *, field: str = "slug") -> str:
    """Return `slug` when it can name an app or an action in an address. Raises Invalid.

    A slug is never a number, which would be taken for an id, and never the word None, which clients send for nothing.
    """
    if not _SLUG.fullmatch(slug) or slug.isdigit() or slug.lower() == "none":
        raise Invalid(
            f'"{slug[:80]}" cannot be a slug.',
            hint='Use letters, digits, "-" and "_", up to 100, beginning with a letter or digit; not only digits.',
            field=field,
        )
    return slug


def check_id(app_id: object) -> int:
    """Return `app_id` when an app can have it. Raises Invalid."""
    if isinstance(app_id, bool) or not isinstance(app_id, int) or not 1 <= app_id <= MAX_ID:
        raise Invalid(
            f"{ascii(app_id)[:40]} cannot be the id of an app.", hint=f"Use 1 to {MAX_ID}, or leave it out.", field="id"
        )
    return app_id
