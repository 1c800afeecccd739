"""Spans of tasks and of the workspace, and how far tasks say that they are."""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from botyard.base import clock
from botyard.base.clock import iso
from botyard.base.exceptions import NotFound
from botyard.core import progress, tasks, traces
from botyard.core.tasks import AttemptRef
from botyard.core.traces import Bar, NewSpan, Place, Span, SpanBatch
from botyard.protocols.native import asking, views
from botyard.protocols.native.auth import attempt_of
from botyard.protocols.native.tasks import readable
from botyard.storage import Tx
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.secrets import mask_of
from botyard.wire import native as wire

_STATUSES: tuple[str, ...] = get_args(wire.SpanStatus)
_SOURCE = "native"


async def search(request: Request) -> Response:
    """List spans of the workspace, those of the newest tasks first, without their payloads."""
    asking.check_whole(request)
    found, following = await request.db.read(
        traces.newest,
        workspace_id=request.caller.workspace_id,
        automation=asking.text_of(request, "automation"),
        status=asking.one_of(request, "status", _STATUSES),
        text=asking.text_of(request, "text"),
        before=_place(request),
        limit=asking.limit_of(request),
    )
    place = None if following is None else ".".join(map(str, following))
    return json_response(wire.SpanPage(spans=[_bar(each.task_id, each.bar) for each in found], next=place))


async def list_of_task(request: Request) -> Response:
    """List the spans of a task by attempt and beginning, without their payloads."""
    task_id, limit = readable(request), request.query_int("limit", default=500, low=1, high=5000)
    found = await request.db.read(
        traces.page,
        workspace_id=request.caller.workspace_id,
        task_id=task_id,
        epoch=asking.id_of(request, "epoch"),
        status=asking.one_of(request, "status", _STATUSES),
        text=asking.text_of(request, "text"),
        after=asking.triple_of(request, "after"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    place = last and f"{last.epoch}.{traces.begin_of(last)}.{last.span_id}"
    return json_response(wire.SpanPage(spans=[_bar(task_id, bar) for bar in found], next=place))


async def get(request: Request) -> Response:
    """Read one span of an attempt with its payloads."""
    span = await request.db.read(
        traces.get,
        workspace_id=request.caller.workspace_id,
        task_id=readable(request),
        epoch=request.path_id("epoch"),
        span_id=request.path["span"],
    )
    return json_response(_span(span))


async def add(request: Request) -> Response:
    """Store spans of an attempt, those sent before anew."""
    call = await request.json(wire.AddSpans)
    attempt = await attempt_meant(request, call.epoch)
    batch = SpanBatch(
        workspace_id=request.caller.workspace_id,
        task_id=attempt.task_id,
        epoch=attempt.epoch,
        spans=[_new(span) for span in call.spans],
        source=_SOURCE,
        now=request.now,
        mask=await mask_of(request, attempt.id),
    )
    received = await request.db.write_set(traces.append_many, batch)
    return json_response(wire.SpansAdded(accepted=received.accepted, dropped=received.dropped), status=201)


async def attempt_meant(request: Request, epoch: int | None) -> AttemptRef:
    """Return the attempt of the task in the path: that of the bot that calls, else the one named, else the latest."""
    task_id, own = asking.writable_task(request), attempt_of(request.caller)
    if own is not None:
        return own
    return await request.db.read(_attempt, workspace_id=request.caller.workspace_id, task_id=task_id, epoch=epoch or 0)


def _attempt(tx: Tx, *, workspace_id: int, task_id: int, epoch: int) -> AttemptRef:
    """Return an attempt of a task, the latest for 0. Raises NotFound."""
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    found = traces.homes(tx, workspace_id=workspace_id, wanted=[(task_id, epoch)]).get((task_id, epoch))
    if found is None:
        raise NotFound(f"Task {task_id} has no such attempt.", hint="Send that once it runs.", field="epoch")
    return found


async def read_progress(request: Request) -> Response:
    """Read how far the present attempt of a task says that it is."""
    return json_response(
        await request.db.read(_progress, workspace_id=request.caller.workspace_id, task_id=readable(request))
    )


def _progress(tx: Tx, *, workspace_id: int, task_id: int) -> wire.ProgressView:
    """Return the progress of a task that exists. Raises NotFound."""
    tasks.get(tx, workspace_id=workspace_id, task_id=task_id)
    found = progress.of_tasks(tx, workspace_id=workspace_id, task_ids=[task_id]).get(task_id)
    if found is None:
        return wire.ProgressView()
    return wire.ProgressView(
        percent=found.percent, info=found.info, status=found.status, updated_at=iso(found.updated_at)
    )


def _place(request: Request) -> Place | None:
    found = asking.triple_of(request, "before")
    return None if found is None else Place(*found)


def _new(span: wire.NewSpan) -> NewSpan:
    fields: dict[str, Any] = msgspec.structs.asdict(span)
    for name in ("started_at", "ended_at"):
        if fields[name] is not None:
            fields[name] = clock.parse(fields[name])
    return NewSpan(**fields)


def _bar(task_id: int, bar: Bar) -> wire.SpanView:
    return wire.SpanView(
        task=task_id,
        epoch=bar.epoch,
        span_id=bar.span_id,
        parent_id=bar.parent_id,
        name=bar.name,
        status=bar.status,
        started_at=views.moment(bar.started_at),
        ended_at=views.moment(bar.ended_at),
        duration=bar.duration,
        received_at=iso(bar.received_at),
    )


def _span(span: Span) -> wire.SpanDetail:
    return wire.SpanDetail(
        task=span.task_id,
        epoch=span.epoch,
        span_id=span.span_id,
        parent_id=span.parent_id,
        trace_id=span.trace_id,
        name=span.name,
        status=span.status,
        message=span.message,
        started_at=views.moment(span.started_at),
        ended_at=views.moment(span.ended_at),
        duration=span.duration,
        input=span.input,
        output=span.output,
        tags=span.tags,
        metadata=span.metadata,
        truncated=span.truncated,
        source=span.source,
        received_at=iso(span.received_at),
    )
