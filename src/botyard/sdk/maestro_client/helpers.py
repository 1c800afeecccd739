"""What a call returns, and what it can fail with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botyard.sdk.transport import Reply

__all__ = ["MaestroClientError", "MaestroResponse"]


@dataclass
class MaestroResponse:
    """A server's answer.

    `data` is decoded JSON, text, or bytes, as the server's content type says; JSON that cannot be read is an empty
    dict. `raw` is the answer itself, which can be asked what a response of `requests` can be asked.
    """

    ok: bool
    status_code: int
    url: str
    headers: dict[str, str]
    data: Any
    raw: Reply | None = None

    @staticmethod
    def of(reply: Reply) -> MaestroResponse:
        """Read an answer."""
        return MaestroResponse(
            ok=reply.ok,
            status_code=reply.status_code,
            url=reply.url,
            headers=reply.headers,
            data=_data(reply),
            raw=reply,
        )


class MaestroClientError(Exception):
    """The login failed; or, with `raise_errors=True`, any call did. `response` is the answer, when there was one."""

    def __init__(self, *args: Any, response: MaestroResponse | None = None) -> None:
        super().__init__(*args)
        self.response = response


def _data(reply: Reply) -> Any:
    kind = reply.header("content-type")
    if "application/json" in kind:
        try:
            return reply.json()
        except ValueError:
            return {}
    return reply.text if "text/" in kind else reply.content
