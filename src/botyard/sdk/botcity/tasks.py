"""Calls about tasks: what a bot was started with, starting others, and how they end."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

from botyard.sdk.botcity.guards import ensure_access_token, since_version
from botyard.sdk.botcity.model import AutomationTask, AutomationTaskFinishStatus, BotExecution, ServerMessage
from botyard.sdk.botcity.session import Session, refuse
from botyard.sdk.transport import segment


class TaskCalls(Session):
    """Calls raise ValueError with the server's status and message when it refuses."""

    @ensure_access_token(invoke=True)
    def get_execution(self, task_id: Any = None) -> BotExecution:
        """Return what the bot was started with, with the task's parameters; offline without any.

        Raises ValueError when there is no task: neither given nor set, as when a bot runs by hand.
        """
        task_id = task_id or self.task_id
        if not self.access_token and not self.RAISE_NOT_CONNECTED:
            return BotExecution("", task_id, "", {})
        if not task_id:
            raise ValueError("There is no task. Give its id, or set BotMaestroSDK.task_id.")
        parameters = self.get_task(task_id).parameters
        return BotExecution(self.server or "", task_id, self.access_token or "", parameters or {})

    @ensure_access_token()
    def create_task(
        self,
        activity_label: str,
        parameters: dict[str, Any] | None,
        test: bool = False,
        priority: int = 0,
        min_execution_date: dt.datetime | None = None,
    ) -> AutomationTask:
        """Start an automation; priority 10 comes first, 0 last. A date without a zone means UTC."""
        body = {"activityLabel": activity_label, "test": test, "parameters": parameters, "priority": priority}
        if min_execution_date is not None:
            if not isinstance(min_execution_date, dt.datetime):
                raise ValueError(f"min_execution_date is a datetime, not {type(min_execution_date).__name__}.")
            body["minExecutionDate"] = min_execution_date.isoformat()
        reply = self.call_api("POST", "/task", json=body)
        return AutomationTask.from_json(reply.text) if reply.ok else refuse("task create", reply)

    @ensure_access_token()
    def get_task(self, task_id: Any) -> AutomationTask:
        """Return a task as it is now."""
        reply = self.call_api("GET", f"/task/{segment(task_id)}")
        return AutomationTask.from_json(reply.text) if reply.ok else refuse("task get", reply)

    @ensure_access_token()
    def finish_task(
        self,
        task_id: Any,
        status: AutomationTaskFinishStatus | str,
        message: str = "",
        total_items: int | None = None,
        processed_items: int | None = None,
        failed_items: int | None = None,
    ) -> ServerMessage:
        """Say how a task ended, and how many items it had.

        Of the three counts give two, and the third follows. Negative ones count as 0. None at all is a warning,
        because then nobody can tell what the task did; one alone, or three that do not add up, a ValueError.
        """
        total, processed, failed = self._validate_items(total_items, processed_items, failed_items)
        body = {
            "state": "FINISHED",
            "finishStatus": status,
            "finishMessage": message,
            "totalItems": total,
            "processedItems": processed,
            "failedItems": failed,
        }
        return self._change(task_id, body, "task finish")

    @ensure_access_token()
    def restart_task(self, task_id: Any) -> ServerMessage:
        """Have a task run again; the payload is the task."""
        return self._change(task_id, {"state": "START"}, "task restart")

    @since_version("2.0.0")
    @ensure_access_token()
    def interrupt_task(self, task_id: Any) -> ServerMessage:
        """Ask a task to stop; its bot sees that in `AutomationTask.is_interrupted`."""
        return self._change(task_id, {"interrupted": True}, "task interrupt")

    def _change(self, task_id: Any, body: dict[str, Any], what: str) -> ServerMessage:
        reply = self.call_api("POST", f"/task/{segment(task_id)}", json=body)
        return ServerMessage.from_json(reply.text) if reply.ok else refuse(what, reply)

    @staticmethod
    def _validate_items(total: int | None, processed: int | None, failed: int | None) -> tuple[int | None, ...]:
        counts = (total, processed, failed)
        if counts == (None, None, None):
            warnings.warn(
                "This task reports no items: give finish_task() how many there were, were processed and failed,"
                " so that it counts in reports.",
                stacklevel=4,
            )
            return counts
        if counts.count(None) > 1:
            raise ValueError("Give two of total_items, processed_items and failed_items, or all three.")
        if total is None:
            total = (processed or 0) + (failed or 0)
        if processed is None:
            processed = total - (failed or 0)
        if failed is None:
            failed = total - processed
        total, processed, failed = max(0, total), max(0, processed), max(0, failed)
        if total != processed + failed:
            raise ValueError(f"{total} items are not the sum of {processed} processed and {failed} failed ones.")
        return total, processed, failed
