"""What happens before the first request: the first start, the local administrator, and what is told about it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from pathlib import Path

import msgspec

from botyard.base.settings import Settings
from botyard.core import access, vault, workspaces
from botyard.core.access import Role, passwords
from botyard.core.vault import RootKeys
from botyard.server import privatefile
from botyard.storage import Database, Tx

log = logging.getLogger("botyard.server")

SERVER_FILE = "server.json"
_INSTANCE_FILE = "instance"
_DIALECTS = ("botcity", "maestro-client", "botvelocity", "automio", "elma", "runner")


class ServerFile(msgspec.Struct, frozen=True):
    """What commands on this machine read to work as the local administrator (`--data`)."""

    url: str
    token: str
    pid: int


async def first_start(settings: Settings, db: Database) -> str | None:
    """Create workspace and administrator in an empty database; return the password if it was made up here."""
    if not await db.read(access.is_first_start):
        return None
    password = settings.admin_password or passwords.random_password()
    hashed = await asyncio.to_thread(passwords.hash_password, password)
    made_up = settings.admin_password is None
    created = await db.write(access.first_start, password_hash=hashed, must_change=made_up, now=db.now())
    return password if created and made_up else None


def forbid_core_dumps() -> None:
    """Keep the memory of this process, which holds keys, from being written to disk when it crashes."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # not on every system

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


async def open_vault(db: Database, root_keys: RootKeys) -> None:
    """Make sure that secrets can be opened, or say that they are sealed. Raises Invalid for a wrong or damaged key."""
    state = await db.read(vault.check, root_keys=root_keys)
    if state == "sealed":
        log.warning("vault.sealed", extra={"file": str(root_keys.path)})
    if root_keys.exposed():
        log.warning("vault.key_exposed", extra={"file": str(root_keys.path)})


async def open_local_access(settings: Settings, db: Database, *, url: str) -> str:
    """Write `server.json` with a fresh token of the local administrator; return the token's owner."""
    owner = f"server:{_instance(settings.data)}"
    token = await db.write(_local_token, owner=owner, now=db.now())
    content = msgspec.json.encode(ServerFile(url, token, os.getpid()))
    privatefile.write(settings.data / SERVER_FILE, content)
    return owner


async def close_local_access(settings: Settings, db: Database, *, owner: str) -> None:
    """Remove `server.json` and revoke its token."""
    with contextlib.suppress(FileNotFoundError):
        (settings.data / SERVER_FILE).unlink()
    await db.write(_revoke_local, owner=owner, now=db.now())


def announce(settings: Settings, *, url: str, password: str | None, elma_url: str | None = None) -> None:
    """Tell the terminal where the console is and how to connect; the password is shown here and nowhere else."""
    lines = [f"Botyard is ready at {url}", ""]
    if elma_url is not None:
        lines += [f"  ELMA's callers are answered at {elma_url} as well", ""]
    if password is not None:
        lines += [f"  First start: sign in as {access.FIRST_USER} with the password {password}", ""]
    data = "" if settings.data == Settings().data else f" --data {settings.data}"
    lines += ["  Connect a client:"]
    lines += [f"    botyard connect {dialect}{data}" for dialect in _DIALECTS]
    if settings.host not in ("127.0.0.1", "::1", "localhost"):
        lines += ["", f"  Warning: {settings.host} is reachable from other machines, without encryption."]
    if os.geteuid() == 0:
        lines += ["", "  Warning: this runs as root, and so do the bots. Use an account of its own."]
    sys.stdout.write("\n".join([*lines, "", "Press Ctrl-C to stop.", ""]))
    sys.stdout.flush()


def _local_token(tx: Tx, *, owner: str, now: int) -> str:
    workspace = workspaces.get(tx, label=access.FIRST_WORKSPACE)
    access.revoke_owned(tx, workspace_id=workspace.id, owner=owner, now=now)
    return access.create_token(
        tx, workspace_id=workspace.id, kind="local", name="admin", owner=owner, now=now, role=Role.ADMIN
    ).text


def _revoke_local(tx: Tx, *, owner: str, now: int) -> None:
    workspace = workspaces.get(tx, label=access.FIRST_WORKSPACE)
    access.revoke_owned(tx, workspace_id=workspace.id, owner=owner, now=now)


def _instance(data: Path) -> str:
    """Return the name of this server's data folder, made up at its first use."""
    path = data / _INSTANCE_FILE
    with contextlib.suppress(FileNotFoundError):
        return path.read_text("ascii").strip()
    name = access.tokens.new_id()
    path.write_text(name, "ascii")
    return name
