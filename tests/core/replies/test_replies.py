"""Answers of calls that carry a key: one caller carries the call out, the others are told what came of it."""

from __future__ import annotations

import pytest

from botyard.base.clock import DAY
from botyard.base.exceptions import AlreadyExists, IllegalTransition
from botyard.core import replies
from botyard.core.replies import Claim, ReplyKey
from botyard.storage import Database, Tx
from tests.support.work import NOW, make_workspace


def key(workspace_id: int, name: str = "k", holder: str = "h") -> ReplyKey:
    return ReplyKey(workspace_id=workspace_id, scope="app:1", key=name, holder=holder)


async def test_a_key_carries_out_one_call_and_remembers_its_answer(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        mine = key(workspace.id)

        def claim(fingerprint: str = "f", holder: str = "h", now: int = NOW) -> Claim:
            return replies.claim(tx, of=key(workspace.id, holder=holder), fingerprint=fingerprint, now=now)

        assert claim().state == "mine"
        assert claim(holder="other").state == "pending"
        replies.drop(tx, of=mine)
        assert claim().state == "mine"
        replies.keep(tx, of=mine, reply="{}", until=NOW + DAY)
        assert (claim().state, claim().reply) == ("done", "{}")
        with pytest.raises(AlreadyExists):
            claim("g")
        later = NOW + DAY + 1
        assert claim("g", now=later).state == "mine"
        replies.keep(tx, of=mine, reply="x" * 2_000_000, until=later + DAY)
        with pytest.raises(IllegalTransition):
            claim("g", now=later)

    await db.write(scenario)


async def test_a_call_of_which_nothing_more_is_heard_does_not_block_its_key_for_ever(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        of = key(make_workspace(tx).id)
        assert replies.claim(tx, of=of, fingerprint="f", now=NOW).state == "mine"
        assert replies.claim(tx, of=of, fingerprint="f", now=NOW + replies.PENDING).state == "mine"

    await db.write(scenario)


async def test_answers_go_when_their_time_is_over_or_when_there_are_too_many(db: Database) -> None:
    def scenario(tx: Tx) -> None:
        workspace = make_workspace(tx)
        for number in range(5):
            of = key(workspace.id, str(number))
            replies.claim(tx, of=of, fingerprint="f", now=NOW)
            replies.keep(tx, of=of, reply="{}", until=NOW + number)
        assert replies.delete_expired(tx, now=NOW) == 1
        assert replies.delete_expired(tx, now=NOW, most=2) == 2
        assert replies.delete_expired(tx, now=NOW, most=2) == 0
        assert replies.claim(tx, of=key(workspace.id, "4"), fingerprint="f", now=NOW).state == "done"

    await db.write(scenario)
