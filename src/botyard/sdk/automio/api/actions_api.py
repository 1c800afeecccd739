"""Calls about actions and their runs."""

from __future__ import annotations

from typing import Unpack

from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_client import segment
from botyard.sdk.automio.api_response import ApiResponse
from botyard.sdk.automio.models import Action, ActionRunRequest, ActionRunResponse, ActionRunStatusResponse
from botyard.sdk.automio.options import Options


class ActionsApi(Operations):
    """Actions of the token's app."""

    def actions_list(self, **options: Unpack[Options]) -> list[Action]:
        """Return the actions."""
        return self.actions_list_with_http_info(**options).data

    def actions_list_with_http_info(self, **options: Unpack[Options]) -> ApiResponse[list[Action]]:
        """Return the actions, with the answer around them."""
        return self.api_client.ask(list[Action], "GET", "/api/actions/", options=options)

    def actions_run_create(
        self, id: int | str, action_run_request: ActionRunRequest | None = None, **options: Unpack[Options]
    ) -> ActionRunResponse:
        """Run an action, which is named by its id or its slug."""
        return self.actions_run_create_with_http_info(id, action_run_request, **options).data

    def actions_run_create_with_http_info(
        self, id: int | str, action_run_request: ActionRunRequest | None = None, **options: Unpack[Options]
    ) -> ApiResponse[ActionRunResponse]:
        """Run an action, with the answer around its run."""
        path = f"/api/actions/{segment(id)}/run/"
        return self.api_client.ask(ActionRunResponse, "POST", path, body=action_run_request, options=options)

    def actions_runs_status_retrieve(self, id: int | str, **options: Unpack[Options]) -> ActionRunStatusResponse:
        """Return how a run is."""
        return self.actions_runs_status_retrieve_with_http_info(id, **options).data

    def actions_runs_status_retrieve_with_http_info(
        self, id: int | str, **options: Unpack[Options]
    ) -> ApiResponse[ActionRunStatusResponse]:
        """Return how a run is, with the answer around it."""
        path = f"/api/actions/runs/{segment(id)}/status/"
        return self.api_client.ask(ActionRunStatusResponse, "GET", path, options=options)
