"""The client itself."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any, NoReturn, Self

import httpx2
import msgspec

from botyard.sdk.automio import backends, environment, retrying
from botyard.sdk.automio.actions import ActionsApi
from botyard.sdk.automio.api_client import ApiClient
from botyard.sdk.automio.appfiles import FilesApi
from botyard.sdk.automio.caches import AppCacheApi, Task, UserCacheApi
from botyard.sdk.automio.configuration import Configuration
from botyard.sdk.automio.integrations import IntegrationsApi
from botyard.sdk.automio.plugins import PluginsApi
from botyard.sdk.automio.runtime import RuntimeApi
from botyard.sdk.automio.tables import TablesApi

logger = logging.getLogger("botyard.sdk.automio")


class API:
    """Everything that an action may ask the platform for; may be used from several threads at once.

    `actions`, `integrations`, `plugins` and `tables` are always there, and of the vendor's 0.5.7 `files` and `runtime`.
    `app_cache`, `user_cache` (also called `org_cache`) and `task` need the
    cache service (`CACHE_SERVICE_URL`) or, without it, Redis; where neither can be used that is logged, and they are
    missing. Nothing is asked of the server when a client is made.
    """

    actions: ActionsApi
    integrations: IntegrationsApi
    plugins: PluginsApi
    tables: TablesApi
    files: FilesApi
    runtime: RuntimeApi
    app_cache: AppCacheApi
    user_cache: UserCacheApi
    org_cache: UserCacheApi
    task: Task

    def __init__(self) -> None:
        self._client = ApiClient()
        self.actions = ActionsApi(self._client)
        self.integrations = IntegrationsApi(self._client)
        self.plugins = PluginsApi(self._client)
        self.tables = TablesApi(self._client, self.integrations)
        self.files = FilesApi(self._client)
        self.runtime = RuntimeApi(self._client)
        self._backend: backends.Backend | None = None
        self._missing = ""
        try:
            self._backend = backends.connect()
        except (OSError, ValueError) as error:
            self._missing = str(error)
            logger.error("There are no caches and no progress: %s", error)  # noqa: TRY400 -- one line says it all
            return
        self.app_cache = AppCacheApi(self._backend)
        self.user_cache = self.org_cache = UserCacheApi(self._backend)
        self.task = Task(self._backend)

    def __getattr__(self, name: str) -> NoReturn:
        """Say why a part of the client is missing."""
        if name in ("app_cache", "user_cache", "org_cache", "task"):
            raise AttributeError(f"api.{name} is missing: {self._missing}")
        raise AttributeError(f"The client has no {name}.")

    @property
    def configuration(self) -> Configuration:
        """Return where calls go to and with which token, as the environment says it now."""
        return Configuration(environment.base_url(), {"knoxApiToken": environment.authorization()})

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        if self._backend is not None:
            self._backend.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def notify_me(self, subject: str, text: str | None, html: str | None = None) -> Any:
        """Send a mail to the person that the token stands for, and return what the server says: text if it refuses.

        Raises ValueError without a text, ApiException when the server cannot be reached. (The vendor's package waits up
        to six minutes when the token does not hold, and may send a mail several times when the server fails.)
        """
        if not text and not html:
            raise ValueError("There is nothing to send. Give a text or html.")
        body = {"subject": subject, "text": text, "html": html}

        def send() -> httpx2.Response:
            return self._client.send("POST", "/api/integrations/mailer/notify-me/", body=body)

        response = retrying.patiently(send, repeatable=False)
        return msgspec.json.decode(response.content) if response.status_code < 400 else response.text
