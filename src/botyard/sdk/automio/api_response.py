"""What the calls named `…_with_http_info` return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class ApiResponse(msgspec.Struct, Generic[T], kw_only=True):
    """An answer with everything around it; `data` is the decoded body."""

    status_code: int
    headers: Mapping[str, str] | None = None
    data: T
    raw_data: bytes
