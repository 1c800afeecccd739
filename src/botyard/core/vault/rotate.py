"""Rotation: new keys for everything, step by step, while every secret stays readable.

What is left to do follows from the rows themselves, so that a rotation which was cut off, at whatever step, goes on
where it stopped: first a new root key is in the file, then the database names it, then each workspace gets a new key
and the keys of its secrets are wrapped by that, then the old key of the workspace goes.
"""

from __future__ import annotations

import contextlib

import msgspec

from botyard.core.vault.rootkeys import RootKey, RootKeys
from botyard.core.vault.state import check_value, key_for_writing, new_term, sql, unwrapped
from botyard.core.vault.values import unwrap, wrap
from botyard.storage import Row, Tx


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """How far a rotation is: what this step wrapped anew, how many secrets are left, and the root key in use.

    `root_id` is None while there is no secret, and so nothing to rotate.
    """

    done: bool
    rewrapped: int
    left: int
    root_id: str | None


def rotate(tx: Tx, *, root_keys: RootKeys, begin: bool, now: int, limit: int = 200) -> Rotation:
    """Do one step of a rotation, of about `limit` secrets; with `begin` start one unless it is under way.

    A root key that was put in front of the file by hand is the new one; else one is made, and where the file cannot
    be written the present one stays. Raises Busy (code "sealed") when a key in use is not in the file.
    """
    state = tx.one(sql.lock_state)
    if state is None:
        return Rotation(done=True, rewrapped=0, left=0, root_id=None)
    for row in tx.all(sql.root_ids):
        root_keys.get(row["root_id"])
    root = root_keys.get(state["root_id"])
    since = state["rotating_since"]
    if since is None and not begin:
        return Rotation(done=True, rewrapped=0, left=0, root_id=root.id)
    if since is None:
        root, since = _begin(tx, root_keys, root, now), now
    rewrapped = _rewrap(tx, root_keys, root, since=since, now=now, limit=limit)
    left = tx.one(sql.left, since=since, root_id=root.id) or {}
    if left["keys"] == 0:
        tx.run(sql.end_rotation, now=now)
    return Rotation(done=left["keys"] == 0, rewrapped=rewrapped, left=left["secrets"], root_id=root.id)


def _begin(tx: Tx, root_keys: RootKeys, root: RootKey, now: int) -> RootKey:
    keys = root_keys.load()
    if root not in keys:
        raise root_keys.sealed()  # a server that lives on keys in its memory must not write the file anew
    first = keys[0]
    if first == root:
        with contextlib.suppress(OSError):
            first = root_keys.add()
    tx.run(sql.begin_rotation, root_id=first.id, check_value=check_value(first), now=now)
    return first


def _rewrap(tx: Tx, root_keys: RootKeys, root: RootKey, *, since: int, now: int, limit: int) -> int:
    """Wrap up to `limit` data keys anew, and remove the workspace keys that wrap nothing any more."""
    total = 0
    for old in tx.all(sql.old_keys, since=since, root_id=root.id, limit=limit):
        workspace_id = old["workspace_id"]
        # Until the transaction ends nobody wraps with the old key: it can go once nothing needs it.
        if tx.one(sql.lock_key, workspace_id=workspace_id, term=old["term"]) is None:
            continue
        newest = tx.one(sql.newest_key, workspace_id=workspace_id, since=since, root_id=root.id)
        if newest is None:
            new_term(tx, root_keys=root_keys, workspace_id=workspace_id, now=now)
        total += _rewrap_term(tx, root_keys, old, now=now, limit=limit - total)
        tx.run(sql.drop_key, workspace_id=workspace_id, term=old["term"])
        if total >= limit:
            break
    return total


def _rewrap_term(tx: Tx, root_keys: RootKeys, old: Row, *, now: int, limit: int) -> int:
    workspace_id, term = old["workspace_id"], old["term"]
    rows = tx.all(sql.of_term, workspace_id=workspace_id, term=term, limit=limit)
    if not rows:
        return 0
    before = unwrapped(old, root_keys=root_keys, workspace_id=workspace_id)
    after = key_for_writing(tx, root_keys=root_keys, workspace_id=workspace_id, now=now, uses=len(rows))
    tx.run_many(
        sql.rewrap,
        [
            {
                "workspace_id": workspace_id,
                "name": row["name"],
                "version": row["version"],
                "old_term": term,
                "term": after.term,
                "wrapped_key": wrap(
                    after, unwrap(before, row, workspace_id), workspace_id, row["name"], row["version"]
                ),
            }
            for row in rows
        ],
    )
    return len(rows)
