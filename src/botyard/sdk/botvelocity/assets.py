"""Values, secrets and credentials that the orchestrator keeps for bots.

`folder=` is the id or the name of another folder than that of the context. Calls raise OrchestratorError with the
status and the reason when they are refused, and RuntimeError after the execution. Assets are changed here, not made.
"""

from __future__ import annotations

from typing import Any

from botyard.sdk.botvelocity._guard import require_bv_run_with_logging
from botyard.sdk.botvelocity.client import OrchestratorClient, OrchestratorError, named
from botyard.sdk.botvelocity.credential import CredentialHandle
from botyard.sdk.botvelocity.secret import SecretHandle


def get(name: str, *, folder: str | None = None) -> str | int | bool:
    """Return a value, by the other name of `get_asset`."""
    return get_asset(name, folder=folder)


def get_asset(name: str, *, folder: str | None = None) -> str | int | bool:
    """Return a value in its type: a text, a number, or whether something is so.

    A number that cannot be read is 0, and nothing is an empty text. Raises OrchestratorError for an answer that is no
    asset, where the vendor's package crashes.
    """
    require_bv_run_with_logging(f"assets.get_asset({name})")
    told = OrchestratorClient().request("GET", f"/assets/name/{named(name)}", folder=folder).data
    if not isinstance(told, dict):
        raise OrchestratorError(f"Asked for the asset {name!r}, the orchestrator answered with none.")
    return _typed(str(told.get("type") or "").lower(), told.get("value"))


def _typed(kind: str, value: Any) -> str | int | bool:
    if kind == "int":
        try:
            return int(value)
        except (TypeError, ValueError):
            return 0
    if kind == "bool":
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes")
    return str(value or "")


def get_secret(name: str, *, folder: str | None = None) -> SecretHandle:
    """Return a handle of a secret; nothing is sent before its `value()`."""
    require_bv_run_with_logging(f"assets.get_secret({name})")
    return SecretHandle(name, folder=folder)


def get_credential(name: str, *, folder: str | None = None) -> CredentialHandle:
    """Return the user name of a credential, with a handle of its password."""
    require_bv_run_with_logging(f"assets.get_credential({name})")
    username = OrchestratorClient().get_credential_metadata(name, folder=folder)["username"]
    return CredentialHandle(name, username, SecretHandle(f"{name}.password", folder=folder))


def set_asset(name: str, value: str | int | bool, *, folder: str | None = None) -> None:
    """Change a value; one of another type is refused."""
    require_bv_run_with_logging(f"assets.set_asset({name})")
    _put("name", name, {"value": value}, folder)


def set_secret(name: str, encrypted_value: str, *, folder: str | None = None) -> None:
    """Change a secret. Botyard keeps what it is sent encrypted, and hands out the same: do not encrypt it before."""
    require_bv_run_with_logging(f"assets.set_secret({name})")
    _put("secret", name, {"value": encrypted_value}, folder)


def set_credential(name: str, username: str, encrypted_password: str, *, folder: str | None = None) -> None:
    """Change a credential; of the password counts what is said of `set_secret`."""
    require_bv_run_with_logging(f"assets.set_credential({name})")
    _put("credential", name, {"username": username, "password": encrypted_password}, folder)


def _put(kind: str, name: str, body: dict[str, Any], folder: str | None) -> None:
    OrchestratorClient().request("PUT", f"/assets/{kind}/{named(name)}", json=body, folder=folder)
