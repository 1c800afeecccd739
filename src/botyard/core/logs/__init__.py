"""Task logs: what a bot wrote, line by line, in the order in which it wrote it.

A line is known by its attempt and its number in it, so that sending it twice stores it once. A log is
bounded; what comes after the bound is counted, not kept. Lines that arrive after the attempt lost its
lease are kept with it, marked late. Secrets that an attempt has read are hidden in its lines as well as can be.
"""

from botyard.core.logs.append import append_many
from botyard.core.logs.masks import Mask, Masks, hide, without_secrets
from botyard.core.logs.model import Appended, Glance, Line, LogBatch, LogEntry, MessageBatch, Note, Position
from botyard.core.logs.note import note_many
from botyard.core.logs.prune import prune
from botyard.core.logs.search import during, follow, glance, search, tail
from botyard.core.logs.write import send_many, write_many

__all__ = [
    "Appended",
    "Glance",
    "Line",
    "LogBatch",
    "LogEntry",
    "Mask",
    "Masks",
    "MessageBatch",
    "Note",
    "Position",
    "append_many",
    "during",
    "follow",
    "glance",
    "hide",
    "note_many",
    "prune",
    "search",
    "send_many",
    "tail",
    "without_secrets",
    "write_many",
]
