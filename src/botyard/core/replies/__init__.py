"""Answers that are kept for a while, so that a call which carries a key of the client's is carried out once."""

from botyard.core.replies.keep import (
    MAX_KEPT,
    MAX_REPLY,
    PENDING,
    Claim,
    ReplyKey,
    claim,
    delete_expired,
    drop,
    keep,
)

__all__ = ["MAX_KEPT", "MAX_REPLY", "PENDING", "Claim", "ReplyKey", "claim", "delete_expired", "drop", "keep"]
