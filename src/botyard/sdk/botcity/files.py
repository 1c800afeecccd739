"""Calls about result files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botyard.sdk.botcity.guards import ensure_access_token
from botyard.sdk.botcity.model import Artifact, ServerMessage
from botyard.sdk.botcity.session import Session, refuse
from botyard.sdk.transport import segment

_PAGE = 100


class FileCalls(Session):
    """Calls raise ValueError with the server's status and message when it refuses."""

    @ensure_access_token()
    def post_artifact(self, task_id: Any, artifact_name: str, filepath: str) -> ServerMessage:
        """Keep a file as a result of a task; it is read while it is sent.

        The name gets the file's ending when it lacks it. Raises FileNotFoundError when there is no such file, and
        ValueError when it is a folder. The payload of the answer is the artifact.
        """
        file = Path(filepath)
        if not file.exists():
            raise FileNotFoundError(f"There is no file {filepath}")
        if not file.is_file():
            raise ValueError(f"{filepath} is no file. Give the path of one.")
        name = artifact_name if artifact_name.endswith(file.suffix) else f"{artifact_name}{file.suffix}"
        made = self._create_artifact(task_id=task_id, name=name, filename=name)
        with file.open("rb") as content:
            path = f"/artifact/log/{segment(json.loads(made.payload)['id'])}"
            reply = self.call_api("POST", path, files={"file": (name, content)})
        return made if reply.ok else refuse("artifact posting", reply)

    @ensure_access_token()
    def _create_artifact(self, task_id: Any, name: str, filename: str) -> ServerMessage:
        """Announce a file; its bytes follow."""
        body = {"taskId": task_id, "name": name, "filename": filename}
        reply = self.call_api("POST", "/artifact", json=body)
        return ServerMessage.from_json(reply.text) if reply.ok else refuse("artifact posting", reply)

    @ensure_access_token()
    def list_artifacts(self, days: int = 7) -> list[Artifact]:
        """Return the result files of the last days, newest first.

        Better than in the vendor's package: it asks for a hundred at a time instead of five, and a page that the
        server refuses is an error.
        """
        found: list[Artifact] = []
        pages, page = 1, 0
        while page < pages:
            query = {"size": _PAGE, "page": page, "sort": "dateCreation,desc", "days": days}
            reply = self.call_api("GET", "/artifact", params=query)
            answer = reply.json() if reply.ok else refuse("artifact listing", reply)
            found += [Artifact.from_dict(row) for row in answer["content"]]
            pages, page = answer["totalPages"], page + 1
        return found

    @ensure_access_token()
    def get_artifact(self, artifact_id: Any) -> tuple[str, bytes]:
        """Return the name and the bytes of a result file.

        Better than in the vendor's package: when the server refuses the bytes that is an error, and what it says
        instead is never taken for the file.
        """
        path = f"/artifact/{segment(artifact_id)}"
        reply = self.call_api("GET", path)
        name = reply.json()["fileName"] if reply.ok else refuse("artifact get", reply)
        reply = self.call_api("GET", f"{path}/file")
        return (name, reply.content) if reply.ok else refuse("artifact download", reply)
