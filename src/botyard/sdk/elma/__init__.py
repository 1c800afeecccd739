"""A typed client of the task queue of ELMA RPA, for the programs that start processes: a BPM, an ERP, a script.

    from botyard.sdk.elma import TaskQueue

    queue = TaskQueue("http://127.0.0.1:8080/default", token)
    task = queue.wait(queue.create(process, {"Customer": "ACME"}).id)
    print(task.output["total"])

There is no package of the vendor for this; the calls are those that the vendor publishes, and the client works with any
server that answers them.
"""

from botyard.sdk.elma.client import TaskQueue
from botyard.sdk.elma.errors import Busy, Conflict, ElmaError, Forbidden, Malformed, Missing, NotEnded, UnknownSystem
from botyard.sdk.elma.model import Metrics, Priority, Process, Status, Task

__all__ = [
    "Busy",
    "Conflict",
    "ElmaError",
    "Forbidden",
    "Malformed",
    "Metrics",
    "Missing",
    "NotEnded",
    "Priority",
    "Process",
    "Status",
    "Task",
    "TaskQueue",
    "UnknownSystem",
]
