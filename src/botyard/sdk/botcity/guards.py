"""What a call has to pass before it is sent: there is a token, and the server is new enough.

Without a token a call raises RuntimeError. When `BotMaestroSDK.RAISE_NOT_CONNECTED` is False it warns instead, sends
nothing and returns a function that does nothing; with `MOCK_OBJECT_WHEN_DISCONNECTED` also set, an empty object of the
type that the call returns, or None. So a bot runs on a desk without a server.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

if TYPE_CHECKING:
    from botyard.sdk.botcity.session import Session

F = TypeVar("F", bound=Callable[..., Any])

#: Arguments that a warning does not show.
_SECRET = ("value", "new_value")


def ensure_access_token(invoke: bool | None = False) -> Callable[[F], F]:
    """Guard a call that needs a token; with `invoke` it is made without one too, and knows what to do.

    Better than in the vendor's package: the warning about a call that was not sent hides values of credentials.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def guarded(session: Session, *args: Any, **kwargs: Any) -> Any:
            if session.access_token is not None:
                return function(session, *args, **kwargs)
            if session.RAISE_NOT_CONNECTED:
                raise RuntimeError("There is no access token. Call login() first.")
            _warn(session, function, args, kwargs)
            if invoke:
                return function(session, *args, **kwargs)
            return _empty(function) if session.MOCK_OBJECT_WHEN_DISCONNECTED else _do_nothing

        return cast("F", guarded)

    return decorate


def since_version(v: str) -> Callable[[F], F]:
    """Guard a call that servers have since a version.

    Better than in the vendor's package: a server whose version is no row of numbers is asked, instead of failing here.
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def guarded(session: Session, *args: Any, **kwargs: Any) -> Any:
            version = session.version
            if version is None and session.RAISE_NOT_CONNECTED:
                raise RuntimeError("The version of the server is not known. Call login() first.")
            if version is not None and _older(version, v):
                raise RuntimeError(
                    f"{function.__name__}() needs a server of version {v} or later; this one is {version}."
                )
            return function(session, *args, **kwargs)

        return cast("F", guarded)

    return decorate


def _older(version: str, wanted: str) -> bool:
    have, need = _numbers(version), _numbers(wanted)
    return bool(have) and have + [0] * (len(need) - len(have)) < need


def _numbers(version: str) -> list[int]:
    found = re.match(r"\s*v?(\d+(?:\.\d+)*)", version)
    return [int(part) for part in found[1].split(".")] if found else []


def _warn(session: Session, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if not session._notified_disconnect:  # noqa: SLF001 -- ours
        session._notified_disconnect = True  # noqa: SLF001
        warnings.warn(
            "BotMaestroSDK is not logged in and RAISE_NOT_CONNECTED is False: it runs offline, and calls send nothing.",
            stacklevel=3,
        )
    names = list(signature(function).parameters)[1:]
    shown = [_shown(name, value) for name, value in zip(names, args, strict=False)]
    shown += [f"{name}={_shown(name, value)}" for name, value in kwargs.items()]
    told = f" with {', '.join(shown)}" if shown else ""
    warnings.warn(f"Offline: {function.__name__} was called{told}.", stacklevel=3)


def _shown(name: str, value: object) -> str:
    return "***" if name in _SECRET else str(value)


def _empty(function: Callable[..., Any]) -> Any:
    try:
        return get_type_hints(function)["return"]()
    except Exception:  # noqa: BLE001 -- not every type can be made of nothing; then there is nothing to give
        return None


def _do_nothing(*_: Any, **__: Any) -> None:
    """Stand for the result of a call that was not sent."""
