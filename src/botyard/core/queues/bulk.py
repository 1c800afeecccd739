"""One action on many items, with a verdict for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from botyard.base.exceptions import BotyardError, Invalid
from botyard.core.queues.edit import cancel, retry
from botyard.core.queues.model import Item, Verdict
from botyard.core.queues.search import filters, merged
from botyard.storage import Select, Tx

MAX_BULK = 500
MAX_MATCHING = 10_000
#: Items that may be tried again are looked for this far below the newest that matches.
RETRY_WINDOW = 200_000


def matching(
    tx: Tx,
    *,
    workspace_id: int,
    label: str,
    states: Sequence[str] | None = None,
    text: str | None = None,
    key: str | None = None,
    error_kind: str | None = None,
    up_to: int | None = None,
    not_retried: bool = False,
    limit: int = MAX_MATCHING,
) -> list[int]:
    """Return the ids of the newest items that a filter of search_items matches, as a preview of a bulk action.

    `up_to` leaves out items with a higher id; with `not_retried` those are left out which a later item tries again.
    """
    chosen = filters(
        tx, "i.id", workspace_id=workspace_id, label=label, states=states, text=text, key=key, error_kind=error_kind
    )
    if up_to is not None:
        chosen = [select.where("i.id <= :up_to", up_to=up_to) for select in chosen]
    if not_retried:
        floor = newest_id(tx, chosen) - RETRY_WINDOW
        chosen = [select.where("i.child_id IS NULL AND i.id > :oldest", oldest=floor) for select in chosen]
    return [row["id"] for row in merged(tx, chosen, limit=min(limit, MAX_MATCHING))]


def newest_id(tx: Tx, chosen: Sequence[Select]) -> int:
    """Return the highest id in several lists, 0 when they are empty."""
    return next((row["id"] for row in merged(tx, chosen, limit=1)), 0)


def cancel_many(tx: Tx, *, workspace_id: int, item_ids: Sequence[int], actor: str, now: int) -> list[Verdict]:
    """Cancel pending items; verdicts come in the order given. Raises Invalid for more than 500."""
    return _each(tx, cancel, workspace_id=workspace_id, item_ids=item_ids, actor=actor, now=now)


def retry_many(tx: Tx, *, workspace_id: int, item_ids: Sequence[int], actor: str, now: int) -> list[Verdict]:
    """Try items that failed again; verdicts hold the new items, in the order given.

    Raises Invalid for more than 500.
    """
    return _each(tx, retry, workspace_id=workspace_id, item_ids=item_ids, actor=actor, now=now)


def _each(
    tx: Tx, act: Callable[..., Item], *, workspace_id: int, item_ids: Sequence[int], actor: str, now: int
) -> list[Verdict]:
    if len(item_ids) > MAX_BULK:
        raise Invalid(
            f"{len(item_ids)} items are too many for one call.", hint=f"Send at most {MAX_BULK}.", field="ids"
        )
    verdicts: dict[int, Verdict] = {}
    # In the order of the ids, so that two such calls cannot wait for each other's rows.
    for item_id in sorted(set(item_ids)):
        try:
            item = act(tx, workspace_id=workspace_id, item_id=item_id, actor=actor, now=now)
            verdicts[item_id] = Verdict(item_id=item_id, item=item, error=None)
        except BotyardError as error:
            verdicts[item_id] = Verdict(item_id=item_id, item=None, error=error)
    return [verdicts[item_id] for item_id in item_ids]
