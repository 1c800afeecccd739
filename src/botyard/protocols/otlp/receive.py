"""Spans come in: each finds its task, is kept with the others of that task, or is rejected with a reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from botyard.base.exceptions import Invalid
from botyard.core import traces
from botyard.core.tasks import AttemptRef
from botyard.core.traces import NewSpan, SpanBatch
from botyard.protocols.otlp import encoding
from botyard.protocols.otlp.meaning import Target, meant, problem, read_target, target_of
from botyard.protocols.otlp.sent import MAX_SPANS, Sent
from botyard.web.request import Request
from botyard.web.response import Response
from botyard.web.secrets import mask_of

SOURCE = "otlp"
_TASK_HEADER = "x-botyard-task"
#: Tasks that the spans of one request may belong to.
_MAX_TASKS = 100

Grouped = dict[Target, list[NewSpan]]


async def spans(request: Request) -> Response:
    """Keep the spans of a request, and say how many were not."""
    rejections: Counter[str] = Counter()
    sent = await encoding.read(request)
    grouped = _grouped(sent, _said(request), rejections)
    homes = await _homes(request, grouped, rejections)
    accepted = await _keep(request, grouped, homes, rejections)
    if rejections and not accepted and not homes:
        raise Invalid(_sentence(rejections), hint="Nothing was kept; see docs/traces.md.")
    return encoding.answer(request, rejected=rejections.total(), message=_sentence(rejections))


def _said(request: Request) -> Target | None:
    """Return the task that the caller is bound to, or that a header names for all spans. Raises Invalid."""
    caller, text = request.caller, request.header(_TASK_HEADER)
    if caller.task_id is not None and caller.epoch is not None:
        return Target(caller.task_id, caller.epoch)
    if text is None:
        return None
    target = read_target(text)
    if target is None:
        raise Invalid(f'"{text[:40]}" is not the number of a task.', hint=f"Correct the header {_TASK_HEADER}.")
    return target


def _grouped(sent: Sent, said: Target | None, rejections: Counter[str]) -> Grouped:
    """Return the spans that can be kept, by the task they belong to."""
    grouped: Grouped = defaultdict(list)
    for span in sent.spans:
        target = said or target_of(span)
        reason = problem(span) or _no_home(target, grouped)
        if reason is None and target is not None:
            grouped[target].append(meant(span))
        else:
            rejections[reason or ""] += 1
    if sent.unread:
        rejections[f"One request may carry {MAX_SPANS} spans."] += sent.unread
    return grouped


def _no_home(target: Target | None, grouped: Mapping[Target, list[NewSpan]]) -> str | None:
    if target is None:
        return f'Set the resource attribute "botyard.task.id", or the header {_TASK_HEADER}, to the number of a task.'
    if target not in grouped and len(grouped) >= _MAX_TASKS:
        return f"The spans of one request may belong to {_MAX_TASKS} tasks."
    return None


async def _homes(request: Request, grouped: Grouped, rejections: Counter[str]) -> dict[Target, AttemptRef]:
    """Return the attempt of each task whose spans can be kept."""
    if not grouped:
        return {}
    workspace_id = request.caller.workspace_id
    found = await request.db.read(traces.homes, workspace_id=workspace_id, wanted=list(grouped))
    homes = {Target(*wanted): attempt for wanted, attempt in found.items()}
    for target, kept in grouped.items():
        if target not in homes:
            rejections[f"Task {target.task_id} does not exist, or has no such attempt yet."] += len(kept)
    return homes


async def _keep(
    request: Request, grouped: Grouped, homes: Mapping[Target, AttemptRef], rejections: Counter[str]
) -> int:
    """Store the spans durably and return how many were; those that an attempt has no room for are rejected."""
    batches = [
        SpanBatch(
            workspace_id=request.caller.workspace_id,
            task_id=attempt.task_id,
            epoch=attempt.epoch,
            spans=part,
            source=SOURCE,
            now=request.now,
            mask=await mask_of(request, attempt.id),
        )
        for target, attempt in homes.items()
        for part in _parts(grouped[target])
    ]
    if not batches:
        return 0
    accepted = 0
    for batch, received in zip(batches, await request.db.write_set(traces.append_groups, batches), strict=True):
        if isinstance(received, Exception):
            rejections[str(received)] += len(batch.spans)
        else:
            accepted += received.accepted
            if received.dropped:
                rejections["The attempt has sent as many spans as are kept."] += received.dropped
    return accepted


def _parts(kept: list[NewSpan]) -> Iterable[list[NewSpan]]:
    return (kept[start : start + traces.MAX_BATCH] for start in range(0, len(kept), traces.MAX_BATCH))


def _sentence(rejections: Counter[str]) -> str:
    """Return why spans were rejected, the most frequent reasons first."""
    return " ".join(f"{count} × {reason}" for reason, count in rejections.most_common(5))
