"""Calls about credentials: sets of secrets, each with a key."""

from __future__ import annotations

from typing import Any

from botyard.sdk.botcity.guards import ensure_access_token, since_version
from botyard.sdk.botcity.model import ServerMessage
from botyard.sdk.botcity.session import Session, refuse
from botyard.sdk.transport import segment


class CredentialCalls(Session):
    """Changes raise HTTPError when the server refuses; reading a secret raises ValueError."""

    @since_version("2.0.0")
    @ensure_access_token()
    def get_credential(self, label: str, key: str) -> str:
        """Return a secret. Raises ValueError when the set, or the key in it, does not exist."""
        reply = self.call_api("GET", f"/credential/{segment(label)}/key/{segment(key)}")
        return reply.text if reply.ok else refuse("credential read", reply)

    @since_version("2.0.0")
    @ensure_access_token()
    def create_credential(self, label: str, key: str, value: Any) -> Any:
        """Put a secret into a set, in place of one with the same key; a set that is missing is made.

        Returned is the answer as JSON when the set was made, else None.
        """
        path = f"/credential/{segment(label)}"
        if self.call_api("GET", path).ok:
            self.call_api("POST", f"{path}/key", json={"key": key, "value": value}).raise_for_status()
            return None
        secrets = [{"key": key, "value": value, "valid": True}]
        reply = self.call_api("POST", "/credential", json={"label": label, "secrets": secrets})
        reply.raise_for_status()
        return ServerMessage.from_json(reply.text).to_json()

    @since_version("3.0.0")
    @ensure_access_token()
    def update_credential(self, label: str, key: str, new_value: Any) -> None:
        """Replace a secret. Raises ValueError when the set has no such key.

        The whole set is read and written back; of two programs that change it at the same moment, the later wins.
        """
        secrets = self._secrets(label)
        secrets[_position(secrets, label, key)]["value"] = new_value
        self._replace(label, secrets)

    @since_version("3.0.0")
    @ensure_access_token()
    def remove_credential(self, label: str, key: str) -> None:
        """Take a secret out of a set. Raises ValueError when it has no such key."""
        secrets = self._secrets(label)
        del secrets[_position(secrets, label, key)]
        self._replace(label, secrets)

    def _secrets(self, label: str) -> list[dict[str, Any]]:
        reply = self.call_api("GET", f"/credential/{segment(label)}")
        reply.raise_for_status()
        secrets: list[dict[str, Any]] = reply.json().get("secrets") or []
        return secrets

    def _replace(self, label: str, secrets: list[dict[str, Any]]) -> None:
        body = {"label": label, "secrets": secrets}
        self.call_api("POST", f"/credential/{segment(label)}", json=body).raise_for_status()


def _position(secrets: list[dict[str, Any]], label: str, key: str) -> int:
    for position, secret in enumerate(secrets):
        if secret.get("key") == key:
            return position
    raise ValueError(f"The credential {label!r} has no key {key!r}.")
