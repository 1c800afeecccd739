"""Parameters: what an automation takes and gives, by name and type.

An automation declares each as `name`, `type` (string, int, double, bool, datetime, file), `array`, and `scope`: In is
given with a task, Out comes back from its bot, InOut is both. Every dialect checks what it is given against them in
the same way (`accept`); names match whatever their case, and what is not declared passes as it is. What a bot returns
is never lost when it has another type than declared: `faults_of` says what is wrong, and `render_outputs` leaves it
out where only typed values may be.
"""

from botyard.core.parameters.accept import Link, accept, links_of, without_queries
from botyard.core.parameters.convert import MAX_LINK
from botyard.core.parameters.declare import SCOPES, TYPES, checked
from botyard.core.parameters.outputs import faults_of, render_outputs

__all__ = [
    "MAX_LINK",
    "SCOPES",
    "TYPES",
    "Link",
    "accept",
    "checked",
    "faults_of",
    "links_of",
    "render_outputs",
    "without_queries",
]
