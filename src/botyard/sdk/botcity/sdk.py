"""`BotMaestroSDK`: all calls of a bot in one object."""

from __future__ import annotations

from botyard.sdk.botcity.credentials import CredentialCalls
from botyard.sdk.botcity.faults import FaultCalls
from botyard.sdk.botcity.files import FileCalls
from botyard.sdk.botcity.guards import ensure_access_token, since_version
from botyard.sdk.botcity.pools import PoolCalls
from botyard.sdk.botcity.records import RecordCalls
from botyard.sdk.botcity.tasks import TaskCalls

__all__ = ["BotMaestroSDK", "ensure_access_token", "since_version"]


class BotMaestroSDK(TaskCalls, RecordCalls, FileCalls, FaultCalls, CredentialCalls, PoolCalls):
    """The client of a bot, by hand or started by a runner. May be used from several threads.

        maestro = BotMaestroSDK.from_sys_args()
        execution = maestro.get_execution()
        maestro.finish_task(execution.task_id, AutomationTaskFinishStatus.SUCCESS, total_items=1, processed_items=1)

    Names, parameters, results and errors are those of `botcity-maestro-sdk` 0.9.1; what is better than there is said
    where it is. For all calls: connections are kept and reused, and labels and ids may have any characters.
    """
