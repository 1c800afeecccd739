"""Artifacts: files that a task leaves behind.

A bot announces a file (`create`), sends its bytes to the blob store and ties the two together (`attach`).
Only then is the file there for others: lists leave out announced files, and `get` refuses them. The bytes
are kept by content, so the same report sent twice takes the space of one; an artifact with its bytes never changes.
A file whose bytes are there already is recorded at once (`keep`), under a name of its own within the task.
"""

from botyard.core.artifacts.attach import attach, unreferenced
from botyard.core.artifacts.create import create
from botyard.core.artifacts.delete import delete
from botyard.core.artifacts.keep import keep
from botyard.core.artifacts.model import Artifact
from botyard.core.artifacts.search import COUNT_CAP, WINDOW, announced, get, page, search

__all__ = [
    "COUNT_CAP",
    "WINDOW",
    "Artifact",
    "announced",
    "attach",
    "create",
    "delete",
    "get",
    "keep",
    "page",
    "search",
    "unreferenced",
]
