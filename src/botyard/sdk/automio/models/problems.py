"""The body of an error."""

from __future__ import annotations

from botyard.sdk.automio.models.base import Model


class Problem(Model, kw_only=True):
    """What the server says of an error; `detail` and `error` are the same sentence."""

    detail: str | None = None
    error: str | None = None
    code: str | None = None
    next_action: str | None = None
    retryable: bool | None = None
    request_id: str | None = None


#: The names by which the vendor's client calls it.
AppsGraphqlQuery400Response = AppsGraphqlQuery401Response = AppsGraphqlQuery404Response = Problem
TableConnections400Response = TableConnections403Response = TableConnections404Response = Problem
