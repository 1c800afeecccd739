"""Answering a request that carries an Idempotency-Key once, however often it comes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from botyard.base.clock import DAY, SECOND
from botyard.base.exceptions import IllegalTransition, Invalid
from botyard.core import replies
from botyard.core.replies import Claim, ReplyKey
from botyard.web.response import Response

if TYPE_CHECKING:
    from botyard.web.request import Request

HEADER = "idempotency-key"
#: How long answers are kept for clients that repeat a call for a bit more than six minutes, and for all others.
SHORT, LONG = 900 * SECOND, DAY
#: Answers that are kept for long are small, 64 KiB in base 64: what was made, not what was asked for.
_MAX_LONG = 64 * 1024 * 4 // 3 + 1024
#: How long a repeated request waits for the first one; some seconds more than a call may take.
_WAIT = 75.0
_MAX_KEY = 200


class _Kept(msgspec.Struct, array_like=True):
    """An answer, as it is stored."""

    media_type: str
    body: str
    status: int = 200


async def handled(request: Request) -> Response:
    """Return what the route of a request answers; once, where it makes something and the request has a key for that."""
    route = request.route
    key = request.header(HEADER)
    if key is None or not route.repeatable:
        return await route.handler(request)
    if not 0 < len(key) <= _MAX_KEY or not (key.isascii() and key.isprintable()):
        raise Invalid(
            f"Idempotency-Key must be 1 to {_MAX_KEY} printable ASCII characters.",
            hint="Send a random id for each new call.",
            field="Idempotency-Key",
        )
    scope = f"{request.table.name}:{request.caller.kind}:{request.caller.id}"
    return await once(
        request, scope=scope, key=key, make=lambda: route.handler(request), kept=LONG, secret=route.secret
    )


async def once(
    request: Request,
    *,
    scope: str,
    key: str,
    make: Callable[[], Awaitable[Response]],
    kept: int = SHORT,
    secret: bool = False,
) -> Response:
    """Return what `make` answers, or answered when the same request came before with this key.

    A `secret` answer is not kept. Raises AlreadyExists (code "key_reused") when another request came with the key,
    and IllegalTransition with the code "reply_gone" when its answer was not kept, "reply_pending" when it is not
    known how the first one ends.
    """
    of = ReplyKey(workspace_id=request.caller.workspace_id, scope=scope, key=key[:_MAX_KEY], holder=request.id)
    claim = await _claim(request, of)
    if claim.state == "done":
        return _restored(claim.reply or "")
    if claim.state == "pending":
        raise IllegalTransition(
            "A call with this Idempotency-Key is under way, or was cut off; whether it was carried out is not known.",
            hint="Look what came of it, or ask again in some minutes.",
            code="reply_pending",
        )
    try:
        response = await make()
    except Exception:
        # Nothing was done: what can fail beyond that is an answer like any other.
        await request.db.write(replies.drop, of=of)
        raise
    told = None if secret else _stored(response)
    most = replies.MAX_REPLY if kept <= SHORT else _MAX_LONG
    await request.db.write(replies.keep, of=of, reply=told, until=request.now + kept, most=most)
    return response


async def _claim(request: Request, of: ReplyKey) -> Claim:
    fingerprint = await _fingerprint(request)
    loop = asyncio.get_running_loop()
    end = loop.time() + _WAIT
    async with request.db.wakeups.subscribe(of.topic) as changes:
        while True:
            claim = await request.db.write(replies.claim, of=of, fingerprint=fingerprint, now=request.now)
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


def _stored(response: Response) -> str:
    kept = _Kept(response.media_type.decode(), base64.b64encode(response.body).decode(), response.status)
    return msgspec.json.encode(kept).decode()


def _restored(reply: str) -> Response:
    kept = msgspec.json.decode(reply, type=_Kept)
    headers = ((b"idempotency-replayed", b"true"),)
    body = base64.b64decode(kept.body)
    return Response(body, status=kept.status, media_type=kept.media_type.encode(), headers=headers)
