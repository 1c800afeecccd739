"""Alerts: short notes that a task raises for the people who look after it.

An alert has a level, a title and a message, belongs to a task for ever and is never changed. Whoever subscribed to
alerts of the automation from that level on is told by mail.
"""

from botyard.core.alerts.create import MAX_MESSAGE, create
from botyard.core.alerts.model import Alert, Level
from botyard.core.alerts.search import COUNT_CAP, WINDOW, get, page, search

__all__ = ["COUNT_CAP", "MAX_MESSAGE", "WINDOW", "Alert", "Level", "create", "get", "page", "search"]
