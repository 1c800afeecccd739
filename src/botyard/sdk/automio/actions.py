"""Actions and their runs."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx2

from botyard.sdk.automio import environment, retrying, sse
from botyard.sdk.automio.api.actions_api import ActionsApi as _ActionsApi
from botyard.sdk.automio.api_client import decoded, error_of, segment
from botyard.sdk.automio.exceptions import ServiceException, ServiceUnreachable
from botyard.sdk.automio.models import (
    Action,
    ActionRunRequest,
    ActionRunResponse,
    ActionRunStatusResponse,
    StatusEnum,
)
from botyard.sdk.automio.options import Options

_Listed = list[Action]  # the class has a method of that name
_Rows = list[str]
_OVER = frozenset({StatusEnum.COMPLETED, StatusEnum.FAILED, StatusEnum.STOPPED})


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
        request_key: str | None = None,
    ) -> ActionRunResponse:
        """Run an action, named by its id or its slug, and return the run; the same one for the same `request_key`.

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
        headers = {} if request_key is None else {"Idempotency-Key": request_key}
        request = ActionRunRequest.from_dict(asked) if asked else None
        return self.actions_run_create(action_id, request, _headers=headers)

    def new_request_key(self) -> str:
        """Return a key for `run`, which finds the run again when its answer got lost. As in the vendor's 0.5.7."""
        return str(uuid.uuid4())

    def recover_run(self, action_slug: int | str, request_key: str) -> ActionRunResponse:
        """Return the run that a key was used for. Raises NotFoundException when there is none. As in 0.5.7."""
        path = f"/api/actions/{segment(action_slug)}/run-request/"
        query = {"app": environment.required_app_id(), "request_key": request_key}
        return self.api_client.ask(ActionRunResponse, "GET", path, query=query).data

    def stop(self, run_id: int | str, *, timeout: float = 30) -> dict[str, Any]:
        """Have a run cancelled, and return its `status` and whether it is over: `confirmed`. As in 0.5.7."""
        path, options = f"/api/actions/runs/{segment(run_id)}/stop/", Options(_request_timeout=timeout)
        return self.api_client.ask(dict[str, Any], "POST", path, options=options).data

    def run_status(self, run_id: int | str) -> ActionRunStatusResponse:
        """Return how a run is, which the vendor's 0.1.6 cannot."""
        return self.actions_runs_status_retrieve(run_id)

    def runStatus(self, run_id: int | str) -> ActionRunStatusResponse:  # noqa: N802 -- as in the vendor's package
        """Return how a run is."""
        return self.run_status(run_id)

    def wait_for_run(
        self,
        run_id: int | str,
        timeout: float = 600,
        poll_interval: float = 1,
        max_consecutive_errors: int | None = None,
    ) -> ActionRunStatusResponse:
        """Return how a run ended. As in 0.5.7.

        A server that cannot be reached or fails is asked again, `max_consecutive_errors` times when that is given.
        Raises TimeoutError when the run is not over in time, ApiException when the server refuses.
        """
        end, failures = time.monotonic() + timeout, 0
        while True:
            try:
                found = self.run_status(run_id)
                failures = 0
                if found.status in _OVER:
                    return found
            except (ServiceUnreachable, ServiceException):
                failures += 1
                if max_consecutive_errors is not None and failures > max_consecutive_errors:
                    raise
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"Run {run_id} is not over after {timeout:g} s. Look at its page, or wait longer.")
            time.sleep(min(poll_interval, left))

    def waitForRun(  # noqa: N802 -- as in the vendor's package
        self,
        run_id: int | str,
        timeout: float = 600,
        poll_interval: float = 1,
        max_consecutive_errors: int | None = None,
    ) -> ActionRunStatusResponse:
        """Return how a run ended."""
        return self.wait_for_run(run_id, timeout, poll_interval, max_consecutive_errors)

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
