"""Handles of secrets: they print as "[secret]" wherever they end up, and give their value when they are asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

HIDDEN = "[secret]"


class Secret(str):  # noqa: SLOT000 -- a text takes no slots
    """A secret. As a text it is "[secret]", also in a format, in JSON and in a pickle; `reveal()` is its value."""

    _open: Callable[[], str]

    def __new__(cls, value: str) -> Self:
        """Return the handle of a value."""
        handle = super().__new__(cls, HIDDEN)
        # A function, so that whoever looks at the parts of the handle does not see the value.
        handle._open = lambda: value
        return handle

    def reveal(self) -> str:
        """Return the value; what is done with it is the bot's affair."""
        return self._open()

    def __repr__(self) -> str:
        return HIDDEN

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return str, (HIDDEN,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self


class Login(NamedTuple):
    """A name with its password, as an asset of the type credential holds them."""

    username: str
    password: Secret
