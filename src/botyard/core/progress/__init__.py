"""How far a task says that it is: a percentage, a sentence, and what it thinks of itself.

A task tells it under the UUID that it was started with. A client that runs outside of every runner makes a UUID of its
own; what it tells is kept with its app. Progress is what a bot says and decides nothing: a task ends when its process
does.
"""

from botyard.core.progress.model import Progress, Status
from botyard.core.progress.report import home_of, of_tasks, prune, read, report, tell

__all__ = ["Progress", "Status", "home_of", "of_tasks", "prune", "read", "report", "tell"]
