"""What a call of an integration may do on the network: reach the integration's own server, and no other."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from botyard.base.exceptions import Invalid
from botyard.core.integrations import Integration
from botyard.upstream import Policy, check_pattern
from botyard.upstream.integration.wanted import Unfit


class Bounds(NamedTuple):
    """How long one exchange may take, and how long its answer may be."""

    seconds: float
    max_bytes: int


def policy_for(integration: Integration, bounds: Bounds, *, url: str | None = None, redirects: int = 5) -> Policy:
    """Return the policy for calls to the server of `url`, by default that of base_url. Raises Unfit.

    Without `allow_private_network` that is https to public addresses; with it plain http, private addresses and any
    port are fine as well. No redirect leaves the server.
    """
    try:
        parts = urlsplit(url or integration.base_url or "")
        host, port = parts.hostname or "", parts.port
        pattern = check_pattern(host, field="base_url")
    except (ValueError, Invalid):
        raise Unfit("The address of the integration cannot be read.") from None
    private = integration.allow_private_network
    return Policy(
        allow_private=private,
        hosts=(pattern,),
        plain_http=private,
        ports=(port,) if private and port else (),
        max_bytes=bounds.max_bytes,
        timeout=bounds.seconds,
        redirects=redirects,
        same_origin_redirects=True,
    )
