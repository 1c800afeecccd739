"""Answering a repeated call instead of making it again: calls that carry a key of the client's."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from botyard.base.clock import SECOND
from botyard.base.exceptions import AlreadyExists, IllegalTransition
from botyard.core.integrations.read import sql
from botyard.storage import Tx

#: How long answers are kept: clients repeat a call for a bit more than six minutes.
KEPT = 900 * SECOND
MAX_REPLY = 1024 * 1024


class ReplyKey(msgspec.Struct, frozen=True, kw_only=True):
    """A client's key within its scope, and who answers this time."""

    workspace_id: int
    scope: str
    key: str
    holder: str

    @property
    def hash(self) -> str:
        """Return what is stored of it."""
        return hashlib.sha256(f"{self.scope}\n{self.key}".encode()).hexdigest()

    @property
    def topic(self) -> str:
        """Return what is signalled once the answer is there, or will not come."""
        return f"reply:{self.hash}"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a key: `mine` to make the call, `pending` while somebody does, `done` with the `reply`."""

    state: Literal["mine", "pending", "done"]
    reply: str | None = None


def claim_reply(tx: Tx, *, of: ReplyKey, fingerprint: str, now: int) -> Claim:
    """Say whether the call with this key is to be made now by the holder.

    Raises AlreadyExists (code "key_reused") when the key came with another call, and IllegalTransition (code
    "reply_gone") when the call was made and its answer was too long to be kept.
    """
    tx.run(sql.drop_expired_reply, workspace_id=of.workspace_id, key_hash=of.hash, now=now)
    mine = tx.one(
        sql.claim_reply,
        workspace_id=of.workspace_id,
        key_hash=of.hash,
        fingerprint=fingerprint,
        holder=of.holder,
        expires_at=now + KEPT,
    )
    if mine is not None:
        return Claim(state="mine")
    row = tx.one(sql.reply, workspace_id=of.workspace_id, key_hash=of.hash)
    if row is None:
        return Claim(state="pending")  # gone at this moment: ask again
    if row["fingerprint"] != fingerprint:
        raise AlreadyExists(
            "Another call came with this Idempotency-Key.", hint="Use a new key for a new call.", code="key_reused"
        )
    if row["state"] == "unkept":
        raise IllegalTransition(
            "This call was made already, and its answer was not kept.",
            hint="Look at the log of calls, or call again with a new Idempotency-Key.",
            code="reply_gone",
        )
    return Claim(state="done" if row["state"] == "done" else "pending", reply=row["reply"])


def keep_reply(tx: Tx, *, of: ReplyKey, reply: str | None) -> None:
    """Keep the answer of a call that the holder made; None, or one that is too long, is only remembered as made."""
    kept = reply if reply is not None and len(reply) <= MAX_REPLY else None
    tx.run(
        sql.keep_reply,
        workspace_id=of.workspace_id,
        key_hash=of.hash,
        holder=of.holder,
        state="unkept" if kept is None else "done",
        reply=kept,
    )
    tx.wake(of.topic)


def drop_reply(tx: Tx, *, of: ReplyKey) -> None:
    """Forget a call that was refused before it was made."""
    tx.run(sql.drop_reply, workspace_id=of.workspace_id, key_hash=of.hash, holder=of.holder)
    tx.wake(of.topic)
