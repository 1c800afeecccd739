"""Error reports: what went wrong in a bot, with stack, tags, a screenshot and files, for whoever has to mend it.

Reports of the same fault form a group: same automation, same type of exception, raised at the same place in the code
(line numbers and folders do not count, so that it stays one group when the code around it changes). A group tells how
often and since when, and can be marked as resolved; the next report of the fault opens it again.
"""

from botyard.core.errors.attach import attach, unreferenced
from botyard.core.errors.fingerprint import fingerprint
from botyard.core.errors.groups import get_group, recent, reopen, resolve, search_groups
from botyard.core.errors.model import COUNT_CAP, ErrorFile, ErrorGroup, ErrorReport, FileKind
from botyard.core.errors.prune import prune
from botyard.core.errors.report import report
from botyard.core.errors.search import files_of, get, get_file, page, search

__all__ = [
    "COUNT_CAP",
    "ErrorFile",
    "ErrorGroup",
    "ErrorReport",
    "FileKind",
    "attach",
    "files_of",
    "fingerprint",
    "get",
    "get_file",
    "get_group",
    "page",
    "prune",
    "recent",
    "reopen",
    "report",
    "resolve",
    "search",
    "search_groups",
    "unreferenced",
]
