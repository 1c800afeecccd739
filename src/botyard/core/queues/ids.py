"""Item ids as UUIDs, for dialects whose clients refuse numbers. One form stands for each id, both ways."""

from __future__ import annotations

import uuid

from botyard.base.exceptions import NotFound

# A fixed head of version 8 (RFC 9562: the bits are ours); the id fills the 62 bits below the variant.
_HEAD = 0xB07A_2D00_0000_8000
_VARIANT = 0b10 << 62
_LIMIT = 1 << 62


def uuid_of(item_id: int) -> str:
    """Return the UUID that stands for an item id."""
    return str(uuid.UUID(int=_HEAD << 64 | _VARIANT | item_id))


def id_of(text: str) -> int:
    """Return the item id that a UUID stands for. Raises NotFound for any other text."""
    try:
        value = uuid.UUID(text).int
    except (ValueError, AttributeError):
        value = 0
    low = value & (1 << 64) - 1
    if value >> 64 != _HEAD or low >> 62 != 0b10:
        raise NotFound(f'Item "{str(text)[:80]}" does not exist.', hint="Use the id that the item was given.")
    return low % _LIMIT
