"""Looking at this machine: the data folder, its files, the database and what bots are prepared with."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from botyard.cli.doctor.check import Check, bad, ok, warn

if TYPE_CHECKING:
    from botyard.base.settings import Settings

_MIB = 1024 * 1024
_LITTLE = 1024 * _MIB
_NOTHING = 100 * _MIB
_OLDEST = (3, 11)


def look(data: Path, database: str | None = None) -> list[Check]:
    """Return what was found out about this machine; `database` is the address of one that is not in the folder."""
    return list(_look(data, database))


def _look(data: Path, database: str | None) -> Iterator[Check]:
    yield _python()
    yield _uv()
    yield from _folder(data)
    if not data.is_dir():
        return
    settings = _settings(data, database)
    if isinstance(settings, Check):
        yield settings
        return
    yield _key_file(settings)
    yield _port(settings)
    yield _database(settings)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _OLDEST:
        return bad("python", f"{version} is too old.", "Install Python 3.11 or newer.")
    return ok("python", version)


def _uv() -> Check:
    from botyard.runner.environment import PreparationFailed, find_uv

    try:
        return ok("uv", find_uv())
    except PreparationFailed as error:
        return warn("uv", str(error), "Install uv; bots with requirements cannot be prepared on this machine.")


def _folder(data: Path) -> Iterator[Check]:
    if not data.is_dir():
        yield bad("data", f"{data} does not exist.", 'Start a server with "botyard up", or name another with --data.')
        return
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        yield bad("data", f"{data} cannot be written.", "Act as the user that the server runs as.")
    elif os.name == "posix" and data.stat().st_mode & 0o077:
        yield warn("data", f"Others can look into {data}.", f"chmod 700 {data}")
    else:
        yield ok("data", str(data))
    free = shutil.disk_usage(data).free
    text = f"{free / _MIB:,.0f} MiB are free."
    if free < _NOTHING:
        yield bad("space", text, "Make room: soon nothing can be written.")
    else:
        yield ok("space", text) if free > _LITTLE else warn("space", text, "Make room, or shorten BOTYARD_KEEP_*.")


def _settings(data: Path, database: str | None) -> Settings | Check:
    from botyard.base.exceptions import BotyardError
    from botyard.base.settings import Settings

    try:
        return Settings.load(data=data, database=database)
    except BotyardError as error:
        return bad("settings", error.message, error.hint)


def _key_file(settings: Settings) -> Check:
    path = settings.key_file or settings.data / "root.key"
    if not path.exists():
        return warn(
            "key file", f"{path} does not exist.", "It is made at the first start; if secrets exist, restore it."
        )
    if not os.access(path, os.R_OK):
        return bad("key file", f"{path} cannot be read.", "Act as the user that the server runs as.")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        return bad("key file", f"Others can read {path}.", f"chmod 600 {path}")
    return ok("key file", str(path))


def _port(settings: Settings) -> Check:
    """Say whether a server can listen where it is to, or does already."""
    from botyard.cli import session

    running = session.running(settings.data)
    if running is not None:
        return ok("port", f"{running.url} is the server's.")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return bad("port", f"{settings.host}:{settings.port}: {error.strerror}.", "Choose another with --port.")
    return ok("port", f"{settings.host}:{settings.port} is free.")


def _database(settings: Settings) -> Check:
    from botyard.base.exceptions import BotyardError
    from botyard.cli import session
    from botyard.storage.survey import survey

    if not settings.database and not (settings.data / "botyard.db").exists() and session.running(settings.data):
        return warn("database", "It is not known which one the server uses.", "Name it with --database.")
    try:
        made, waiting = survey(settings.database, data=settings.data)
    except BotyardError as error:
        return bad("database", error.message, error.hint)
    if waiting:
        return warn("database", f"{waiting} migrations are to be made.", "The next start of the server makes them.")
    return ok("database", f"answers and has all {made} migrations.")
