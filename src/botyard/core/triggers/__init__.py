"""Triggers: rows of a table that come, change or go start actions.

An action of the type `trigger_action` names a table of its app and what it waits for. The change of rows and the note
that it happened are one transaction; a server then starts a run of each action that waited, once and no more, whatever
happens to servers in between. A run whose own changes start runs leads nowhere for ever: after a few in a row it ends.
"""

from botyard.core.triggers.fire import ACTOR, Fired, fire, has_work
from botyard.core.triggers.watch import MAX_BYTES, MAX_DEPTH, MAX_ROWS, TOPIC, Watch

__all__ = ["ACTOR", "MAX_BYTES", "MAX_DEPTH", "MAX_ROWS", "TOPIC", "Fired", "Watch", "fire", "has_work"]
