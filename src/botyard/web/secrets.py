"""Handing out secrets: read, recorded and durable first, known to the mask of the reader's log, and only then sent."""

from __future__ import annotations

from botyard.core import credentials
from botyard.core.credentials import Revealed
from botyard.core.tasks import AttemptRef
from botyard.web.request import Request


async def reveal(request: Request, *, label: str, attempt: AttemptRef | None, key: str | None = None) -> Revealed:
    """Return the values of a credential for the caller. Raises what `credentials.reveal` raises."""
    revealed = await request.db.write(
        credentials.reveal,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        label=label,
        key=key,
        attempt=attempt,
        origin=request.origin(),
        now=request.now,
    )
    if attempt is not None:
        request.tools.masks.add(attempt.id, [secret.reveal() for secret in revealed.values.values()])
    return revealed
