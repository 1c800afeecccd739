"""The calls that only a runner makes: join, begin, lease, heartbeat, and what belongs to an attempt."""

from __future__ import annotations

from collections.abc import AsyncIterable

from botyard.sdk.calls import Call, content, make, post, upload
from botyard.wire import runner as wire
from botyard.wire.tasks import ArtifactView, TaskView

_ATTEMPT = "/api/v1/runner/attempts/{attempt}"


def register(body: wire.RegisterRunner) -> Call[wire.RunnerIdentity]:
    """Become a runner; needs a join code as the token."""
    return make("/api/v1/runners/register", body, wire.RunnerIdentity)


def begin() -> Call[wire.BeginReply]:
    """Say, before the first lease, that this runner was started and that whatever it held before is lost."""
    return post("/api/v1/runner/begin", None, wire.BeginReply, repeatable=True)


def lease(body: wire.LeaseCall) -> Call[wire.LeaseReply]:
    """Ask for work; repeatable because the claim id makes the server answer with the same leases."""
    return post("/api/v1/runner/lease", body, wire.LeaseReply, repeatable=True, wait=body.wait)


def heartbeat(body: wire.HeartbeatCall) -> Call[wire.HeartbeatReply]:
    """Extend leases and wait for commands."""
    return post("/api/v1/runner/heartbeat", body, wire.HeartbeatReply, repeatable=True, wait=body.wait)


def start_attempt(attempt: str) -> Call[None]:
    """Say that the attempt's process runs."""
    return post(f"{_ATTEMPT}/start", None, None, attempt, repeatable=True)


def rotate_token(attempt: str, body: wire.TokenCall) -> Call[wire.TokenReply]:
    """Fetch another token for an attempt; repeated with the next number, not as it is."""
    return post(f"{_ATTEMPT}/token", body, wire.TokenReply, attempt)


def append_logs(attempt: str, body: wire.LogCall) -> Call[wire.LogReply]:
    """Send log lines; the server tells repeated ones apart by their number."""
    return post(f"{_ATTEMPT}/logs", body, wire.LogReply, attempt, repeatable=True)


def end_attempt(attempt: str, body: wire.EndCall) -> Call[TaskView]:
    """Report the end of the attempt's process."""
    return post(f"{_ATTEMPT}/end", body, TaskView, attempt, repeatable=True)


def given_file(attempt: str, file: int) -> Call[None]:
    """Fetch the bytes of a file for a bot."""
    return content(f"{_ATTEMPT}/files/{{id}}", attempt, file)


def keep_file(attempt: str, name: str, pieces: AsyncIterable[bytes]) -> Call[ArtifactView]:
    """Send a file that a bot left. The answer tells what it is called; the same file sent twice is kept once."""
    return upload(f"{_ATTEMPT}/files", pieces, ArtifactView, attempt, name=name)


def release_attempt(attempt: str, body: wire.ReleaseCall) -> Call[None]:
    """Give an attempt back without counting it."""
    return post(f"{_ATTEMPT}/release", body, None, attempt, repeatable=True)
