"""The eleven helpers of `MaestroClient`: the calls about each kind of thing.

Every call returns the MaestroResponse of `MaestroClient.request_raw`. A parameter `extra` holds more of a list's
filters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botyard.sdk.maestro_client.helpers import MaestroResponse
from botyard.sdk.transport import segment

if TYPE_CHECKING:
    from botyard.sdk.maestro_client.maestro_client import MaestroClient

Id = str | int


class _Resource:
    def __init__(self, client: MaestroClient) -> None:
        self._client = client

    def _get(self, path: str, query: Mapping[str, Any] | None = None) -> MaestroResponse:
        return self._client.request_raw("GET", path, params=dict(query) if query else None)

    def _post(self, path: str, body: Any = None) -> MaestroResponse:
        return self._client.request_raw("POST", path, json=body)

    def _page(
        self, path: str, page: int, size: int, extra: Mapping[str, Any] | None, label: str | None = None
    ) -> MaestroResponse:
        return self._get(path, {"page": page, "size": size, **({"label": label} if label else {}), **(extra or {})})


class Tasks(_Resource):
    """Tasks: start them, follow them, end them."""

    def list(self, **kwargs: Any) -> MaestroResponse:
        """List tasks; what is given is the query."""
        return self._get("/api/v2/task", kwargs)

    def create(self, automation_label: str, data: dict[str, Any]) -> MaestroResponse:
        """Start an automation with parameters."""
        return self._post("/api/v2/task", {"automationLabel": automation_label, "data": data})

    def get(self, task_id: Id) -> MaestroResponse:
        """Read a task."""
        return self._get(f"/api/v2/task/{segment(task_id)}")

    def cancel(self, task_id: Id) -> MaestroResponse:
        """Cancel a task."""
        return self._post(f"/api/v2/task/{segment(task_id)}/cancel")

    def finish(self, task_id: Id, result: dict[str, Any] | None = None) -> MaestroResponse:
        """Say how a task ended; with success when nothing is given."""
        return self._post(f"/api/v2/task/{segment(task_id)}/finish", result or {})

    def restart(self, task_id: Id) -> MaestroResponse:
        """Have a task run again."""
        return self._post(f"/api/v2/task/{segment(task_id)}/restart")


class Logs(_Resource):
    """Logs. The guide says `/api/v2/log`; as the package does, these go to `/api/v2/maestro/api/logs`."""

    def create(self, label: str, message: str, level: str = "INFO", **kwargs: Any) -> MaestroResponse:
        """Add a line to a log, which is made when it is missing."""
        return self._post("/maestro/api/logs", {"label": label, "message": message, "level": level, **kwargs})

    def list(
        self, *, label: str | None = None, page: int = 1, size: int = 50, extra: dict[str, Any] | None = None
    ) -> MaestroResponse:
        """List logs."""
        return self._page("/maestro/api/logs", page, size, extra, label)

    def get(self, log_id: Id) -> MaestroResponse:
        """Read a log with its latest lines."""
        return self._get(f"/maestro/api/logs/{segment(log_id)}")

    def delete(self, log_id: Id) -> MaestroResponse:
        """Delete a log."""
        return self._client.request_raw("DELETE", f"/maestro/api/logs/{segment(log_id)}")

    def download(self, log_id: Id) -> MaestroResponse:
        """Read a log as CSV."""
        return self._get(f"/maestro/api/logs/{segment(log_id)}/download")


class Automations(_Resource):
    """Automations."""

    def list(
        self, *, label: str | None = None, page: int = 1, size: int = 50, extra: dict[str, Any] | None = None
    ) -> MaestroResponse:
        """List automations."""
        return self._page("/api/v2/activity", page, size, extra, label)

    def get(self, automation_label: str) -> MaestroResponse:
        """Read an automation."""
        return self._get(f"/api/v2/activity/{segment(automation_label)}")


class Bots(_Resource):
    """Bots: what automations run, in versions."""

    def list(self, page: int = 1, size: int = 50, extra: dict[str, Any] | None = None) -> MaestroResponse:
        """List bots."""
        return self._page("/api/v2/bot", page, size, extra)

    def get(self, bot_id: str, bot_version: str) -> MaestroResponse:
        """Read a version of a bot."""
        return self._get(f"/api/v2/bot/{segment(bot_id)}/version/{segment(bot_version)}")

    def create(self, *, label: str, repository: str | None = None, **kwargs: Any) -> MaestroResponse:
        """Make a bot."""
        own = {"label": label, **({"repository": repository} if repository else {})}
        return self._post("/api/v2/bot", {**own, **kwargs})

    def update(self, bot_id: Id, **fields: Any) -> MaestroResponse:
        """Change a bot."""
        return self._client.request_raw("PUT", f"/api/v2/bot/{segment(bot_id)}", json=fields)

    def release(self, bot_id: Id, **fields: Any) -> MaestroResponse:
        """Have tasks run a version of a bot: the latest when none is given."""
        return self._post(f"/api/v2/bot/{segment(bot_id)}/release", fields)


class Runners(_Resource):
    """Runners."""

    def get_info(self, runner_id: Id) -> MaestroResponse:
        """Read a runner."""
        return self._get(f"/api/v2/machine/{segment(runner_id)}")

    def get_log(self, runner_id: Id) -> MaestroResponse:
        """Read which tasks a runner had, as text."""
        return self._get(f"/api/v2/machine/log/{segment(runner_id)}")

    def get_tasks_summary(self, runner_id: Id) -> MaestroResponse:
        """Count a runner's tasks of the last 30 days."""
        return self._get(f"/api/v2/machine/{segment(runner_id)}/tasks-summary", {"days": 30})


