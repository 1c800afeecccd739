"""Who calls are made as: the robot of the context, or the developer of `~/.bv/auth.json`."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botyard.sdk.botvelocity import _state
from botyard.sdk.botvelocity.url_resolver import BaseUrlResolver

#: How the name of a user begins whose token is a robot's.
ROBOT = "robot:"
_ROBOTS_TOKEN_LASTS = dt.timedelta(days=365)
_LOG_IN = "Log in with `bv auth login`."


class AuthError(RuntimeError):
    """There is no usable login."""


@dataclass(frozen=True)
class AuthUser:
    """A person, or a robot with a name that begins with "robot:"."""

    id: int | None
    username: str | None


@dataclass(frozen=True)
class AuthContext:
    """Where calls go, and the token that they are made with. `ui_url` is `base_url`."""

    base_url: str
    api_url: str
    ui_url: str
    access_token: str
    expires_at: dt.datetime
    user: AuthUser
    machine_name: str

    def is_expired(self) -> bool:
        """Return whether the time of the token is over; a time without a zone is UTC."""
        return dt.datetime.now(dt.UTC) >= _in_utc(self.expires_at)


def auth_file_path() -> Path:
    """Return where `bv auth login` leaves a login."""
    return (Path.home() / ".bv").resolve() / "auth.json"


def load_auth_from_runtime_context() -> AuthContext:
    """Return the robot of the context, as its file says by now. Raises AuthError when there is none."""
    if _state.known() is None:
        raise AuthError("There is no context that could hold a robot's token.")
    _state.refresh()
    runtime = _state.current()
    if not runtime.robot_token:
        raise AuthError("The context has no robot's token.")
    return AuthContext(
        base_url=runtime.base_url,
        api_url=runtime.api_url,
        ui_url=runtime.base_url,
        access_token=runtime.robot_token,
        expires_at=dt.datetime.now(dt.UTC) + _ROBOTS_TOKEN_LASTS,
        user=AuthUser(None, f"{ROBOT}{runtime.robot_name or 'unknown'}"),
        machine_name=runtime.machine_name or "runner-machine",
    )


def load_auth_from_file() -> AuthContext:
    """Return the developer who is logged in. Raises AuthError when nobody is, or the file makes no sense.

    Files of older releases, with `orchestrator_url`, `api_url` or `ui_url`, are understood.
    """
    told = _file()
    names = ("base_url", "orchestrator_url", "api_url", "ui_url")
    address = next((told[name] for name in names if told.get(name)), None)
    for name, value in (("base_url", address), *((name, told.get(name)) for name in ("access_token", "expires_at"))):
        if not str(value or "").strip():
            raise AuthError(f'{auth_file_path()} has no "{name}". {_LOG_IN}')
    resolver = BaseUrlResolver(str(address))
    return AuthContext(
        base_url=resolver.canonical_base,
        api_url=resolver.api_base,
        ui_url=resolver.canonical_base,
        access_token=str(told["access_token"]).strip(),
        expires_at=_time(str(told["expires_at"]).strip()),
        user=_user(told.get("user")),
        machine_name=_machine(told),
    )


def load_auth_context() -> AuthContext:
    """Return the robot of the context, or without one the developer who is logged in. Raises AuthError."""
    runtime = _state.known()
    return load_auth_from_runtime_context() if runtime and runtime.robot_token else load_auth_from_file()


def require_auth() -> AuthContext:
    """Return who calls are made as. Raises AuthError when there is nobody, or the login is over.

    Better than in the vendor's package: the time of a login counts also when its file does not name the user.
    """
    found = load_auth_context()
    if not (found.user.username or "").startswith(ROBOT) and found.is_expired():
        raise AuthError(f"The login in {auth_file_path()} is over. {_LOG_IN}")
    return found


def _file() -> dict[str, Any]:
    path = auth_file_path()
    try:
        told = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise AuthError(f"Nobody is logged in: there is no {path}. {_LOG_IN}") from None
    except (OSError, ValueError) as error:
        raise AuthError(f"{path} cannot be read: {error}. {_LOG_IN}") from error
    if not isinstance(told, dict):
        raise AuthError(f"{path} is no JSON object. {_LOG_IN}")
    return told


def _time(text: str) -> dt.datetime:
    try:
        return _in_utc(dt.datetime.fromisoformat(text))
    except ValueError as error:
        raise AuthError(f'{auth_file_path()} has an "expires_at" that is no time: {error}. {_LOG_IN}') from error


def _in_utc(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _user(told: Any) -> AuthUser:
    told = told if isinstance(told, dict) else {}
    username = told.get("username")
    try:
        number = None if told.get("id") is None else int(told["id"])
    except (TypeError, ValueError):
        number = None
    return AuthUser(number, None if username is None else str(username))


def _machine(told: dict[str, Any]) -> str:
    machine = told.get("machine")
    name = told.get("machine_name")
    if name is None and isinstance(machine, dict):
        name = machine.get("name")
    return str(name or "").strip() or "<unknown>"
