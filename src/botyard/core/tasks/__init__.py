"""Tasks: one piece of work for an automation, tried in attempts until it ends.

Somebody creates a task; it waits in the queue until a runner leases it. A lease opens an attempt with
an epoch that grows by one and a token of its own; heartbeats keep the lease. Whoever holds the task
finishes it; when the lease is lost, the task goes back to the queue and the attempt can write nothing
more. Cancel, interrupt, kill and restart come from people or from bots. Each change is an event.
A task that is given files as links prepares first: they are fetched before it waits in the queue.
"""

from botyard.core.tasks.bulk import cancel_many, interrupt_many, kill_many, restart_many
from botyard.core.tasks.control import cancel, interrupt, kill, restart
from botyard.core.tasks.create import create, create_many
from botyard.core.tasks.demand import demand
from botyard.core.tasks.develop import Development, develop
from botyard.core.tasks.fence import attempt_of_runner, hold
from botyard.core.tasks.finish import finish
from botyard.core.tasks.inputs import (
    INPUTS,
    claim_inputs,
    fail_input,
    give_input,
    hold_input,
    input_of_attempt,
    inputs_due,
    inputs_of,
    release_inputs,
    renew_inputs,
    store_input,
)
from botyard.core.tasks.lease import lease_many
from botyard.core.tasks.model import (
    Action,
    Attempt,
    AttemptRef,
    Beat,
    Command,
    EndReport,
    Finish,
    InputFile,
    Lease,
    LeaseRequest,
    NewCredential,
    NewTask,
    Outcome,
    Reason,
    Standing,
    Task,
    TaskInput,
    Verdict,
)
from botyard.core.tasks.prune import delete, prune
from botyard.core.tasks.reap import Reaped, lose_all, reap
from botyard.core.tasks.report import end_many, heartbeat, release, standing, start
from botyard.core.tasks.rotate import ROTATING_DIALECTS, TOKEN_OVERLAP, ask_rotation, rotate_token
from botyard.core.tasks.search import (
    attempts_by_runner,
    attempts_of,
    count,
    count_by_runner,
    count_by_state,
    find,
    finished_by_hour,
    get,
    is_settled,
    page,
    search,
)
from botyard.core.tasks.states import FINAL, HELD, AttemptState, State
from botyard.core.tasks.waiting import why_waiting

__all__ = [
    "FINAL",
    "HELD",
    "INPUTS",
    "ROTATING_DIALECTS",
    "TOKEN_OVERLAP",
    "Action",
    "Attempt",
    "AttemptRef",
    "AttemptState",
    "Beat",
    "Command",
    "Development",
    "EndReport",
    "Finish",
    "InputFile",
    "Lease",
    "LeaseRequest",
    "NewCredential",
    "NewTask",
    "Outcome",
    "Reaped",
    "Reason",
    "Standing",
    "State",
    "Task",
    "TaskInput",
    "Verdict",
    "ask_rotation",
    "attempt_of_runner",
    "attempts_by_runner",
    "attempts_of",
    "cancel",
    "cancel_many",
    "claim_inputs",
    "count",
    "count_by_runner",
    "count_by_state",
    "create",
    "create_many",
    "delete",
    "demand",
    "develop",
    "end_many",
    "fail_input",
    "find",
    "finish",
    "finished_by_hour",
    "get",
    "give_input",
    "heartbeat",
    "hold",
    "hold_input",
    "input_of_attempt",
    "inputs_due",
    "inputs_of",
    "interrupt",
    "interrupt_many",
    "is_settled",
    "kill",
    "kill_many",
    "lease_many",
    "lose_all",
    "page",
    "prune",
    "reap",
    "release",
    "release_inputs",
    "renew_inputs",
    "restart",
    "restart_many",
    "rotate_token",
    "search",
    "standing",
    "start",
    "store_input",
    "why_waiting",
]