class Credentials(_Resource):
    """Credentials: sets of secrets, each with a key."""

    def list(self, page: int = 1, size: int = 50, extra: dict[str, Any] | None = None) -> MaestroResponse:
        """List credentials, without their secrets."""
        return self._page("/api/v2/credential", page, size, extra)

    def get(self, credential_id: Id) -> MaestroResponse:
        """Read a credential with its secrets."""
        return self._get(f"/api/v2/credential/{segment(credential_id)}")

    def get_key(self, credential_id: str, credential_key: str) -> MaestroResponse:
        """Read one secret, as text."""
        return self._get(f"/api/v2/credential/{segment(credential_id)}/key/{segment(credential_key)}")

    def create(
        self, label: str, values: dict[str, Any], repository_label: str = "DEFAULT", **kwargs: Any
    ) -> MaestroResponse:
        """Make a credential."""
        body = {
            "label": label,
            "organizationLabel": self._client.known_organization(),
            "repositoryLabel": repository_label,
            "secrets": [{"key": key, "value": value} for key, value in values.items()],
        }
        return self._post("/api/v2/credential", {**body, **kwargs})


class Datapools(_Resource):
    """Datapools."""

    def list(self, page: int = 1, size: int = 50, extra: dict[str, Any] | None = None) -> MaestroResponse:
        """List datapools."""
        return self._page("/api/v2/datapool", page, size, extra)

    def get(self, datapool_label: str) -> MaestroResponse:
        """Read a datapool."""
        return self._get(f"/api/v2/datapool/{segment(datapool_label)}")

    def view(self, datapool_label: str) -> MaestroResponse:
        """List the entries of a datapool."""
        return self._get(f"/api/v2/datapool/{segment(datapool_label)}/view")

    def summary(self, datapool_label: str) -> MaestroResponse:
        """Count the entries of a datapool by state."""
        return self._get(f"/api/v2/datapool/{segment(datapool_label)}/summary")

    def create(self, **kwargs: Any) -> MaestroResponse:
        """Make a datapool."""
        return self._post("/api/v2/datapool", kwargs)

    def add_item(self, datapool_label: str, **kwargs: Any) -> MaestroResponse:
        """Add an entry: `priority` and `values`."""
        return self._post(f"/api/v2/datapool/{segment(datapool_label)}/push", kwargs)


class ResultFiles(_Resource):
    """Result files."""

    def list(self, page: int = 1, size: int = 50, **kwargs: Any) -> MaestroResponse:
        """List result files; more filters by name."""
        return self._get("/api/v2/artifact", {"size": size, "page": page, **kwargs})

    def get(self, artifact_id: Id) -> MaestroResponse:
        """Read what is known of a result file."""
        return self._get(f"/api/v2/artifact/{segment(artifact_id)}")

    def get_file(self, artifact_id: Id) -> MaestroResponse:
        """Read the bytes of a result file."""
        return self._get(f"/api/v2/artifact/{segment(artifact_id)}/file")


class Errors(_Resource):
    """Errors that bots reported."""

    def list(self, page: int = 1, size: int = 50, extra: dict[str, Any] | None = None) -> MaestroResponse:
        """List errors."""
        return self._page("/api/v2/error", page, size, extra)

    def get(self, error_id: Id) -> MaestroResponse:
        """Read an error."""
        return self._get(f"/api/v2/error/{segment(error_id)}")

    def get_by_automation(self, automation_label: str) -> MaestroResponse:
        """List the errors of an automation in the last 30 days."""
        return self._get("/api/v2/error", {"AutomationLabel": automation_label, "days": 30})


class Schedules(_Resource):
    """Schedules."""

    def list(self, page: int = 1, size: int = 50, extra: dict[str, Any] | None = None) -> MaestroResponse:
        """List schedules."""
        return self._page("/api/v2/scheduling", page, size, extra)

    def get(self, schedule_id: Id) -> MaestroResponse:
        """Read a schedule."""
        return self._get(f"/api/v2/scheduling/{segment(schedule_id)}")

    def create(self, **fields: Any) -> MaestroResponse:
        """Make a schedule."""
        return self._post("/api/v2/scheduling", fields)

    def update(self, schedule_id: Id, **fields: Any) -> MaestroResponse:
        """Change a schedule; what is not given stays."""
        return self._client.request_raw("PUT", f"/api/v2/scheduling/{segment(schedule_id)}", json=fields)

    def delete(self, schedule_id: Id) -> MaestroResponse:
        """Delete a schedule."""
        return self._client.request_raw("DELETE", f"/api/v2/scheduling/{segment(schedule_id)}")


class Workspaces(_Resource):
    """Workspaces. The guide says `/api/v2/workspaces`; as the package does, these go to an address of their own."""

    def list(self, page: int = 1, size: int = 50, extra: dict[str, Any] | None = None) -> MaestroResponse:
        """List the workspaces that the token may see."""
        return self._page("/maestro/api/workspaces", page, size, extra)

    def get(self, workspace_id: Id) -> MaestroResponse:
        """Read a workspace."""
        return self._get(f"/maestro/api/workspaces/{segment(workspace_id)}")
