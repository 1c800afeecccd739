"""The two ways in which a call does not come to its end."""

from __future__ import annotations

from typing import Literal

Kind = Literal["dns", "tls", "connect", "timeout", "too_large", "protocol", "redirects"]


class UpstreamError(Exception):
    """A call that did not come to its end; `reason` is a sentence for whoever asked for it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(UpstreamError):
    """The guard said no, so nothing was sent; trying again would not help."""


class Failed(UpstreamError):
    """The other side could not be reached, or its answer could not be used; `kind` says at which step."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind: Kind = kind
