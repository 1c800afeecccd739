"""Actions and their runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2

from botyard.sdk.automio import environment, retrying, sse
from botyard.sdk.automio.api.actions_api import ActionsApi as _ActionsApi
from botyard.sdk.automio.api_client import decoded, error_of
from botyard.sdk.automio.models import Action, ActionRunRequest, ActionRunResponse, ActionRunStatusResponse
from botyard.sdk.automio.options import Options

_Listed = list[Action]  # the class has a method of that name
_Rows = list[str]


class ActionsApi(_ActionsApi):
    """Lists, runs and follows the actions of the app."""

    def list(self) -> _Listed:
        """Return the actions. Raises ValueError without an app, ApiException when the server refuses."""
        app = environment.required_app_id()

        def send() -> httpx2.Response:
            return self.api_client.send("GET", "/api/actions/", query={"app": app})

        response = retrying.patiently(send, repeatable=True)
        if not response.is_success:
            raise error_of(response)
        return decoded(response, _Listed) if response.content else []

    def run(
        self,
        action_id: int | str,
        selected_rows: _Rows | None = None,
        selected_all: bool | None = None,
        filter_params: dict[str, Any] | None = None,
        user_input: dict[str, Any] | None = None,
        connection_id: int | str | None = None,
        language: str | None = None,
    ) -> ActionRunResponse:
        """Run an action, named by its id or its slug, and return the run.

        Raises ApiException when the server refuses; among these is 402, for which the vendor's package ends the whole
        program. That takes an id only.
        """
        given = {
            "selected_rows": selected_rows,
            "selected_all": selected_all,
            "filter_params": filter_params,
            "user_input": user_input,
            "connection_id": None if connection_id is None else str(connection_id),
            "language": language,
        }
        asked = {name: value for name, value in given.items() if value is not None}
        return self.actions_run_create(action_id, ActionRunRequest.from_dict(asked) if asked else None)

    def run_status(self, run_id: int | str) -> ActionRunStatusResponse:
        """Return how a run is, which the vendor's 0.1.6 cannot."""
        return self.actions_runs_status_retrieve(run_id)

    def runStatus(self, run_id: int | str) -> ActionRunStatusResponse:  # noqa: N802 -- as in the vendor's package
        """Return how a run is."""
        return self.run_status(run_id)

    def stream_logs(self, task_id: str, skip_existing: bool = False, timeout: float = 300) -> Iterator[str]:
        """Yield the lines that a run prints until it has ended; with `skip_existing` only those that come from now on.

        The server may be silent for `timeout` seconds. Raises ValueError without a task or an app, ApiException when
        the server refuses or the connection is lost.
        """
        if not task_id:
            raise ValueError("The task is missing. Give the task_id of a run.")
        query = {
            "task_id": task_id,
            "app": environment.required_app_id(),
            "skip_existing": "1" if skip_existing else None,
        }
        options = Options(_request_timeout=timeout)
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}

        def send() -> httpx2.Response:
            path = "/api/actions/run-code-stream/"
            return self.api_client.send("GET", path, query=query, headers=headers, stream=True, options=options)

        response = retrying.patiently(send, repeatable=True)
        if not response.is_success:
            response.read()
            raise error_of(response)
        yield from sse.data_lines(response)

    def streamLogs(  # noqa: N802 -- as in the vendor's package
        self, task_id: str, skip_existing: bool = False, timeout: float = 300
    ) -> Iterator[str]:
        """Yield the lines that a run prints."""
        yield from self.stream_logs(task_id=task_id, skip_existing=skip_existing, timeout=timeout)
