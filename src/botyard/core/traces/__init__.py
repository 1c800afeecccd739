"""Traces: what an agent did in a task, as spans with a beginning, an end, payloads and tags.

Spans of one attempt form trees by the id of their parent, which may come later or never. A span may be sent again,
finished for example: what the later one says replaces what was known, and what it leaves out stays. Payloads are
bounded and cut where they are too long; secrets that the attempt has read are hidden in them as in its log.
"""

from botyard.core.traces.append import MAX_BATCH, append_groups, append_many
from botyard.core.traces.model import MAX_PAYLOAD, MAX_SPANS, Bar, NewSpan, Received, Span, SpanBatch
from botyard.core.traces.pages import Place, TaskBar, begin_of, newest, page
from botyard.core.traces.read import bars, count, get, homes, search, sent_by_attempt, tags_of

__all__ = [
    "MAX_BATCH",
    "MAX_PAYLOAD",
    "MAX_SPANS",
    "Bar",
    "NewSpan",
    "Place",
    "Received",
    "Span",
    "SpanBatch",
    "TaskBar",
    "append_groups",
    "append_many",
    "bars",
    "begin_of",
    "count",
    "get",
    "homes",
    "newest",
    "page",
    "search",
    "sent_by_attempt",
    "tags_of",
]
