"""From the address that somebody was given to the one that calls go to."""

from __future__ import annotations

from urllib.parse import urlsplit

_SUFFIX = "orchestrator_"


class BaseUrlResolver:
    """The address of an orchestrator: `https://HOST/TENANT/orchestrator_`, with or without `/api` behind it.

    The suffix is added when it is missing. Where the vendor's package refuses an address without a tenant, ours takes
    it, as the vendor's document says: calls to `https://HOST` go to `https://HOST/api`, and the token alone says which
    tenant is meant.
    """

    def __init__(self, canonical_url: str) -> None:
        """Raise ValueError for something that is no such address."""
        if not canonical_url or not canonical_url.strip():
            raise ValueError("There is no base URL.")
        given = urlsplit(canonical_url.strip())
        if not given.scheme or not given.netloc:
            raise ValueError(f'"{canonical_url}" is no base URL: it has to begin with "https://" and a host.')
        parts = _path(given.path)
        if parts and (len(parts) < 2 or parts[-1] != _SUFFIX):
            raise ValueError(f'"{canonical_url}" is no base URL: it ends in "/TENANT/{_SUFFIX}".')
        self._tenant = parts[-2] if parts else ""
        self._base = "/".join([f"{given.scheme}://{given.netloc}", *parts])

    @property
    def canonical_base(self) -> str:
        """The address without a slash or `/api` at its end."""
        return self._base

    @property
    def tenant(self) -> str:
        """The tenant in the address; empty when it has none."""
        return self._tenant

    @property
    def api_base(self) -> str:
        """What the paths of calls are appended to."""
        return self._base if self._tenant else f"{self._base}/api"

    def resolve_endpoint(self, path: str) -> str:
        """Return the whole address of a call."""
        return f"{self.api_base}/{path.lstrip('/')}"

    def __repr__(self) -> str:
        """Return a text for programmers."""
        return f"BaseUrlResolver(canonical_base={self._base!r}, tenant={self._tenant!r})"

    def __str__(self) -> str:
        """Return the address."""
        return self._base


def normalize_url(url: str) -> str:
    """Return an address without a slash or `/api` at its end. Raises ValueError when it is none."""
    return BaseUrlResolver(url).canonical_base


def derive_api_url(frontend_url: str) -> str:
    """Return what the paths of calls are appended to. Raises ValueError when it is no address."""
    return BaseUrlResolver(frontend_url).api_base


def _path(path: str) -> list[str]:
    parts = [part for part in path.split("/") if part]
    if parts and parts[-1].lower() == "api":
        parts.pop()
    if parts and parts[-1].lower() != _SUFFIX:
        parts.append(_SUFFIX)
    return parts
