"""Telling people what a run is about, as `automio` 0.5.7 does."""

from __future__ import annotations

from typing import Any

from botyard.sdk.automio import environment
from botyard.sdk.automio.api.operations import Operations
from botyard.sdk.automio.api_client import segment


class RuntimeApi(Operations):
    """Sends notifications."""

    def send_notification(
        self,
        title: str,
        description: str = "",
        kind: str = "info",
        event_key: str = "custom",
        image: str | None = None,
        data: dict[str, Any] | None = None,
        actions: list[Any] | None = None,
        organization_id: int | None = None,
    ) -> Any:
        """Send a notification to the person that the token stands for: on the page of its run, else by mail.

        `kind` is "info", "success", "warning" or "error". Raises ValueError without a title or an app, ApiException
        when the server refuses.
        """
        if not title:
            raise ValueError("The title is missing.")
        given = {"image": image, "data": data, "actions": actions, "organization_id": organization_id}
        body: dict[str, Any] = {"title": title, "description": description, "kind": kind, "event_key": event_key}
        body |= {name: value for name, value in given.items() if value is not None}
        path = f"/api/apps/{segment(environment.required_app_id())}/notifications/"
        return self.api_client.ask(dict[str, Any], "POST", path, body=body).data
