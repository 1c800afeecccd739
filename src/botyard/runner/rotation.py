"""Another token for an attempt while its bot runs: fetched from the server, then put where the bot reads it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable

from botyard.sdk import exchange, running
from botyard.sdk.errors import CallError, Unavailable
from botyard.sdk.native import AsyncClient
from botyard.wire import native as wire

log = logging.getLogger("botyard.runner")


async def rotate(client: AsyncClient, attempt: str, place: Callable[[str], None]) -> bool:
    """Fetch a new token and `place` it; False when the server gives none.

    Tried until it works: the token that the bot has is good for a short while only after the server has made another.
    """
    claim = secrets.token_urlsafe(16)
    for number, delay in enumerate(exchange.backoff(most=3.0), 1):
        try:
            call = running.rotate_token(attempt, wire.TokenCall(claim=claim, number=number))
            place((await client.send(call, patience=0)).token)
        except (Unavailable, OSError) as error:
            log.warning("token.not_rotated", extra={"attempt": attempt, "reason": str(error)})
            await asyncio.sleep(delay)
        except CallError as error:
            log.warning("token.refused", extra={"attempt": attempt, "reason": str(error)})
            return False
        else:
            log.info("token.rotated", extra={"attempt": attempt})
            return True
    return False
