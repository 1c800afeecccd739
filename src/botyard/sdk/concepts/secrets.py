"""Credentials and assets, and the vault that keeps what is secret in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botyard.sdk.calls import Call, delete, get, make, patch, post, put
from botyard.sdk.faces import C, Group, Steps, call, fields, listing, steps
from botyard.sdk.paging import Listing, pages
from botyard.wire import assets
from botyard.wire import credentials as wire

_ALL = "/api/v1/credentials"
_ONE = "/api/v1/credentials/{label}"
_KEY = "/api/v1/credentials/{label}/keys/{key}"
_ASSETS = "/api/v1/assets"
_ASSET = "/api/v1/assets/{name}"


class Credentials(Group[C]):
    """Sets of secrets, each under a key."""

    @listing
    def list(self, *, limit: int | None = None) -> Listing[wire.CredentialView]:
        """List sets by label, with their keys and without values."""
        return pages(_ALL, wire.CredentialPage, lambda page: page.credentials, limit=limit)

    @call
    def get(self, label: str) -> Call[wire.CredentialView]:
        """Describe a set, without values."""
        return get(_ONE, wire.CredentialView, label)

    @fields(wire.CreateCredential)
    def create(self, body: wire.CreateCredential) -> Call[wire.CredentialView]:
        """Make a set."""
        return make(_ALL, body, wire.CredentialView)

    @call
    def replace(self, label: str, secrets: Mapping[str, Any]) -> Call[wire.CredentialView]:
        """Let a set hold exactly these secrets."""
        return put(_ONE, wire.SetSecrets(secrets=dict(secrets)), wire.CredentialView, label)

    @call
    def update(self, label: str, secrets: Mapping[str, Any]) -> Call[wire.CredentialView]:
        """Set some keys of a set, and leave the others."""
        return patch(_ONE, wire.SetSecrets(secrets=dict(secrets)), wire.CredentialView, label)

    @call
    def delete(self, label: str) -> Call[None]:
        """Remove a set and its values for good."""
        return delete(_ONE, label)

    @call
    def value(self, label: str, key: str) -> Call[wire.SecretView]:
        """Fetch one value; who fetched it, and when, is recorded. The answer does not show it when it is printed."""
        return get(_KEY, wire.SecretView, label, key)

    @call
    def delete_key(self, label: str, key: str) -> Call[wire.CredentialView]:
        """Remove one key of a set and its value for good."""
        removal = delete(_KEY, label, key)
        return Call(method=removal.method, path=removal.path, route=_KEY, reply=wire.CredentialView, repeatable=False)


class Assets(Group[C]):
    """Values of a folder that bots look up: texts, numbers, booleans, secrets, and names with a password."""

    @listing
    def list(
        self, *, text: str | None = None, folder: str | None = None, limit: int | None = None
    ) -> Listing[assets.AssetView]:
        """List assets by name, of one folder or of all, without what is secret."""
        return pages(_ASSETS, assets.AssetPage, lambda page: page.assets, limit=limit, text=text, folder=folder)

    @call
    def get(self, name: str, *, folder: str | None = None) -> Call[assets.AssetView]:
        """Describe an asset of a folder, else of DEFAULT, without what is secret."""
        return get(_ASSET, assets.AssetView, name, folder=folder)

    @fields(assets.CreateAsset)
    def create(self, body: assets.CreateAsset) -> Call[assets.AssetView]:
        """Make an asset."""
        return make(_ASSETS, body, assets.AssetView)

    @call
    def put(
        self,
        name: str,
        type: assets.AssetType,  # noqa: A002 -- what the field is called
        value: str | int | bool | None = None,
        *,
        folder: str | None = None,
        username: str | None = None,
        password: str | None = None,
        description: str = "",
    ) -> Call[assets.AssetView]:
        """Make the asset of this name in the folder, or change it; what is left out stays."""
        body = assets.PutAsset(type=type, value=value, username=username, password=password, description=description)
        return put(_ASSET, body, assets.AssetView, name, folder=folder)

    @call
    def delete(self, name: str, *, folder: str | None = None) -> Call[None]:
        """Remove an asset of the folder, and its secret for good."""
        return delete(_ASSET, name, folder=folder)

    @call
    def secret(self, name: str, *, folder: str | None = None) -> Call[assets.AssetSecret]:
        """Fetch what is secret in an asset; recorded. The answer does not show it when it is printed."""
        return get(f"{_ASSET}/secret", assets.AssetSecret, name, folder=folder)


class Vault(Group[C]):
    """The keys that secrets are encrypted with; for the local administrator of a server."""

    @call
    def step(self, *, begin: bool = False) -> Call[wire.RotationView]:
        """Do one step of a rotation of the vault's keys; each goes on where the last one stopped."""
        return post("/api/v1/vault/rotate", wire.RotateCall(begin=begin), wire.RotationView, repeatable=not begin)

    @steps
    def rotate(self) -> Steps[wire.RotationView]:
        """Replace every key, step by step, and return how that ended."""
        done: wire.RotationView = yield Vault.step(begin=True)
        while not done.done:
            done = yield Vault.step()
        return done
