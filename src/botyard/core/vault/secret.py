"""A secret value in memory, which does not show itself by accident."""

from __future__ import annotations

import hmac
from typing import NoReturn

from botyard.base.redact import MASK


class Secret:
    """A text that is masked wherever it is printed, formatted or logged; only `reveal` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text. Call this where the value leaves for its reader, and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> NoReturn:
        raise TypeError("A secret is no key of a set or mapping.")

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret cannot be pickled or copied.")
