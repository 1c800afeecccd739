"""`MaestroClient`: one session with a server, and eleven helpers with its calls."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from botyard.sdk import transport
from botyard.sdk.failures import CallFailed
from botyard.sdk.maestro_client import resources
from botyard.sdk.maestro_client.helpers import MaestroClientError, MaestroResponse
from botyard.sdk.transport import Reply

#: How long the server is trusted to know a token, in seconds.
_TOKEN_SECONDS = 3600.0


class MaestroClient:
    """A client of Botyard, and of every server that speaks the same API. May be used from several threads.

        client = MaestroClient(login="your_login", key="your_key", base_url="https://botyard.example.org")
        tasks = client.tasks.list(page=1, size=50)

    Names, parameters and results are those of `botcity-maestro-client` 1.0.1. As there, and other than its guide
    says, a call that the server refuses returns a response with `ok` False; with `raise_errors=True` it raises
    MaestroClientError, as the guide says. Pages are asked for as they are given.

    Better than there: a token is fetched on the first call, when it is old and when the server refuses it (the
    vendor's package waits for ever then), once for all threads; an organization that was set stays when a token is
    renewed; files can be uploaded; values in addresses may have any characters; connections are kept and reused.
    """

    def __init__(
        self,
        login: str,
        key: str,
        base_url: str = "https://developers.botcity.dev",
        *,
        request_timeout: float = 30.0,
        token_skew: int = 10,
        default_org_header: str = "X-Organization",
        raise_errors: bool = False,
    ) -> None:
        """Remember where and as whom to log in; nothing is sent yet.

        `base_url` is an address, or a bare name: "maestro.example.org" means https, "localhost:8080" http. A token is
        renewed `token_skew` seconds before an hour is over.
        """
        self.base_url = transport.address(base_url)
        self.login_value = login
        self.key_value = key
        self.timeout = request_timeout
        self.token_skew = token_skew
        self.org_header_name = default_org_header
        self.raise_errors = raise_errors

        self._token: str | None = None
        self._organization: str | None = None
        self._chosen_organization: str | None = None
        self._token_expires_at = 0.0
        self._lock = threading.RLock()

        self.tasks = resources.Tasks(self)
        self.logs = resources.Logs(self)
        self.automations = resources.Automations(self)
        self.bots = resources.Bots(self)
        self.runners = resources.Runners(self)
        self.credentials = resources.Credentials(self)
        self.datapools = resources.Datapools(self)
        self.result_files = resources.ResultFiles(self)
        self.errors = resources.Errors(self)
        self.schedules = resources.Schedules(self)
        self.workspaces = resources.Workspaces(self)

    @property
    def token(self) -> str | None:
        """The token that calls are sent with; None before the first."""
        return self._token

    @property
    def organization(self) -> str | None:
        """The label of the workspace: what was set, else what the login told."""
        return self._chosen_organization or self._organization

    def known_organization(self) -> str | None:
        """Return the organization, logged in for it if need be."""
        if self.organization is None:
            self._valid_token()
        return self.organization

    def set_organization(self, organization: str) -> None:
        """Send another organization than the login told, until `authenticate` is called."""
        self._chosen_organization = organization

    def authenticate(self) -> MaestroResponse:
        """Log in. Raises MaestroClientError when the server refuses or answers without a token."""
        with self._lock:
            self._chosen_organization = None
            return self._log_in()

    def request_raw(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, Any] | None = None,
        json: Any = None,
        files: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        retry_on_401: bool = True,
        stream: bool = False,
    ) -> MaestroResponse:
        """Make any call, logged in.

        `path` is an address, or is appended to the server's, below `/api/v2`. With `files`, as `requests` takes them,
        a form is sent instead of `json`. `retry_on_401`: renew the token once when the server does not know it.
        `stream` changes nothing, as in the vendor's package: an answer is read whole, and `raw.iter_content` cuts it.
        """
        del stream
        url = self._address_of(path)
        body = {"json": None if files else json, "files": files}
        try:
            token = self._valid_token()
            reply = self._send(token, method, url, headers, params=params, **body)
            if reply.status_code == 401 and retry_on_401:
                _rewind(files or {})
                reply = self._send(self._valid_token(refused=token), method, url, headers, params=params, **body)
        except CallFailed as error:
            if self.raise_errors:
                raise MaestroClientError(str(error)) from error
            raise
        return self._checked(MaestroResponse.of(reply), method)

    def _send(self, token: str, method: str, url: str, extra: Mapping[str, str] | None, **options: Any) -> Reply:
        headers: dict[str, str | None] = {"Authorization": f"Bearer {token}", self.org_header_name: self.organization}
        if options["files"] is None:
            headers["Content-Type"] = "application/json"
        return transport.send(
            method.upper(), url, headers={**headers, **(extra or {})}, timeout=self.timeout, **options
        )

    def _valid_token(self, refused: str | None = None) -> str:
        """Return a token that is not old, and not the one that was refused: another thread may have renewed it."""
        with self._lock:
            old = time.time() >= self._token_expires_at - self.token_skew
            if self._token is None or old or self._token == refused:
                self._log_in()
            return self._token or ""

    def _log_in(self) -> MaestroResponse:
        url = f"{self.base_url}/api/v2/workspace/login"
        login = {"login": self.login_value, "key": self.key_value}
        response = MaestroResponse.of(transport.send("POST", url, json=login, timeout=self.timeout))
        data = response.data if isinstance(response.data, dict) else {}
        token, organization = data.get("accessToken"), data.get("organizationLabel")
        if not response.ok or not token or not organization:
            told = response.raw.text if response.raw else ""
            raise MaestroClientError(f"The login failed: {response.status_code} {told}", response=response)
        self._token, self._organization = token, organization
        self._token_expires_at = time.time() + _TOKEN_SECONDS
        return response

    def _checked(self, response: MaestroResponse, method: str) -> MaestroResponse:
        if self.raise_errors and not response.ok:
            told = response.data.get("message") if isinstance(response.data, dict) else response.data
            message = f"{method.upper()} {transport.origin(response.url)}: {response.status_code} {told}"
            raise MaestroClientError(message, response=response)
        return response

    def _address_of(self, path: str) -> str:
        if path.startswith(("http://", "https://")):
            return path
        path = path if path.startswith("/") else f"/{path}"
        return f"{self.base_url}{path if path.startswith('/api/v2') else f'/api/v2{path}'}"


def _rewind(files: Mapping[str, Any]) -> None:
    """Go back to the beginning of files that were sent, so that they can be sent again."""
    for given in files.values():
        content = given[1] if isinstance(given, tuple) else given
        if hasattr(content, "seek"):
            content.seek(0)
