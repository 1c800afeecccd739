"""The workspace as a whole: its file, and keys for clients and runners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botyard.sdk.calls import Call, make, post
from botyard.sdk.faces import C, Group, call, fields
from botyard.wire import workspace as wire


class Workspace(Group[C]):
    """The workspace that the key belongs to."""

    @call
    def apply(
        self,
        document: Mapping[str, Any],
        *,
        file: str = "workspace.yaml",
        lines: Mapping[str, int] | None = None,
        dry_run: bool = False,
    ) -> Call[wire.ApplyReply]:
        """Make the workspace agree with a document (docs/workspace-file.md), or tell what that would change.

        `lines` says on which line of `file` a key stands ("automations[0].label"), for what errors say.
        """
        body = wire.ApplyCall(document=dict(document), file=file, lines=dict(lines or {}))
        return post("/api/v1/apply", body, wire.ApplyReply, repeatable=True, dry_run=dry_run)

    @fields(wire.ConnectCall)
    def connect(self, body: wire.ConnectCall) -> Call[wire.Connected]:
        """Make a key for a client library, or a join code for runners, and return what that has to be given."""
        return make("/api/v1/connect", body, wire.Connected)
