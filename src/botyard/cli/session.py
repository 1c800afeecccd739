"""Getting hold of a server: by its data folder as local administrator, or by address and key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from botyard.sdk.errors import Refused, Unavailable

if TYPE_CHECKING:
    from botyard.sdk import Botyard

SERVER_FILE = "server.json"


class Running(msgspec.Struct, frozen=True):
    """What a running server writes into its data folder, readable by its owner only."""

    url: str
    token: str
    pid: int = 0


def connect(
    *,
    data: Path,
    server: str | None,
    token: str | None,
    workspace: str | None = None,
    timeout: float = 30.0,
    patience: float = 3.0,
) -> Botyard:
    """Return a client of the server that the options name. Raises Refused or Unavailable when they name none."""
    from botyard.sdk import Botyard

    address, secret = target(data, server, token)
    return Botyard(address, secret, timeout=timeout, patience=patience, workspace=workspace)


def target(data: Path, server: str | None, token: str | None) -> tuple[str, str]:
    """Return the address and the key that the options name. Raises Refused or Unavailable when they name none."""
    if server and token:
        return server, token
    if server or token:
        missing = "--token" if server else "--server"
        raise Refused(f"{missing} is missing.", hint="Give both, or neither to use the server of --data.")
    found = running(data)
    if found is None:
        raise Unavailable(
            f"No server runs on the data folder {data}.",
            hint='Start one with "botyard up", or name another with --data or --server and --token.',
        )
    return found.url, found.token


def running(data: Path) -> Running | None:
    """Return the server that runs on a data folder, None when none does. Raises Refused when that cannot be known."""
    try:
        return msgspec.json.decode((data / SERVER_FILE).read_bytes(), type=Running)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise Refused(
            f"The data folder {data} belongs to another user.", hint="Act as that user, or use --server and --token."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(f"{data / SERVER_FILE} is damaged.", hint="Restart the server.") from None
