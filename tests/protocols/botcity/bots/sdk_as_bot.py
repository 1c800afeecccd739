"""Run by the interpreter of a real SDK as a runner starts a bot: `server task_id token organization`."""

from __future__ import annotations

import os
import tempfile

from botcity.maestro import AlertType, AutomationTaskFinishStatus, BotMaestroSDK  # type: ignore[import-not-found]

maestro = BotMaestroSDK.from_sys_args()
execution = maestro.get_execution()
assert execution.parameters == {"invoice": 7}, execution.parameters
assert maestro.get_task(execution.task_id).state == "RUNNING"
maestro.alert(execution.task_id, "Working", "as told", AlertType.INFO)
handle, path = tempfile.mkstemp(suffix=".txt")
os.write(handle, b"result")
os.close(handle)
maestro.post_artifact(execution.task_id, "result.txt", path)
maestro.create_task("TestCI", {"follows": execution.task_id})
maestro.finish_task(execution.task_id, AutomationTaskFinishStatus.SUCCESS, "done")
assert maestro.get_task(execution.task_id).finish_status == "SUCCESS"
