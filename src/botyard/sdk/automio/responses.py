"""What calls to other systems return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class ApiResponse:
    """The other system's answer; `ok` says whether its status is below 400."""

    status_code: int
    text: str
    headers: dict[str, str]
    url: str
    ok: bool


@dataclass
class ParallelCallResponse:
    """One of many answers: the decoded body, the answer itself, and whose account was used."""

    api_data: Any
    api_response: ApiResponse
    organization_id: int | None = None
    connection_id: int | None = None
