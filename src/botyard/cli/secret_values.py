"""Secrets that a workspace file names instead of holding: `{env: NAME}` and `{file: PATH}`, read on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botyard.sdk.errors import Refused

_MAX_BYTES = 64 * 1024
_CONNECTION_SECRETS = ("key", "user", "password", "access_token", "refresh_token")


def resolved(document: dict[str, Any], lines: Mapping[str, int], file: Path) -> dict[str, Any]:
    """Return the document with the secrets of every section filled in.

    Raises Refused naming file, line and key.
    """
    sections = {"credentials": _credential, "assets": _asset, "systems": _system, "integrations": _integration}
    for section, fill in sections.items():
        entries = document.get(section)
        if isinstance(entries, list):  # else what is wrong with it, the server says
            filled = [fill(entry, f"{section}[{number}]", lines, file) for number, entry in enumerate(entries)]
            document = document | {section: filled}
    return document


def _asset(entry: Any, path: str, lines: Mapping[str, int], file: Path) -> Any:
    return _filled(entry, ("value", "username", "password"), path, lines, file)


def _system(entry: Any, path: str, lines: Mapping[str, int], file: Path) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("token"), dict):
        return entry
    return entry | {"token": _value(entry["token"], f"{path}.token", lines, file)}


def _integration(entry: Any, path: str, lines: Mapping[str, int], file: Path) -> Any:
    if not isinstance(entry, dict):
        return entry
    auth, connections = entry.get("auth"), entry.get("connections")
    if isinstance(auth, dict) and isinstance(auth.get("secret"), dict):
        entry = entry | {"auth": auth | {"secret": _value(auth["secret"], f"{path}.auth.secret", lines, file)}}
    if isinstance(connections, list):
        filled = [
            _filled(each, _CONNECTION_SECRETS, f"{path}.connections[{number}]", lines, file)
            for number, each in enumerate(connections)
        ]
        entry = entry | {"connections": filled}
    return entry


def _filled(entry: Any, keys: tuple[str, ...], path: str, lines: Mapping[str, int], file: Path) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {
        key: _value(value, f"{path}.{key}", lines, file) if isinstance(value, dict) and key in keys else value
        for key, value in entry.items()
    }


def _credential(entry: Any, path: str, lines: Mapping[str, int], file: Path) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("secrets"), dict):
        return entry
    secrets = {
        key: _value(value, f"{path}.secrets.{key}", lines, file) if isinstance(value, dict) else value
        for key, value in entry["secrets"].items()
    }
    return entry | {"secrets": secrets}


def _value(named: dict[str, Any], path: str, lines: Mapping[str, int], file: Path) -> str:
    where = f"{file}:{lines.get(path, 1)}: {path}"
    (kind, name) = next(iter(named.items())) if len(named) == 1 else ("", "")
    if kind not in ("env", "file") or not isinstance(name, str):
        raise Refused(
            f"{where}: A secret must be a value, or say where it is.", hint="Write {env: NAME} or {file: PATH}."
        )
    return _from_environment(name, where) if kind == "env" else _from_file(file.parent / name, where)


def _from_environment(name: str, where: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise Refused(f"{where}: The environment variable {name} is not set.", hint="Set it and try again.") from None


def _from_file(path: Path, where: str) -> str:
    try:
        with path.open("rb") as source:
            raw = source.read(_MAX_BYTES + 3)
        text = raw.decode("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Refused(f"{where}: {path} cannot be read: {reason}.", hint="Correct the path, or the file.") from None
    # Editors end a file with a line break that is no part of the secret.
    return text.removesuffix("\n").removesuffix("\r")
