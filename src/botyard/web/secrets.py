"""Handing out secrets: read, recorded and durable first, known to what hides them, and only then sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

import msgspec

from botyard.base.exceptions import BotyardError
from botyard.core import assets, credentials, vault
from botyard.core.credentials import READS_TOPIC, Revealed
from botyard.core.logs import Mask, Masks, hide
from botyard.core.tasks import AttemptRef
from botyard.core.vault import RootKeys, Secret
from botyard.storage import ALL, Database, Tx
from botyard.web.request import Request

T = TypeVar("T")


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
    _learn(request, attempt, revealed.values.values())
    return revealed


async def reveal_asset(
    request: Request, *, name: str, folder: str | None, attempt: AttemptRef | None
) -> assets.Revealed:
    """Return an asset with its secret for the caller. Raises what `assets.reveal` raises."""
    revealed = await request.db.write(
        assets.reveal,
        root_keys=request.tools.root_keys,
        workspace_id=request.caller.workspace_id,
        name=name,
        folder=folder,
        attempt=attempt,
        origin=request.origin(),
        now=request.now,
    )
    _learn(request, attempt, [revealed.secret])
    return revealed


def _learn(request: Request, attempt: AttemptRef | None, secrets: Iterable[Secret]) -> None:
    if attempt is not None:
        request.tools.masks.learn(attempt.id, [secret.reveal() for secret in secrets])


async def mask_of(request: Request, attempt_id: str) -> Mask | None:
    """Return what hides, in the log of an attempt, all that it has read through any server; None when it read nothing.

    Looked up once for each attempt, and again when it has read more.
    """
    masks = request.tools.masks
    mask = masks.find(attempt_id)
    if mask is None:
        generation = masks.generation
        try:
            secrets = await request.db.read(_read_by, root_keys=request.tools.root_keys, attempt_id=attempt_id)
        except BotyardError:  # sealed, or damaged: lines are kept all the same
            return None
        mask = Mask(secret.reveal() for secret in secrets)
        masks.keep(attempt_id, mask, generation=generation)
    return mask or None


async def hidden(request: Request, sent: T, *parts: str, attempt_id: str | None = None) -> T:
    """Return what was sent without what its attempt has read and without tokens of ours: a value, or parts of a struct.

    For texts that people will read, such as messages; what programs hand to each other stays as it is. The attempt is
    the one that calls unless it is named; what others send stays as it is too.
    """
    attempt_id = attempt_id or request.caller.attempt_id
    return sent if attempt_id is None else _without(sent, await mask_of(request, attempt_id), parts)


async def hidden_each(request: Request, sent: Sequence[T], *parts: str) -> Sequence[T]:
    """Return each of what was sent as `hidden` does."""
    attempt_id = request.caller.attempt_id
    if attempt_id is None:
        return sent
    mask = await mask_of(request, attempt_id)
    return [_without(one, mask, parts) for one in sent]


def _without(sent: T, mask: Mask | None, parts: Sequence[str]) -> T:
    if not isinstance(sent, msgspec.Struct):
        return cast("T", hide(sent, mask))
    changed = {name: hide(getattr(sent, name), mask) for name in parts}
    return msgspec.structs.replace(sent, **changed)


def _read_by(tx: Tx, *, root_keys: RootKeys, attempt_id: str) -> list[Secret]:
    read = credentials.read_by(tx, root_keys=root_keys, attempt_id=attempt_id)
    read += assets.read_by(tx, root_keys=root_keys, attempt_id=attempt_id)
    return read + vault.replaced_for(tx, root_keys=root_keys, attempt_id=attempt_id)


def listen(db: Database, masks: Masks) -> None:
    """Let `masks` forget what attempts read elsewhere makes out of date."""

    def heard(topic: str) -> None:
        if topic.startswith(READS_TOPIC):
            masks.forget(topic.removeprefix(READS_TOPIC))
        elif topic == ALL:
            masks.forget_all()

    db.wakeups.listen(heard)
