"""Telling the platform's own refusals from the answers of other systems."""

from __future__ import annotations

import httpx2
import msgspec

from botyard.sdk.automio.exceptions import ApiException, IntegrationAccessDeniedError, IntegrationAccessError
from botyard.sdk.automio.models.problems import Problem

_REFUSALS = frozenset({401, 402, 403})


class _Refusal(Problem, kw_only=True):
    api_response: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def refusal(response: httpx2.Response) -> IntegrationAccessError | None:
    """Return the platform's refusal that an answer is, if it is one.

    Refused are tokens that do not hold (401, 403) and calls that exceed what the organization may spend (402). The
    vendor's package waits up to six minutes for the first, and ends the whole program for the last.
    """
    if response.status_code not in _REFUSALS:
        return None
    try:
        found = msgspec.json.decode(response.content, type=_Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if found.detail is None or found.api_response is not msgspec.UNSET:
        return None
    return _error(found, response.status_code)


def refusal_of(error: ApiException) -> IntegrationAccessError | None:
    """Return the platform's refusal that an error is, if it is one."""
    if error.status in _REFUSALS and isinstance(error.data, Problem) and error.data.detail is not None:
        return _error(error.data, error.status)
    return None


def _error(found: Problem, status: int) -> IntegrationAccessError:
    kind = IntegrationAccessError if status == 402 else IntegrationAccessDeniedError
    return kind(
        found.detail or "The platform refused the call.",
        code=found.code or "integration_access_denied",
        status=status,
        next_action=found.next_action,
        retryable=bool(found.retryable),
        request_id=found.request_id,
    )
