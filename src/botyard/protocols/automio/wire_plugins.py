"""The bodies about plugins (contract b.17): what clients send, and what their strict models accept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from botyard.base.clock import iso
from botyard.base.exceptions import Invalid
from botyard.core.plugins import Plugin

Object = dict[str, Any]

_TIMEOUT = 120.0
_LONGEST = 600.0


class InvokeSent(msgspec.Struct, frozen=True, kw_only=True):
    """A capability to run, and what to run it with."""

    capability: str
    connection_ids: list[int | str] = []
    payload: dict[str, Any] = {}
    timeout_seconds: float | None = None

    def timeout(self) -> float:
        """Return how long to wait for the result. Raises Invalid."""
        seconds = _TIMEOUT if self.timeout_seconds is None else self.timeout_seconds
        if not 0 < seconds <= _LONGEST:
            raise Invalid(
                f"timeout_seconds must be more than 0 and at most {_LONGEST:g}.",
                hint="Correct it.",
                field="timeout_seconds",
            )
        return seconds


def listed(plugin: Plugin, connections: Sequence[int], *, local: bool, mine: bool) -> Object:
    """Return a plugin as `get_list` has it: known by its integration."""
    return {"id": plugin.integration, "connection_ids": list(connections), **_common(plugin, local=local, mine=mine)}


def runtime(plugin: Plugin, connections: Sequence[int], *, organization: int, local: bool, mine: bool) -> Object:
    """Return a plugin as newer clients invoke it: known by its number."""
    return {
        "id": plugin.id,
        "plugin_id": plugin.id,
        "connection_ids": list(connections),
        "enabled_for_organization_id": organization,
        "plugin_owner_organization_id": organization,
        **_common(plugin, local=local, mine=mine),
    }


def _common(plugin: Plugin, *, local: bool, mine: bool) -> Object:
    # Clients run official plugins in their own process, and ask the server to run any other.
    return {
        "namespace": plugin.namespace,
        "integration": plugin.integration,
        "integration_name": plugin.integration_name,
        "is_official": local,
        "is_mine": mine,
        "implemented_capabilities": plugin.implemented,
    }


def described(plugin: Plugin, *, organization: int, organization_slug: str, local: bool, mine: bool) -> Object:
    """Return a plugin with its code, which only the owner of the app is shown."""
    return {
        "id": plugin.id,
        "organization": organization,
        "organization_slug": organization_slug,
        "plugin_interface": {"id": plugin.interface_id, "namespace": plugin.namespace, "title": plugin.title},
        "integration": {"name": plugin.integration_name, "icon": None, "integration_id": plugin.integration},
        "implemented_capabilities": plugin.implemented,
        "capabilities": plugin.capabilities,
        "is_enabled": plugin.enabled,
        "is_official": local,
        "is_mine": mine,
        "is_visible": True,
        "code": plugin.code if mine else None,
        "created_at": iso(plugin.created_at),
        "updated_at": iso(plugin.updated_at),
    }
