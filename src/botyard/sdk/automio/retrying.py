"""When a call is made again.

Answers that say who may do what are final: unlike the vendor's package, nothing here waits after a 401 or a 403.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import httpx2

from botyard.sdk.automio.exceptions import ServiceTimeout, ServiceUnreachable
from botyard.sdk.failures import failure

#: How long to wait before the second, the third and the fourth attempt while a server cannot do its work, in seconds.
RETRY_DELAYS_SECONDS: list[float] = [15, 60, 300]

_ATTEMPTS = 3
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_BUSY = frozenset({413, 429, 503})

logger = logging.getLogger("botyard.sdk.automio")

Send = Callable[[], httpx2.Response]


def once(send: Send) -> httpx2.Response:
    """Return the answer. Raises ServiceUnreachable when there is none."""
    try:
        return send()
    except httpx2.TimeoutException as error:
        raise failure(ServiceTimeout, f"The server took too long ({type(error).__name__}).") from error
    except httpx2.TransportError as error:
        raise failure(
            ServiceUnreachable, f"The server could not be reached ({str(error) or type(error).__name__})."
        ) from error


def patiently(send: Send, *, repeatable: bool) -> httpx2.Response:
    """Return the answer, after waiting for a server that is down or fails.

    A call that is not `repeatable` is made again only when it cannot have reached the server. The vendor's package
    repeats any call, so that what it asks for may be done up to four times.
    """
    for delay in RETRY_DELAYS_SECONDS:
        try:
            response = once(send)
        except ServiceUnreachable as error:
            if not _may_repeat(error, repeatable=repeatable):
                raise
            logger.warning("%s The next attempt is in %g s.", error.reason, delay)
        else:
            if response.status_code < 500 or not repeatable:
                return response
            response.close()
            logger.warning(
                "The server failed with status %d. The next attempt is in %g s.", response.status_code, delay
            )
        time.sleep(delay)
    return once(send)


def readily(send: Send) -> httpx2.Response:
    """Return the answer to a call that only reads; a lost connection is replaced at once.

    A busy server that says when to come back is asked again then.
    """
    for _ in range(_ATTEMPTS):
        try:
            response = once(send)
        except ServiceTimeout:
            raise
        except ServiceUnreachable:
            continue
        wait = response.headers.get("retry-after", "") if response.status_code in _BUSY else ""
        if not wait.isdigit():
            return response
        response.close()
        time.sleep(int(wait))
    return once(send)


def _may_repeat(error: ServiceUnreachable, *, repeatable: bool) -> bool:
    if isinstance(error.__cause__, _NEVER_SENT):
        return True
    return repeatable and not isinstance(error, ServiceTimeout)
