"""Where a client sends its calls to, and with which token, when that is not left to the environment."""

from __future__ import annotations

from botyard.sdk.automio import environment


class Configuration:
    """`host` is the address of the server and `api_key["knoxApiToken"]` the header `App-Token …`.

    What is not given comes from the environment at the time of a call. Options of the vendor's generated client that
    its users have no need of (servers to choose from, other ways to sign in, debugging) are not there.
    """

    def __init__(
        self, host: str | None = None, api_key: dict[str, str] | None = None, *, ssl_ca_cert: str | None = None
    ) -> None:
        self._host = host
        self.api_key = {} if api_key is None else api_key
        self.ssl_ca_cert = ssl_ca_cert

    @property
    def host(self) -> str:
        """Return the address of the server, without a slash at the end. Raises ApiValueError when there is none."""
        return environment.tidied(self._host) if self._host else environment.base_url()

    @host.setter
    def host(self, value: str) -> None:
        self._host = value

    def authorization(self) -> str:
        """Return the header that calls are sent with."""
        return self.api_key.get("knoxApiToken") or environment.authorization()

    def __repr__(self) -> str:
        return f"Configuration(host={self._host!r})"
