"""Spans of tasks, and how far tasks say that they are."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.sdk.calls import Call, get, post
from botyard.sdk.faces import C, Group, call, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import traces as wire

_ALL = "/api/v1/spans"
_TASK = "/api/v1/tasks/{id}/spans"
_MANY = 1000


class Spans(Group[C]):
    """What tasks spent their time on."""

    @listing
    def list(
        self,
        *,
        automation: str | None = None,
        status: wire.SpanStatus | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> Listing[wire.SpanView]:
        """List spans of the workspace, newest first: of an automation, that ended so, or with a text in their names."""
        return pages(
            _ALL,
            wire.SpanPage,
            lambda page: page.spans,
            cursor="before",
            limit=limit,
            automation=automation,
            status=status,
            text=text,
        )

    @listing
    def of_task(
        self,
        task_id: int,
        *,
        epoch: int | None = None,
        status: wire.SpanStatus | None = None,
        text: str | None = None,
        limit: int | None = None,
    ) -> Listing[wire.SpanView]:
        """List the spans of a task, of one attempt or of all."""
        return pages(
            _TASK,
            wire.SpanPage,
            lambda page: page.spans,
            task_id,
            limit=limit,
            page_size=_MANY,
            epoch=epoch,
            status=status,
            text=text,
        )

    @call
    def get(self, task_id: int, epoch: int, span_id: str) -> Call[wire.SpanDetail]:
        """Read one span with what went in and came out."""
        return get(f"{_TASK}/{{epoch}}/{{span}}", wire.SpanDetail, task_id, epoch, span_id)

    @call
    def add(self, task_id: int, spans: Sequence[wire.NewSpan], *, epoch: int | None = None) -> Call[wire.SpansAdded]:
        """Add spans to an attempt of a task: to a bot's own, else to the one that is named or the latest.

        A span that comes again with the same id replaces what was known of it.
        """
        body = wire.AddSpans(spans=[*spans], epoch=epoch)
        return post(_TASK, body, wire.SpansAdded, task_id, repeatable=True)

    @call
    def progress(self, task_id: int) -> Call[wire.ProgressView]:
        """Return how far a task says that it is."""
        return get("/api/v1/tasks/{id}/progress", wire.ProgressView, task_id)
