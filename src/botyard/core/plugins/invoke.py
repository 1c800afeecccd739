"""Run a capability of a plugin for somebody who has no modules of plugins: as a task of the app, by a runner."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from botyard.base.exceptions import NotFound, closest
from botyard.core import actions
from botyard.core.actions import Package, Run, RunRequest
from botyard.core.plugins.read import get_plugin
from botyard.storage import Tx

_SLUG = "invoke-plugin"
#: Only clients of this line ask for it, so plugins find what they find there.
_REQUIREMENTS = ("automio==0.5.7",)
_SOURCE = '''"""Runs what a plugin can do for somebody who has no modules of plugins."""

import importlib


def main():
    module = importlib.import_module(f"plugins.{USER_INPUT['namespace']}_{USER_INPUT['integration']}")
    function = getattr(module, USER_INPUT["capability"])
    try:
        return {"result": function(connection_ids=USER_INPUT["connection_ids"], **USER_INPUT["payload"])}
    except NotImplementedError:
        return {"result": None}
'''


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants a capability of a plugin to run for an app."""

    workspace_id: int
    app_id: int
    plugin_id: int
    capability: str
    connection_ids: list[int | str]
    payload: dict[str, Any]
    actor: str
    user_id: int | None
    now: int


@lru_cache(maxsize=1)
def invoker() -> Package:
    """Return the package that invocations run; its archive has to be in the file store before `invoke`."""
    return actions.package_of(_SOURCE, _REQUIREMENTS)


def invoke(tx: Tx, *, call: Invocation) -> Run:
    """Start a task that runs a capability; its output is `{"result": …}`.

    It is a run of an action of the app that is in no list of actions. Raises NotFound for a plugin that is not there
    or switched off, and for a capability that its interface does not name.
    """
    plugin = get_plugin(tx, workspace_id=call.workspace_id, plugin_id=call.plugin_id)
    if not plugin.enabled:
        raise NotFound(f"The plugin {plugin.name} is switched off.", hint="Switch it on first.")
    if call.capability not in plugin.capabilities:
        raise NotFound(
            f'The interface "{plugin.namespace}" has no capability "{call.capability[:80]}".',
            hint=closest(call.capability[:80], plugin.capabilities) or "Look at the interface of the plugin.",
            code="unknown_capability",
        )
    request = RunRequest(
        workspace_id=call.workspace_id,
        app_id=call.app_id,
        action=str(_action(tx, call).id),
        actor=call.actor,
        now=call.now,
        user_id=call.user_id,
        user_input={
            "namespace": plugin.namespace,
            "integration": plugin.integration,
            "capability": call.capability,
            "connection_ids": call.connection_ids,
            "payload": call.payload,
        },
    )
    return actions.run(tx, request=request)


def _action(tx: Tx, call: Invocation) -> actions.Action:
    """Return the action that invocations are runs of, with the present code."""
    said: dict[str, Any] = {
        "workspace_id": call.workspace_id,
        "app_id": call.app_id,
        "actor": call.actor,
        "now": call.now,
    }
    found = actions.find(tx, workspace_id=call.workspace_id, app_id=call.app_id, named=_SLUG)
    if found is None:
        fields = {"name": "Plugins", "description": "Runs plugins for programs that run elsewhere."}
        found = actions.create(tx, slug=_SLUG, fields=fields, hidden=True, **said)
    if found.source != invoker().source:
        actions.deploy(tx, named=str(found.id), package=invoker(), **said)
    return found
