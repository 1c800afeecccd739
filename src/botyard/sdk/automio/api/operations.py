"""What the classes of the API have in common."""

from __future__ import annotations

from botyard.sdk.automio.api_client import ApiClient


class Operations:
    """Calls of the API, made by a client."""

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = ApiClient.get_default() if api_client is None else api_client
