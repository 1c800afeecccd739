"""What the two clients share: reading an answer, turning a failure into an error, and when to try again."""

from __future__ import annotations

import os
import random
import ssl
import time
import uuid
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec

from botyard import __version__
from botyard.sdk.calls import Call
from botyard.sdk.errors import REFUSALS, CallError, Refused, Unavailable
from botyard.wire.workspace import Problem

T = TypeVar("T")

#: What an exchange fails with when there is no answer.
FAILED = httpx2.HTTPError
#: Answers that are not about the call itself, so that trying again may help.
_LATER = frozenset({429, 500, 502, 503, 504})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)

encode = msgspec.json.Encoder().encode


def client_options(server: str, token: str, timeout: float) -> dict[str, Any]:
    """Return the options that both kinds of HTTP client are opened with.

    Certificates are the system's. A server on this machine is never spoken to through a proxy.
    """
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f'"{server}" is not the address of a server.', hint="Give it as http://host:port.")
    if not (token.isascii() and token.isprintable()):
        raise Refused("The key holds characters that no key has.", hint="Copy it again, without what is around it.")
    verify: Any = ssl.create_default_context() if parts.scheme == "https" else False
    return {
        "base_url": server.rstrip("/"),
        "headers": {"Authorization": f"Bearer {token}", "User-Agent": f"botyard-sdk/{__version__}"},
        "timeout": httpx2.Timeout(timeout, connect=min(timeout, 5.0)),
        "verify": verify,
        "trust_env": parts.hostname not in _LOOPBACK,
        "limits": httpx2.Limits(max_keepalive_connections=16, keepalive_expiry=10),
    }


def request_options(
    call: Call[T], timeout: float, *, key: str | None = None, seen: str | None = None, content: Any = None
) -> dict[str, Any]:
    """Return the arguments that describe the call to an HTTP client.

    `content` is the body that is no JSON, `key` an Idempotency-Key, and `seen` the tag that a change is based on.
    """
    options: dict[str, Any] = {"params": call.query} if call.query else {}
    headers = {"Accept": call.accept} if call.accept else {}
    if content is None and call.json is not None:
        content = encode(call.json)
    if content is not None:
        options["content"] = content
        headers["Content-Type"] = call.media_type
    if key is not None:
        headers["Idempotency-Key"] = key
    if seen is not None and call.method != "GET":
        headers["If-Match"] = seen
    return options | {"headers": headers, "timeout": httpx2.Timeout(call.wait + timeout, connect=min(timeout, 5.0))}


def checked(response: httpx2.Response) -> httpx2.Response:
    """Return an answer that is a success, or raise what it means."""
    if not response.is_success:
        raise refusal(response)
    return response


def read_reply(call: Call[T], response: httpx2.Response) -> T:
    """Return the decoded answer."""
    if call.reply is None:
        return None  # type: ignore[return-value]  # a call without a reply type is a Call[None]
    try:
        return msgspec.json.decode(response.content, type=call.reply)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(
            f"The answer of {response.request.url.host} was not understood ({error}).",
            hint="Check that the address is a Botyard server and that its version is not older than this one.",
            status=response.status_code,
        ) from None


def refusal(response: httpx2.Response) -> CallError:
    """Turn an answer that is not a success into the error to raise."""
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = Problem(title="", status=response.status_code)
    message = problem.detail or problem.title or f"The server answered with status {response.status_code}."
    if response.has_redirect_location:
        problem = Problem(title="", status=response.status_code, detail=message, hint=_elsewhere(response))
    kind = REFUSALS.get(response.status_code, Refused)
    if response.status_code in _LATER:
        later = Unavailable(message, hint=problem.hint, code=problem.code, status=response.status_code)
        later.request_id = problem.request_id
        later.retry_after = _seconds(response.headers.get("retry-after"))
        return later
    error = kind(message, hint=problem.hint, code=problem.code, status=response.status_code, field=problem.field)
    error.request_id = problem.request_id
    return error


def unreachable(server: str, error: httpx2.HTTPError) -> Unavailable:
    """Turn a failed exchange into the error to raise."""
    what = "did not answer in time" if isinstance(error, httpx2.TimeoutException) else "could not be reached"
    return Unavailable(
        f"The server at {server} {what} ({str(error) or type(error).__name__}).",
        hint="Check that it is running and that the address is right.",
        code="unavailable",
    )


class Patience:
    """How long a call keeps trying, and what tells the server that it is still the same call."""

    def __init__(self, call: Call[Any], seconds: float, *, key: str | None = None) -> None:
        """`key` is an Idempotency-Key of the caller's; else a call that takes one gets one of its own.

        Raises Refused for a key with a call that takes none.
        """
        if key is not None and not call.keyed:
            raise Refused(
                f"{call.method} {call.route} takes no Idempotency-Key.", hint="Use one with calls that make something."
            )
        self.key = key or (str(uuid.uuid4()) if call.keyed else None)
        self.tries = 0
        self._call = call
        self._until = time.monotonic() + seconds
        self._delays = backoff()

    def pause(self, error: Unavailable) -> float:
        """Return how many seconds to wait before the next try. Raises the error when there shall be none."""
        self.tries += 1
        seconds = max(next(self._delays), error.retry_after or 0.0)
        if not self._may_retry(error) or time.monotonic() + seconds > self._until:
            raise error
        return seconds

    def is_gone(self, error: CallError) -> bool:
        """Say whether the error only means that an earlier try, whose answer was lost, removed the thing."""
        return self.tries > 0 and self._call.method == "DELETE" and self._call.reply is None and error.status == 404

    def _may_retry(self, error: Unavailable) -> bool:
        """Say whether sending the call again is safe: it is repeatable, or it was not carried out."""
        if isinstance(error.__cause__, _NEVER_SENT):
            return True
        if is_spent(self._call.content):
            return False
        return error.status in (429, 503) or self._call.repeatable or self.key is not None


def is_spent(content: Any) -> bool:
    """Say whether a body is gone once it was sent: one that comes from a stream is."""
    return not isinstance(content, bytes | os.PathLike | None)


def backoff(*, first: float = 0.1, most: float = 5.0) -> Iterator[float]:
    """Yield waiting times in seconds without end: doubling, with jitter so that many clients do not act as one."""
    delay = first
    while True:
        yield delay * random.uniform(0.5, 1.0)  # noqa: S311 -- no secret
        delay = min(delay * 2, most)


def _elsewhere(response: httpx2.Response) -> str:
    return f"It leads to {response.headers['location'][:200]}; use the address that it is really at."


def _seconds(text: str | None) -> float | None:
    try:
        return max(0.0, min(float(text), 300.0)) if text else None
    except ValueError:
        return None
