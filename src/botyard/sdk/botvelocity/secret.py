"""A secret that is fetched when it is needed, and shown nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from botyard.sdk.botvelocity._guard import require_bv_run_with_logging
from botyard.sdk.botvelocity.client import OrchestratorClient, OrchestratorError


class SecretHandle:
    """Stands for a secret. Texts of it are masked; `value()` asks the orchestrator, each time."""

    __slots__ = ("_client_factory", "_folder", "_name")

    def __init__(
        self, name: str, *, folder: str | None = None, client_factory: Callable[[], OrchestratorClient] | None = None
    ) -> None:
        """Remember which secret; nothing is sent."""
        self._name = str(name)
        self._folder = folder
        self._client_factory = client_factory or OrchestratorClient

    @property
    def name(self) -> str:
        """The name of the secret."""
        return self._name

    def value(self) -> str:
        """Return the secret. Raises OrchestratorError when it is not handed out, RuntimeError after the execution."""
        require_bv_run_with_logging(f"secret.value({self._name})")
        try:
            return self._client_factory().resolve_secret(self._name, folder=self._folder)
        except OrchestratorError:
            raise
        except Exception as error:
            raise OrchestratorError(f"The secret {self._name!r} was not fetched: {error}") from error

    def __str__(self) -> str:
        """Return stars."""
        return "***"

    def __repr__(self) -> str:
        """Return a text without the secret."""
        return f"SecretHandle(name={self._name!r}, masked='***')"

    def __format__(self, format_spec: str) -> str:
        """Return stars, whatever the format."""
        return str(self)

    def __bool__(self) -> bool:
        """Raise TypeError: whether a handle is true says nothing about its secret."""
        raise TypeError("A SecretHandle is neither true nor false. Fetch the secret with value().")

    def __json__(self) -> NoReturn:
        """Raise TypeError: a secret does not go into JSON by accident."""
        raise TypeError("A SecretHandle does not go into JSON. Fetch the secret with value().")
