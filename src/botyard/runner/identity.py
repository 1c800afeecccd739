"""Who this runner is: asked for once with a join code, then kept in its working directory."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import msgspec

from botyard import __version__
from botyard.runner.options import Options
from botyard.runner.platform import Platform
from botyard.sdk import running
from botyard.sdk.errors import Unauthenticated
from botyard.sdk.native import AsyncClient
from botyard.wire import native as wire

log = logging.getLogger("botyard.runner")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The runner's name for the server and the token that proves it."""

    server: str
    runner_id: str
    token: str
    workspace: str
    lease_seconds: int = 30
    heartbeat_seconds: int = 5


class NoIdentity(Exception):
    """The runner does not know who it is; the text says what to do."""


def load(options: Options) -> Identity | None:
    """Return the identity kept in the working directory, if it is one for this server.

    A token is never sent to another server than the one that gave it. An embedded runner's server is the one that
    started it, whatever port it has today.
    """
    try:
        identity = msgspec.json.decode(_path(options).read_bytes(), type=Identity)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None
    if options.embedded or identity.server == options.server.rstrip("/"):
        return identity
    return None


async def register(options: Options, platform: Platform) -> Identity:
    """Become a new runner and keep the identity. Raises NoIdentity, or the error of the call."""
    if not options.token:
        raise NoIdentity(
            f"This runner is not registered with {options.server}: there is no identity for it in {options.work}. "
            'Get a join code with "botyard connect runner" and give it as --token.'
        )
    body = wire.RegisterRunner(
        name=options.name or socket.gethostname(),
        label=options.label,
        slots=options.slots,
        host=socket.gethostname(),
        os=platform.describe(),
        version=__version__,
        embedded=options.embedded,
    )
    log.info("runner.registering", extra={"server": options.server})
    async with AsyncClient(options.server, options.token, patience=30.0) as client:
        try:
            reply = await client.send(running.register(body))
        except Unauthenticated as error:
            raise NoIdentity(
                f"The join code was not accepted: {error.message} "
                'Codes live ten minutes; get a new one with "botyard connect runner".'
            ) from None
    identity = Identity(
        server=options.server.rstrip("/"),
        runner_id=reply.runner_id,
        token=reply.token,
        workspace=reply.workspace,
        lease_seconds=reply.lease_seconds,
        heartbeat_seconds=reply.heartbeat_seconds,
    )
    platform.private_file(_path(options), msgspec.json.encode(identity), durable=True)
    return identity


def forget(options: Options) -> None:
    """Remove the kept identity, which the server does not know any more."""
    _path(options).unlink(missing_ok=True)


def _path(options: Options) -> Path:
    return options.work / "identity.json"
