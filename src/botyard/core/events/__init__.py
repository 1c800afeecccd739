"""Events: what happened to tasks and other things, in order, written in the transaction that made it happen.

The history on a task's page is its events. They are an outbox too: whoever follows a workspace reads
from a position on and is woken by the topic `events:<workspace id>`.
"""

from botyard.core.events.model import Event, NewEvent
from botyard.core.events.record import prune, record, record_many
from botyard.core.events.search import follow, latest_for, list_for, search

__all__ = ["Event", "NewEvent", "follow", "latest_for", "list_for", "prune", "record", "record_many", "search"]
