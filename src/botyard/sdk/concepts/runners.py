"""Runners, as people look after them."""

from __future__ import annotations

from botyard.sdk.calls import Call, delete, get, post
from botyard.sdk.faces import C, Group, call, fields, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import bulk
from botyard.wire import workspace as wire

_ALL = "/api/v1/runners"


class Runners(Group[C]):
    """The machines that tasks run on."""

    @listing
    def list(self, *, label: str | None = None, limit: int | None = None) -> Listing[wire.RunnerView]:
        """List the runners of the workspace by name."""
        return pages(_ALL, wire.RunnerList, lambda page: page.runners, limit=limit, label=label)

    @call
    def get(self, runner_id: str) -> Call[wire.RunnerView]:
        """Read one runner."""
        return get(f"{_ALL}/{{runner}}", wire.RunnerView, runner_id)

    @call
    def delete(self, runner_id: str) -> Call[None]:
        """Remove a runner that holds no task; its token is worth nothing from now on."""
        return delete(f"{_ALL}/{{runner}}", runner_id)

    @call
    def drain(self, runner_id: str) -> Call[wire.RunnerView]:
        """Let a runner finish what it has and take nothing new."""
        return post(f"{_ALL}/{{runner}}/drain", None, wire.RunnerView, runner_id, repeatable=True)

    @call
    def resume(self, runner_id: str) -> Call[wire.RunnerView]:
        """Take a drained runner back into service."""
        return post(f"{_ALL}/{{runner}}/resume", None, wire.RunnerView, runner_id, repeatable=True)

    @fields(bulk.RunnerMatchCall)
    def bulk_matching(self, body: bulk.RunnerMatchCall) -> Call[bulk.RunnerMatchReply]:
        """Drain the runners that match, or take them back; with `dry_run` only tell which they would be."""
        return post(f"{_ALL}/bulk/matching", body, bulk.RunnerMatchReply, repeatable=True)
