"""Answering a request that carries an Idempotency-Key once, however often it comes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from botyard.base.exceptions import IllegalTransition
from botyard.core import integrations
from botyard.core.integrations import Claim, ReplyKey
from botyard.web.request import Request
from botyard.web.response import Response

#: How long a repeated request waits for the first one; some seconds more than a call may take.
_WAIT = 75.0
_MAX_KEY = 200


async def once(request: Request, *, scope: str, key: str, make: Callable[[], Awaitable[Response]]) -> Response:
    """Return what `make` answers, or answered when the same request came before with this key.

    Raises AlreadyExists (code "key_reused") when another request came with it, and IllegalTransition with the code
    "reply_gone" when its answer was not kept, "reply_pending" when it is not known how the first one ends.
    """
    of = ReplyKey(workspace_id=request.caller.workspace_id, scope=scope, key=key[:_MAX_KEY], holder=request.id)
    claim = await _claim(request, of)
    if claim.state == "done":
        return _restored(claim.reply or "")
    if claim.state == "pending":
        raise IllegalTransition(
            "A call with this Idempotency-Key is under way, or was cut off; whether it was carried out is not known.",
            hint="Look at the log of calls, or ask again in some minutes.",
            code="reply_pending",
        )
    try:
        response = await make()
    except Exception:
        # Nothing was called: what can fail beyond that is an answer like any other.
        await request.db.write(integrations.drop_reply, of=of)
        raise
    kept = msgspec.json.encode([response.media_type.decode(), base64.b64encode(response.body).decode()]).decode()
    await request.db.write(integrations.keep_reply, of=of, reply=kept)
    return response


async def _claim(request: Request, of: ReplyKey) -> Claim:
    fingerprint = await _fingerprint(request)
    loop = asyncio.get_running_loop()
    end = loop.time() + _WAIT
    async with request.db.wakeups.subscribe(of.topic) as changes:
        while True:
            claim = await request.db.write(integrations.claim_reply, of=of, fingerprint=fingerprint, now=request.now)
            left = end - loop.time()
            if claim.state != "pending" or left <= 0 or request.tools.drain.started:
                return claim
            await changes.wait(min(left, 5.0))


async def _fingerprint(request: Request) -> str:
    """Return what must be equal for two requests to be the same one; files count by their content."""
    found = hashlib.sha256(request.raw_path + b"?" + request.scope["query_string"] + b"\n")
    if (request.header("content-type") or "").lower().startswith("multipart/"):
        form = await request.form()
        for name in sorted(form.names()):
            found.update(msgspec.json.encode([name, form.all(name)]))
        for name, upload in form.uploads():
            found.update(msgspec.json.encode([name, upload.file_name, upload.size]))
            async for chunk in upload.chunks():
                found.update(chunk)
    else:
        found.update(await request.body())
    return found.hexdigest()


def _restored(reply: str) -> Response:
    media_type, body = msgspec.json.decode(reply, type=tuple[str, str])
    return Response(base64.b64decode(body), media_type=media_type.encode())
