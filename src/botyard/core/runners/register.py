"""Register a runner."""

from __future__ import annotations

from botyard.base import ids, text
from botyard.base.exceptions import Invalid
from botyard.core import events
from botyard.core.runners.model import Runner
from botyard.core.runners.statements import read, sql
from botyard.storage import Tx


def register(
    tx: Tx,
    *,
    workspace_id: int,
    name: str,
    label: str | None,
    slots: int,
    host: str,
    os: str,
    version: str,
    embedded: bool,
    actor: str,
    now: int,
) -> Runner:
    """Add a runner to a workspace. Raises Invalid for an unusable name, label or number of slots (1 to 256)."""
    if not 1 <= slots <= 256:
        raise Invalid(f"{slots} slots are not possible.", hint="Use 1 to 256.", field="slots")
    runner_id = ids.uuid7()
    tx.run(
        sql.insert,
        id=runner_id,
        workspace_id=workspace_id,
        name=text.name(name, field="name"),
        label=text.name(label, field="label") if label else None,
        slots=slots,
        host=text.prose(host, field="host", limit=255),
        os=text.prose(os, field="os", limit=255),
        version=text.prose(version, field="version", limit=64),
        embedded=int(embedded),
        now=now,
    )
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="runner.registered",
        entity="runner",
        entity_id=runner_id,
        actor=actor,
        now=now,
        data={"name": name[:255], "slots": slots},
    )
    return read(tx, workspace_id=workspace_id, runner_id=runner_id)
