"""Queues and their items."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from botyard.sdk.calls import Call, content, delete, get, make, patch, post, upload
from botyard.sdk.content import Source
from botyard.sdk.faces import C, Group, call, download, fields, listing
from botyard.sdk.paging import Listing, pages, whole
from botyard.wire import queues as wire

_ALL = "/api/v1/queues"
_ONE = "/api/v1/queues/{label}"
_ITEM = "/api/v1/items/{id}"


class Queues(Group[C]):
    """Lists of work, and the rules by which it is handed out."""

    @listing
    def list(self, *, text: str | None = None, limit: int | None = None) -> Listing[wire.QueueView]:
        """List queues by label, with their numbers."""
        return pages(_ALL, wire.QueuePage, lambda page: page.queues, text=text, limit=limit)

    @call
    def get(self, label: str) -> Call[wire.QueueView]:
        """Describe a queue with its numbers."""
        return get(_ONE, wire.QueueView, label)

    @fields(wire.CreateQueue)
    def create(self, body: wire.CreateQueue) -> Call[wire.QueueView]:
        """Make a queue; only the label is needed."""
        return make(_ALL, body, wire.QueueView)

    @fields(wire.UpdateQueue)
    def update(self, label: str, body: wire.UpdateQueue) -> Call[wire.QueueView]:
        """Change the rules that are given; what is in the queue follows them at once."""
        return patch(_ONE, body, wire.QueueView, label)

    @call
    def delete(self, label: str) -> Call[None]:
        """Delete a queue with its items; the label is never used again."""
        return delete(_ONE, label)

    @call
    def pause(self, label: str) -> Call[wire.QueueView]:
        """Stop handing out items; they may still be pushed and reported on."""
        return post(f"{_ONE}/pause", None, wire.QueueView, label, repeatable=True)

    @call
    def resume(self, label: str) -> Call[wire.QueueView]:
        """Hand out items again, and count errors in a row anew."""
        return post(f"{_ONE}/resume", None, wire.QueueView, label, repeatable=True)

    @call
    def push(
        self, label: str, items: Sequence[wire.NewItem | Mapping[str, Any]], *, keep_existing: bool = False
    ) -> Call[wire.PushReply]:
        """Push up to a thousand items, all or none: values by name, or a NewItem for a priority and a reference.

        `keep_existing` answers a unique key that is taken with the item that has it.
        """
        new = [one if isinstance(one, wire.NewItem) else wire.NewItem(values=dict(one)) for one in items]
        return make(f"{_ONE}/items", wire.PushCall(items=new, keep_existing=keep_existing), wire.PushReply, label)

    @call
    def pull(self, label: str, *, count: int = 1, wait: float = 0.0, claim: str | None = None) -> Call[wire.PullReply]:
        """Take the items that are first in line; with `wait`, as soon as there are any.

        A call that is sent again with the same `claim` returns the same items; one is made up for each call.
        """
        body = wire.PullCall(count=count, claim=claim or uuid.uuid4().hex, wait=wait)
        return post(f"{_ONE}/pull", body, wire.PullReply, label, repeatable=True, wait=wait)

    @call
    def report(self, label: str, reports: Sequence[wire.ItemReport]) -> Call[wire.ReportReply]:
        """Say what became of up to a thousand items; each gets its own verdict."""
        return post(f"{_ONE}/report", wire.ReportCall(reports=[*reports]), wire.ReportReply, label, repeatable=True)

    @call
    def report_and_pull(
        self, label: str, reports: Sequence[wire.ItemReport], *, count: int = 1, claim: str | None = None
    ) -> Call[wire.ReportAndPullReply]:
        """Say what became of items and take the next ones, in one transaction."""
        body = wire.ReportAndPullCall(reports=[*reports], count=count, claim=claim or uuid.uuid4().hex)
        return post(f"{_ONE}/report-and-pull", body, wire.ReportAndPullReply, label, repeatable=True)

    @call
    def release(self, label: str, items: Sequence[int]) -> Call[wire.ReportReply]:
        """Put items that the caller holds back into their place in line."""
        return post(f"{_ONE}/release", wire.GiveBackCall(items=[*items]), wire.ReportReply, label)

    @download
    def export_csv(self, label: str) -> Call[None]:
        """Fetch the items of a queue as CSV, oldest first."""
        return content(f"{_ONE}/export", label, accept="text/csv")

    @call
    def import_csv(self, label: str, rows: Source, *, keep_existing: bool = False) -> Call[wire.ImportReply]:
        """Push one item per row of a CSV file in UTF-8, all or none; the first row names the values."""
        return upload(
            f"{_ONE}/import",
            rows,
            wire.ImportReply,
            label,
            media_type="text/csv",
            keyed=True,
            keep_existing=True if keep_existing else None,
        )


class QueueItems(Group[C]):
    """Items of queues, as people look after them."""

    @listing
    def list(
        self,
        queue: str,
        *,
        state: str | Sequence[str] | None = None,
        text: str | None = None,
        key: str | None = None,
        error_kind: str | None = None,
        limit: int | None = None,
    ) -> Listing[wire.ItemView]:
        """List the items of a queue that match, newest first."""
        states = state if isinstance(state, str | None) else ",".join(state)
        return pages(
            f"{_ONE}/items",
            wire.ItemPage,
            lambda page: page.items,
            queue,
            cursor="before",
            limit=limit,
            state=states,
            text=text,
            key=key,
            error_kind=error_kind,
        )

    @call
    def get(self, item_id: int) -> Call[wire.ItemView]:
        """Describe one item."""
        return get(_ITEM, wire.ItemView, item_id)

    @fields(wire.UpdateItem)
    def update(self, item_id: int, body: wire.UpdateItem) -> Call[wire.ItemView]:
        """Change an item without ending it: one that waits, or one that the caller holds."""
        return patch(_ITEM, body, wire.ItemView, item_id)

    @call
    def delete(self, item_id: int) -> Call[None]:
        """Delete an item that nobody works on."""
        return delete(_ITEM, item_id)

    @listing
    def chain(self, item_id: int) -> Listing[wire.ItemView]:
        """List an item with what it retries and what retries it, oldest first."""
        return whole(f"{_ITEM}/chain", wire.ItemChain, lambda page: page.items, item_id)

    @call
    def cancel(self, item_id: int, message: str | None = None) -> Call[wire.ItemView]:
        """Cancel an item that nobody has taken."""
        return post(f"{_ITEM}/cancel", wire.CancelItem(message=message), wire.ItemView, item_id)

    @call
    def retry(self, item_id: int) -> Call[wire.ItemView]:
        """Try an item that failed again, whatever its queue allows; returns the new item."""
        return post(f"{_ITEM}/retry", None, wire.ItemView, item_id)

    @call
    def bulk(self, action: wire.ItemAction, ids: Sequence[int]) -> Call[wire.ItemBulkReply]:
        """Cancel or retry up to 500 items."""
        return post("/api/v1/items/bulk", wire.ItemBulkCall(action=action, ids=[*ids]), wire.ItemBulkReply)

    @fields(wire.ItemMatchCall)
    def bulk_matching(self, queue: str, body: wire.ItemMatchCall) -> Call[wire.ItemBulkReply]:
        """Cancel or retry the items of a queue that match; with `dry_run` only tell which they would be."""
        return post(f"{_ONE}/items/bulk", body, wire.ItemBulkReply, queue, repeatable=body.dry_run)
