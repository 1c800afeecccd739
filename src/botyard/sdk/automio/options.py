"""What every call of the API may be told besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict


class Options(TypedDict, total=False):
    """`_request_timeout` in seconds, or a pair for connecting and reading; `_headers` are sent as well.

    The others are there because the vendor's client has them. `_request_auth` is a header `Authorization` to use
    instead; `_content_type` and `_host_index` change nothing.
    """

    _request_timeout: float | tuple[float, float] | None
    _request_auth: str | None
    _content_type: str | None
    _headers: Mapping[str, str] | None
    _host_index: Any
