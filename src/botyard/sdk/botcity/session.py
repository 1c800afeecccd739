"""Who talks to which server: address, login, token, and the one place where requests are sent."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any, NoReturn, Self

from botyard.sdk import transport
from botyard.sdk.failures import CallFailed
from botyard.sdk.transport import Reply, Timeout, Verify

#: What stands for the version of a server that could not be asked.
_ANY_VERSION = "999.0.0"
_LOGOFF_SECONDS = 5.0


class Session:
    """The connection of a bot. `BotMaestroSDK` is one, with all calls."""

    _notified_disconnect = False
    #: False: without a token, calls warn and do nothing (offline mode).
    RAISE_NOT_CONNECTED = True
    #: Whether to check certificates, or the file of the authorities to check them against.
    VERIFY_SSL_CERT: Verify = True
    #: True: in offline mode calls return empty objects.
    MOCK_OBJECT_WHEN_DISCONNECTED = False

    def __init__(self, server: str | None = None, login: str | None = None, key: str | None = None) -> None:
        """Remember where and as whom to log in; nothing is sent before `login`.

        `server` is an address, or a bare name: "maestro.example.org" means https, "localhost:8080" http.
        """
        self._server: str | None = None
        self._login = login
        self._key = key
        self._access_token: str | None = None
        self._task_id: Any = 0
        self._version: str | None = None
        self._timeout: Timeout = 30.0
        self.server = server

    @classmethod
    def from_sys_args(cls, default_server: str = "", default_login: str = "", default_key: str = "") -> Self:
        """Return the session of a bot that a runner started: `server task_id token organization` as arguments.

        With fewer than three of them somebody runs the bot by hand: then the defaults count, and a default server
        means to log in there.
        """
        if len(sys.argv) < 4:
            session = cls(server=default_server, login=default_login, key=default_key)
            if default_server:
                session.login()
            return session
        session = cls()
        session.server, session.task_id, session.access_token = sys.argv[1:4]
        session.organization = sys.argv[4] if len(sys.argv) > 4 else ""
        session._ask_version()
        return session

    @property
    def server(self) -> str | None:
        """The address of the server, with its scheme and without a slash at its end."""
        return self._server

    @server.setter
    def server(self, server: str | None) -> None:
        self._server = transport.address(server) if server else server

    @property
    def access_token(self) -> str | None:
        """The token that calls are sent with; None before a login."""
        return self._access_token

    @access_token.setter
    def access_token(self, token: str | None) -> None:
        self._access_token = token

    @property
    def organization(self) -> str | None:
        """The label of the workspace, or the login name."""
        return self._login

    @organization.setter
    def organization(self, organization: str | None) -> None:
        self._login = organization

    @property
    def task_id(self) -> Any:
        """The id of the task that the bot works on; 0 when it has none."""
        return self._task_id

    @task_id.setter
    def task_id(self, task_id: Any) -> None:
        self._task_id = task_id

    @property
    def version(self) -> str | None:
        """The version of the server; None before a login."""
        return self._version

    @property
    def timeout(self) -> Timeout:
        """How many seconds a call waits for the server."""
        return self._timeout

    @timeout.setter
    def timeout(self, value: Timeout) -> None:
        self._timeout = value

    @property
    def is_online(self) -> bool:
        """Whether there is a token; the server is not asked."""
        return bool(self.access_token)

    def login(self, server: str | None = None, login: str | None = None, key: str | None = None) -> None:
        """Get a token. What is given replaces what the session was made with.

        Raises ValueError when something is missing or the server refuses, and CallFailed when it does not answer.
        Better than in the vendor's package: an answer without a token is a ValueError that shows it, not a KeyError.
        """
        if server:
            self.server = server
        self._login = login or self._login
        self._key = key or self._key
        for name, value in (("server", self._server), ("login", self._login), ("key", self._key)):
            if not value:
                raise ValueError(f"There is no {name} to log in with. Give it to BotMaestroSDK() or to login().")
        self._access_token = None
        self._ask_version()
        body = json.dumps({"login": self._login, "key": self._key})
        reply = self._request("POST", "/workspace/login", content=body, headers=_JSON)
        token = json_object(reply).get("accessToken") if reply.ok else None
        if not token:
            raise ValueError(f"The login failed. The server answered {reply.status_code}: {reply.text}")
        self.access_token = token

    def logoff(self) -> None:
        """Have the server revoke the token, and forget it.

        Better than in the vendor's package, which forgets the token and leaves it valid. The token of a task is only
        forgotten, because it ends with the task; so is one of a server that cannot revoke or does not answer.
        """
        if self.access_token and self._server:
            with suppress(CallFailed):
                self._request("DELETE", "/workspace/login", headers=self._headers(), timeout=_LOGOFF_SECONDS)
        self.access_token = None

    def call_api(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: str | None = None,
        params: dict[str, Any] | None = None,
        files: dict[str, Any] | None = None,
    ) -> Reply:
        """Make a call below `/api/v2` and return the answer, whatever its status."""
        headers = self._headers()
        if files is not None:
            del headers["Content-Type"]  # the form names its own
        return self._request(method, path, headers=headers, json=json, content=content, params=params, files=files)

    def _headers(self) -> dict[str, str | None]:
        """Return the headers that identify this session."""
        return {**_JSON, "token": self.access_token, "organization": self.organization}

    def _request(self, method: str, path: str, *, timeout: Timeout = None, **options: Any) -> Reply:
        url = f"{self._server}/api/v2{path}"
        return transport.send(method, url, timeout=timeout or self._timeout, verify=self.VERIFY_SSL_CERT, **options)

    def _ask_version(self) -> None:
        try:
            self._version = _version(self._request("GET", "/maestro/version"))
        except (CallFailed, ValueError):
            if self.RAISE_NOT_CONNECTED:
                raise
            self._version = _ANY_VERSION


_JSON: dict[str, str | None] = {"Content-Type": "application/json"}


def refuse(what: str, reply: Reply) -> NoReturn:
    """Raise the ValueError of a call that the server refused, with its status and its message."""
    message = json_object(reply).get("message") or reply.text
    raise ValueError(f"Error during {what}. Server returned {reply.status_code}. {message}")


def _version(reply: Reply) -> str:
    reply.raise_for_status()
    version = json_object(reply).get("version")
    if not version:
        raise ValueError(f"Asked for its version, the server answered: {reply.text[:200]}")
    return str(version)


def json_object(reply: Reply) -> dict[str, Any]:
    """Return the answer as a JSON object; an empty one when it is something else."""
    try:
        answer = reply.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
