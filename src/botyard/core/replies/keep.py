"""Answering a repeated call instead of carrying it out again: calls that carry a key of the client's."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from botyard.base.clock import SECOND
from botyard.base.exceptions import AlreadyExists, IllegalTransition
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

#: How long a call counts as under way of which nothing more is heard.
PENDING = 900 * SECOND
MAX_REPLY = 1024 * 1024
#: How many answers are kept at most; when there are more, those that would go first go at once.
MAX_KEPT = 100_000
_BATCH = 1000


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
    """What came of a key: `mine` to carry the call out, `pending` while somebody does, `done` with the `reply`."""

    state: Literal["mine", "pending", "done"]
    reply: str | None = None


def claim(tx: Tx, *, of: ReplyKey, fingerprint: str, now: int) -> Claim:
    """Say whether the call with this key is to be carried out now by the holder.

    Raises AlreadyExists (code "key_reused") when the key came with another call, and IllegalTransition (code
    "reply_gone") when the call was carried out and its answer was not kept.
    """
    tx.run(sql.drop_expired, workspace_id=of.workspace_id, key_hash=of.hash, now=now)
    mine = tx.one(
        sql.claim,
        workspace_id=of.workspace_id,
        key_hash=of.hash,
        fingerprint=fingerprint,
        holder=of.holder,
        expires_at=now + PENDING,
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
            "This call was carried out already, and its answer was not kept.",
            hint="Look what came of it, or call again with a new Idempotency-Key.",
            code="reply_gone",
        )
    return Claim(state="done" if row["state"] == "done" else "pending", reply=row["reply"])


def keep(tx: Tx, *, of: ReplyKey, reply: str | None, until: int, most: int = MAX_REPLY) -> None:
    """Keep the answer of a call that the holder made.

    None, or one of more than `most` characters, is only remembered as made.
    """
    kept = reply if reply is not None and len(reply) <= most else None
    tx.run(
        sql.keep,
        workspace_id=of.workspace_id,
        key_hash=of.hash,
        holder=of.holder,
        state="unkept" if kept is None else "done",
        reply=kept,
        expires_at=until,
    )
    tx.wake(of.topic)


def drop(tx: Tx, *, of: ReplyKey) -> None:
    """Forget a call that was refused before it was carried out."""
    tx.run(sql.drop, workspace_id=of.workspace_id, key_hash=of.hash, holder=of.holder)
    tx.wake(of.topic)


def delete_expired(tx: Tx, *, now: int, most: int = MAX_KEPT) -> int:
    """Delete a batch of answers whose time is over, or that are too many; return how many."""
    last = tx.one(sql.last_kept, most=most)
    return tx.run(sql.delete_expired, now=max(now, last["expires_at"]) if last else now, limit=_BATCH)
