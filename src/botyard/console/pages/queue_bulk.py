"""One action on every item of a queue that fits a filter: previewed with its exact count, then done in batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from botyard.base.exceptions import Invalid
from botyard.console import itemfilters, queueview
from botyard.console.filters import address
from botyard.console.frame import done, page
from botyard.console.wording import count_of, number
from botyard.core import queues
from botyard.core.queues import Verdict
from botyard.storage import Tx
from botyard.web import Request, Response

#: More items than this take another round; each batch is a transaction, so others come in between.
MOST = 5_000
_SAMPLE = 12


class Action(NamedTuple):
    """What can be done to many items, and to those in which states."""

    name: str
    verb: str
    past: str
    states: tuple[str, ...]
    not_retried: bool
    words: str


ACTIONS = {
    "retry": Action(
        name="retry",
        verb="Retry",
        past="put back into the queue",
        states=("error", "abandoned", "timeout"),
        not_retried=True,
        words="Each becomes a new item at the end of its chain, whatever retries the queue allows.",
    ),
    "cancel": Action(
        name="cancel",
        verb="Cancel",
        past="cancelled",
        states=("pending",),
        not_retried=False,
        words="Nobody gets them any more; what is in work goes on.",
    ),
}


async def preview(request: Request) -> Response:
    """Show how many items an action would reach, and the first of them."""
    context = await request.db.read(
        _preview,
        action=_action(request.query.get("action", "")),
        query=request.query.get("q", ""),
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
    )
    return page(request, "pages/queue_bulk.html", section="/queues", block="sheet", **context)


async def act(request: Request) -> Response:
    """Do it to the previewed items."""
    form = await request.form()
    action, query = _action(form.text("action")), form.text("q")
    ids = await request.db.read(
        reached,
        action=action,
        query=query,
        up_to=_top(form.text("top")),
        workspace_id=request.caller.workspace_id,
        label=request.path["label"],
    )
    verdicts = await _in_batches(request, action, ids[:MOST])
    return _report(action, verdicts, address(queueview.page_of(request.path["label"]), q=query))


async def _in_batches(request: Request, action: Action, ids: list[int]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    operation: Callable[..., list[Verdict]] = queues.retry_many if action.name == "retry" else queues.cancel_many
    for start in range(0, len(ids), queues.MAX_BULK):
        made: list[Verdict] = await request.change(
            operation,
            audit_target=lambda them: f"{request.path['label'][:100]}: {len(them)} items",
            workspace_id=request.caller.workspace_id,
            item_ids=ids[start : start + queues.MAX_BULK],
            actor=request.caller.actor,
            now=request.now,
        )
        verdicts += made
    return verdicts


def reached(
    tx: Tx, *, workspace_id: int, label: str, action: Action, query: str, up_to: int | None = None
) -> list[int]:
    """Return the ids that an action on a filter reaches, newest first. Raises Invalid for a filter with a problem."""
    wanted = itemfilters.parse(query)
    if wanted.problems:
        raise Invalid(wanted.problems[0], hint="Correct the filter first.", field="q")
    return queues.matching(
        tx,
        workspace_id=workspace_id,
        label=label,
        not_retried=action.not_retried,
        up_to=up_to,
        **wanted.found(among=action.states),
    )


def _preview(tx: Tx, *, workspace_id: int, label: str, action: Action, query: str) -> dict[str, Any]:
    ids = reached(tx, workspace_id=workspace_id, label=label, action=action, query=query)
    sample = [queues.get_item(tx, workspace_id=workspace_id, item_id=item_id) for item_id in ids[:_SAMPLE]]
    total = min(len(ids), MOST)
    plus = "+" if len(ids) >= queues.MAX_MATCHING else ""
    more = f" {number(len(ids))}{plus} match; the newest {number(MOST)} go first."
    return {
        "action": action,
        "query": itemfilters.parse(query).query,
        "label": label,
        "href": queueview.page_of(label),
        "total": total,
        "sample": sample,
        "top": ids[0] if ids else 0,
        "title": f"{action.verb} {count_of(total, 'item')}",
        "sentence": action.words + (more if len(ids) > MOST else ""),
        "said_of": queueview.said_of,
    }


def _report(action: Action, verdicts: list[Verdict], back: str) -> Response:
    refused = [verdict for verdict in verdicts if verdict.error is not None]
    title = f"{count_of(len(verdicts) - len(refused), 'item')} {action.past}."
    if not refused:
        return done(back, title)
    reasons = " ".join(f"{verdict.item_id}: {verdict.error}" for verdict in refused[:5])
    return done(back, title, f"{count_of(len(refused), 'item')} left alone. {reasons}", kind="warn")


def _action(name: str) -> Action:
    if name not in ACTIONS:
        raise Invalid(f'"{name[:40]}" cannot be done to items.', hint="Retry or cancel them.", field="action")
    return ACTIONS[name]


def _top(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid("The preview is missing.", hint="Start again from the queue's page.", field="top")
    return int(text)
