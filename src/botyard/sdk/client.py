"""The clients that users make: every call of the native protocol as a method, by concept."""

from __future__ import annotations

import os
from pathlib import Path

from botyard.sdk.catalogue import Concepts
from botyard.sdk.errors import Refused
from botyard.sdk.native import AsyncClient, Client

#: Where the address of the server and the key come from when they are not given.
SERVER_VARIABLE = "BOTYARD_SERVER"
TOKEN_VARIABLE = "BOTYARD_TOKEN"  # noqa: S105 -- the name of it
#: A file that holds the key; runners give one to bots.
TOKEN_FILE_VARIABLE = "BOTYARD_TOKEN_FILE"  # noqa: S105 -- likewise


class Botyard(Client, Concepts[Client]):
    """A client for scripts and threads.

    One may be shared by any number of threads, and goes on working in a process that is forked. It keeps connections
    open; close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        server: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 10.0,
        workspace: str | None = None,
    ) -> None:
        """Connect to `server` with the key `token`, by default those of BOTYARD_SERVER and BOTYARD_TOKEN.

        A bot that a runner started finds its own there, in BOTYARD_TOKEN_FILE.
        `timeout` is how many seconds an answer may take, and `patience` how many a call goes on trying while the
        server cannot be reached or asks to come back later. `workspace` names another workspace than the key's own;
        only the local administrator may. Raises Refused when there is no address or key.
        """
        address, key = _target(server, token)
        super().__init__(address, key, timeout=timeout, patience=patience, workspace=workspace)


class AsyncBotyard(AsyncClient, Concepts[AsyncClient]):
    """The same for event loops, each of which gets connections of its own."""

    def __init__(
        self,
        server: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 30.0,
        patience: float = 10.0,
        workspace: str | None = None,
    ) -> None:
        """See `Botyard`."""
        address, key = _target(server, token)
        super().__init__(address, key, timeout=timeout, patience=patience, workspace=workspace)


def _target(server: str | None, token: str | None) -> tuple[str, str]:
    """Return the address and the key that are given, or those of the environment. Raises Refused without one."""
    address = server or os.environ.get(SERVER_VARIABLE)
    if not address:
        raise Refused("It is not known which server is meant.", hint=f"Give its address, or set {SERVER_VARIABLE}.")
    key = token or os.environ.get(TOKEN_VARIABLE) or _in_file(os.environ.get(TOKEN_FILE_VARIABLE))
    if not key:
        raise Refused("There is no key for the server.", hint=f"Give one, or set {TOKEN_VARIABLE}.")
    return address, key


def _in_file(path: str | None) -> str:
    try:
        return Path(path).read_text("utf-8").strip() if path else ""
    except OSError as error:
        raise Refused(
            f"The key of {TOKEN_FILE_VARIABLE} cannot be read: {error.strerror}.", hint=f"Set {TOKEN_VARIABLE}."
        ) from None
