"""The call that reports an exception, with what helps to understand it."""

from __future__ import annotations

import io
import os
import platform
import traceback
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from botyard.sdk.botcity.guards import ensure_access_token, since_version
from botyard.sdk.botcity.session import Session, refuse
from botyard.sdk.transport import segment


class FaultCalls(Session):
    """Calls raise ValueError with the server's status and message when it refuses."""

    @since_version("2.0.0")
    @ensure_access_token()
    def error(
        self,
        task_id: Any,
        exception: BaseException,
        screenshot: str | None = None,
        attachments: Sequence[str] | None = None,
        tags: dict[str, str] | None = None,
    ) -> Any:
        """Report an exception of a task, with its trace, a picture and files; returned is what the server made of it.

        Tags about the machine are added, and the list of installed packages (`piplist.txt`), which is read once for
        each process. In paths "~" and variables are replaced. A file that cannot be read raises OSError, after the
        exception has been reported: it is not lost for that.
        """
        body = {
            "taskId": task_id,
            "type": type(exception).__name__,
            "message": str(exception),
            "stackTrace": "".join(traceback.format_exception(exception)),
            "language": "PYTHON",
            "tags": self._get_default_error_tags() | (tags or {}),
        }
        reply = self.call_api("POST", "/error", json=body)
        made = reply.json() if reply.status_code == 201 else refuse("new error entry", reply)
        if screenshot:
            self._attach(made["id"], "screenshot", _expanded(screenshot))
        self._send_file(made["id"], "attachments", "piplist.txt", io.BytesIO(_packages()))
        for attachment in attachments or ():
            self._attach(made["id"], "attachments", _expanded(attachment))
        return made

    def _get_default_error_tags(self) -> dict[str, str]:
        return {
            "user_name": _user(),
            "host_name": platform.node(),
            "os_name": platform.system(),
            "os_version": _system_version(),
            "python_version": platform.python_version(),
        }

    def _attach(self, error_id: Any, kind: str, path: Path) -> None:
        with path.open("rb") as content:
            self._send_file(error_id, kind, path.name, content)

    def _send_file(self, error_id: Any, kind: str, name: str, content: IO[bytes]) -> None:
        reply = self.call_api("POST", f"/error/{segment(error_id)}/{kind}", files={"file": (name, content)})
        if not reply.ok:
            refuse(f"upload of {name}", reply)


def _expanded(path: str) -> Path:
    return Path(os.path.expandvars(path)).expanduser()


def _user() -> str:
    try:
        return os.getlogin()
    except OSError:  # no terminal
        return ""


@cache
def _system_version() -> str:
    if platform.system() == "Darwin":
        return platform.mac_ver()[0]
    if platform.system() != "Linux":
        return platform.version()
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return platform.version()
    return " ".join(told[name] for name in ("NAME", "VERSION_ID", "VERSION_CODENAME") if told.get(name))


@cache
def _packages() -> bytes:
    """Return the installed packages as a list of requirements."""
    found = {
        (str(one.metadata["Name"]).lower(), one.version) for one in metadata.distributions() if one.metadata["Name"]
    }
    return "".join(f"{name}=={version}{os.linesep}" for name, version in sorted(found)).encode()
