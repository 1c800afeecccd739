"""The one place that sends requests to an orchestrator."""

from __future__ import annotations

import json as stdlib_json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from botyard.sdk import transport
from botyard.sdk.botvelocity import _state
from botyard.sdk.botvelocity.auth import ROBOT, AuthContext, require_auth
from botyard.sdk.failures import CallFailed
from botyard.sdk.transport import Reply, segment

#: What may be a token in a message: three parts of a JWT, or a long row of hexadecimal digits.
_TOKENS = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+|[0-9a-f]{32,}", re.IGNORECASE)
_HIDDEN = "[REDACTED]"


class OrchestratorError(RuntimeError):
    """The orchestrator refused, could not be reached, or answered something that makes no sense."""


class OrchestratorAuthError(OrchestratorError):
    """The orchestrator does not accept the token (401), or not for this (403)."""


@dataclass(frozen=True)
class OrchestratorResponse:
    """An answer; `data` is decoded JSON, or the text of something else."""

    status_code: int
    data: Any


class OrchestratorClient:
    """Makes calls with the token of the context or the login. May be used from several threads, and kept.

    Better than in the vendor's package, which opens a connection for each call: all clients of a process share their
    connections. A client that is kept uses the token of the context as it is at each call. A redirect is followed for
    GET, without the token when it leads to another server; otherwise it is an OrchestratorError, not an empty answer.
    """

    def __init__(self, *, auth_context: AuthContext | None = None, timeout_seconds: int = 30) -> None:
        """Remember whom to call as, instead of asking at each call, and how long to wait."""
        self._given = auth_context
        self._timeout = float(timeout_seconds)

    @property
    def base_url(self) -> str:
        """What the paths of calls are appended to."""
        return self._auth().api_url.rstrip("/")

    def request(
        self,
        method: str,
        path: str,
        *,
        folder: str | None = None,
        params: dict[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        files: Any = None,
    ) -> OrchestratorResponse:
        """Make one call, once: nothing is repeated. `folder` is an id or a name, instead of that of the context.

        Raises OrchestratorAuthError for 401 and 403, else OrchestratorError, with the status and what the server said;
        AuthError when there is no token to call with.
        """
        auth = self._auth()
        base = auth.api_url.rstrip("/")
        body: dict[str, Any] = {"files": files}
        headers = _headers(auth, folder)
        if json is not None:
            headers["Content-Type"] = "application/json"
            body["content"] = _written(json)
        elif data is not None:
            body |= _form(data, files, headers)
        try:
            reply = transport.send(
                method.upper(),
                f"{base}/{path.lstrip('/')}",
                headers=headers,
                params=params,
                timeout=self._timeout,
                **body,
            )
        except CallFailed as error:
            raise OrchestratorError(f"The orchestrator at {base} cannot be reached. {error}") from error
        return OrchestratorResponse(reply.status_code, _read(reply, auth.access_token))

    def resolve_secret(self, name: str, folder: str | None = None) -> str:
        """Return a secret. Raises OrchestratorError when the server does not hand it out, or answers with none.

        Better than in the vendor's package, which turns an answer without a secret into a text.
        """
        told = self.request("POST", "/runtime/secrets/resolve", json={"name": name}, folder=folder).data
        if isinstance(told, dict) and ("value" in told or len(told) == 1):
            told = told["value"] if "value" in told else next(iter(told.values()))
        if isinstance(told, dict | list):
            raise OrchestratorError(f"Asked for the secret {name!r}, the orchestrator answered with none.")
        return str(told or "")

    def get_credential_metadata(self, name: str, folder: str | None = None) -> dict[str, str]:
        """Return `{"username": ...}` of a credential; its password is not asked for."""
        told = self.request("GET", f"/runtime/credentials/{named(name)}", folder=folder).data
        return {"username": str((told.get("username") if isinstance(told, dict) else told) or "")}

    def _auth(self) -> AuthContext:
        return self._given or require_auth()


def named(name: str) -> str:
    """Return a name as one segment of a path, whatever characters it has. Raises ValueError for "." and ".."."""
    if name in (".", ".."):
        raise ValueError(f'Nothing is called "{name}".')
    return segment(name)


def _headers(auth: AuthContext, folder: str | None) -> dict[str, str | None]:
    runtime = _state.known()
    folder = folder or (runtime.folder_id if runtime else None)
    headers: dict[str, str | None] = {"Accept": "application/json"}
    if folder:
        headers["X-Folder-ID"] = str(folder).encode("utf-8").decode("latin-1")  # on the wire it is UTF-8
    if (auth.user.username or "").startswith(ROBOT):
        return headers | {"X-Robot-Token": auth.access_token}
    return headers | {"Authorization": f"Bearer {auth.access_token}"}


def _written(value: Any) -> bytes:
    return stdlib_json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def _form(data: Any, files: Any, headers: dict[str, str | None]) -> dict[str, Any]:
    """Return the fields of a form, or a body that is sent as it is."""
    if not isinstance(data, Mapping):
        return {"content": data}
    if files:
        return {"files": {**{name: (None, str(value)) for name, value in data.items()}, **dict(files)}}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return {"content": urlencode(data, doseq=True)}


def _read(reply: Reply, token: str) -> Any:
    try:
        told = reply.json()
    except ValueError:
        told = reply.text
    if reply.status_code < 300:
        return told
    if reply.status_code < 400:
        raise OrchestratorError(
            f"The orchestrator answered {reply.status_code}: it is at {reply.header('location') or 'another address'}."
        )
    message = _TOKENS.sub(_HIDDEN, _told(told).replace(token, _HIDDEN))
    kind = OrchestratorAuthError if reply.status_code in (401, 403) else OrchestratorError
    raise kind(f"The orchestrator answered {reply.status_code}: {message or reply.reason}")


def _told(answer: Any) -> str:
    """Return what a refusal says."""
    if isinstance(answer, dict):
        told = next((answer[name] for name in ("detail", "message", "error") if answer.get(name)), answer)
        return str(told)
    return str(answer)
