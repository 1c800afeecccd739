"""Every call of the native protocol, written once: how the request is built and how the answer is read.

A call is data. `native.Client` sends it from threads, `native.AsyncClient` from an event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from botyard.wire import native as wire

T = TypeVar("T")

#: How long a server may take to make a large file durable once it has all of it.
_KEEP_SECONDS = 60.0


class Call(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One request. `repeatable` means that sending it twice does no more than sending it once.

    `wait` is how long, in seconds, the server may hold the answer back by intent. `reply` is the type of
    the JSON answer; None means that there is none to read.
    """

    method: str
    path: str
    reply: type[T] | None
    query: dict[str, str] = {}
    json: Any = None
    #: Bytes, or a stream of them, which can be sent once.
    content: Any = None
    media_type: str = "application/json"
    repeatable: bool = False
    wait: float = 0.0


def get(path: str, reply: type[T], *, wait: float = 0.0, **query: object) -> Call[T]:
    """Read something. A query value of None is left out."""
    return Call(method="GET", path=path, reply=reply, query=_texts(query), repeatable=True, wait=wait)


def post(path: str, body: Any, reply: type[T] | None, *, repeatable: bool = False, wait: float = 0.0) -> Call[T]:
    """Change something."""
    return Call(method="POST", path=path, reply=reply, json=body, repeatable=repeatable, wait=wait)


def register(body: wire.RegisterRunner) -> Call[wire.RunnerIdentity]:
    """Become a runner; needs a join code as the token."""
    return post("/api/v1/runners/register", body, wire.RunnerIdentity)


def begin() -> Call[wire.BeginReply]:
    """Say, before the first lease, that this runner was started and that whatever it held before is lost."""
    return post("/api/v1/runner/begin", {}, wire.BeginReply, repeatable=True)


def lease(body: wire.LeaseCall) -> Call[wire.LeaseReply]:
    """Ask for work; repeatable because the claim id makes the server answer with the same leases."""
    return post("/api/v1/runner/lease", body, wire.LeaseReply, repeatable=True, wait=body.wait)


def heartbeat(body: wire.HeartbeatCall) -> Call[wire.HeartbeatReply]:
    """Extend leases and wait for commands."""
    return post("/api/v1/runner/heartbeat", body, wire.HeartbeatReply, repeatable=True, wait=body.wait)


def start_attempt(attempt: str) -> Call[None]:
    """Say that the attempt's process runs."""
    return post(f"/api/v1/runner/attempts/{attempt}/start", {}, None, repeatable=True)


def rotate_token(attempt: str, body: wire.TokenCall) -> Call[wire.TokenReply]:
    """Fetch another token for an attempt; repeated with the next number, not as it is."""
    return post(f"/api/v1/runner/attempts/{attempt}/token", body, wire.TokenReply)


def append_logs(attempt: str, body: wire.LogCall) -> Call[wire.LogReply]:
    """Send log lines; the server tells repeated ones apart by their number."""
    return post(f"/api/v1/runner/attempts/{attempt}/logs", body, wire.LogReply, repeatable=True)


def end_attempt(attempt: str, body: wire.EndCall) -> Call[wire.TaskView]:
    """Report the end of the attempt's process."""
    return post(f"/api/v1/runner/attempts/{attempt}/end", body, wire.TaskView, repeatable=True)


def keep_file(attempt: str, name: str, content: AsyncIterable[bytes]) -> Call[wire.ArtifactView]:
    """Send a file that a bot left. The answer tells what it is called; the same file sent twice is kept once."""
    return Call(
        method="POST",
        path=f"/api/v1/runner/attempts/{attempt}/files",
        reply=wire.ArtifactView,
        query={"name": name},
        content=content,
        media_type="application/octet-stream",
        wait=_KEEP_SECONDS,
    )


def given_file_path(attempt: str, file: int) -> str:
    """Return the path under which the bytes of a file for a bot are streamed."""
    return f"/api/v1/runner/attempts/{attempt}/files/{file}"


def release_attempt(attempt: str, body: wire.ReleaseCall) -> Call[None]:
    """Give an attempt back without counting it."""
    return post(f"/api/v1/runner/attempts/{attempt}/release", body, None, repeatable=True)


def push_items(queue: str, body: wire.PushCall) -> Call[wire.PushReply]:
    """Push items. Sent twice they are there twice, unless the queue's unique keys prevent it."""
    return post(f"{queue_path(queue)}/items", body, wire.PushReply)


def pull_items(queue: str, body: wire.PullCall) -> Call[wire.PullReply]:
    """Take items; repeatable with a claim id, which makes the server answer with the same items."""
    return post(f"{queue_path(queue)}/pull", body, wire.PullReply, repeatable=body.claim is not None, wait=body.wait)


def report_items(queue: str, body: wire.ReportCall) -> Call[wire.ReportReply]:
    """Say what became of items."""
    return post(f"{queue_path(queue)}/report", body, wire.ReportReply, repeatable=True)


def report_and_pull(queue: str, body: wire.ReportAndPullCall) -> Call[wire.ReportAndPullReply]:
    """Say what became of items and take the next ones."""
    path = f"{queue_path(queue)}/report-and-pull"
    return post(path, body, wire.ReportAndPullReply, repeatable=body.claim is not None)


def give_items_back(queue: str, body: wire.GiveBackCall) -> Call[wire.ReportReply]:
    """Put items back into their place in line."""
    return post(f"{queue_path(queue)}/release", body, wire.ReportReply)


def queue_path(label: str) -> str:
    """Return the path of a queue."""
    return f"/api/v1/queues/{quote(label, safe='')}"


def package_path(digest: str) -> str:
    """Return the path under which a package's bytes are streamed."""
    return f"/api/v1/packages/{digest}/content"


def _texts(query: dict[str, object]) -> dict[str, str]:
    return {name.rstrip("_"): _text(value) for name, value in query.items() if value is not None}


def _text(value: object) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
