"""The id of an attempt in the dialects that want a UUID of an execution: both ends derive it from the attempt's id."""

from __future__ import annotations

import uuid

_NAMESPACE = uuid.UUID("6f1f3a55-6b1e-5d0e-9c37-3d8f0f7c4b21")


def execution_id(attempt: str) -> str:
    """Return the UUID by which an attempt is known: always the same for it, and another for every other attempt."""
    return str(uuid.uuid5(_NAMESPACE, attempt))
