"""Query parameters that many routes of native v1 have in common."""

from __future__ import annotations

from botyard.web.declaring import Query

MAX_ID = 2**63 - 1

LIMIT = Query("limit", "How many to return at most.", int, default=50, low=1, high=500)
LONG_LIMIT = Query("limit", "How many to return at most.", int, default=100, low=1, high=500)
TEXT = Query("text", "Only those that contain this text, whatever the case of its letters.")
#: For lists that go up: by label, by name, or by id where the text is one.
AFTER = Query("after", "Go on behind this place: `next` of the page before.")
AFTER_ID = Query("after", "Go on behind this id: `next` of the page before.", int, default=0, low=0, high=2**62)
#: For lists that go down, the newest first.
BEFORE_ID = Query("before", "Go on below this id: `next` of the page before.", int, default=0, low=0, high=MAX_ID)
WAIT = Query("wait", "How many seconds to wait for news at most.", float, default=0.0, low=0.0, high=60.0)
