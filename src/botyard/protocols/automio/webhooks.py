"""Webhooks: an address that runs an action (contract b.19).

Whoever knows the address may run the action: it ends in a secret. With an App-Token, the plain slug of the action will
do. Either way the action is only put into the queue; the answer names the run.
"""

from __future__ import annotations

from typing import Any

from botyard.base import jsontext
from botyard.base.exceptions import NotFound
from botyard.core import actions
from botyard.core.access import Caller
from botyard.core.actions import Run, RunRequest
from botyard.protocols.automio import auth, wire
from botyard.storage import Tx
from botyard.web.body import decode_form
from botyard.web.request import Request
from botyard.web.response import Response, json_response
from botyard.web.throttle import Buckets

_WEBHOOK = "webhook_action"


class Misses(Buckets):
    """Calls of addresses that are no webhook, by the address that they came from."""


async def run(request: Request) -> Response:
    """Run the action behind an address with the body as its WEBHOOK_PAYLOAD."""
    options = {"webhook_payload": _payload(request, await request.body())}
    caller = await auth.authenticate(request) if request.header("authorization") else None
    try:
        made = await request.db.write(
            _run,
            caller=caller,
            app=request.path["app"],
            webhook=request.path["webhook"],
            options=options,
            now=request.now,
        )
    except NotFound:
        request.tools.shared(Misses, lambda: Misses(rate=1, burst=100)).take(request.address)
        raise
    return json_response(wire.run(made))


def _run(tx: Tx, *, caller: Caller | None, app: str, webhook: str, options: dict[str, Any], now: int) -> Run:
    action = _named(tx, caller, webhook) if caller else actions.find_webhook(tx, app=app, webhook=webhook)
    request = RunRequest(
        workspace_id=action.workspace_id,
        app_id=action.app_id,
        action=str(action.id),
        actor=caller.actor if caller else f"webhook:{action.slug}",
        user_id=caller.user_id if caller else None,
        options=options,
        cause=caller.task_id if caller else None,
        now=now,
    )
    return actions.run(tx, request=request)


def _named(tx: Tx, caller: Caller, slug: str) -> actions.Action:
    action = actions.get(tx, workspace_id=caller.workspace_id, app_id=auth.app_of(caller), named=slug)
    if action.type != _WEBHOOK:
        raise NotFound(f'The action "{action.slug}" is no webhook.', hint=f"Give it the type {_WEBHOOK}.")
    return action


def _payload(request: Request, raw: bytes) -> Any:
    """Return a body as the action sees it: JSON as its value, a form as an object, anything else as text."""
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if not raw.strip():
        return None
    if kind == "application/x-www-form-urlencoded":
        return dict(decode_form(raw))
    if kind == "application/json" or kind.endswith("+json"):
        return jsontext.decode(raw)
    return raw.decode("utf-8", "replace").replace("\0", "\ufffd")
