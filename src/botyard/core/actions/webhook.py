"""Webhooks: an address that runs an action for whoever knows it.

The address ends in `<slug>-<secret>`. The secret is made of the action's id and how often it was replaced, with the
server's pepper: nothing is stored that could be stolen, and the address can be shown again.
"""

from __future__ import annotations

import hmac

from botyard.base.exceptions import NotFound
from botyard.core.access import tokens
from botyard.core.actions.model import Action
from botyard.core.actions.read import get, sql
from botyard.storage import Tx

_SECRET_LENGTH = 32


def webhook_path(action: Action, *, app_slug: str) -> str:
    """Return the path of an action's webhook; whoever knows it can run the action."""
    return f"/api/webhooks/{app_slug}/{action.slug}-{_secret(action)}/"


def find_webhook(tx: Tx, *, app: str, webhook: str) -> Action:
    """Return the action that an address runs. Raises NotFound, whatever is wrong with it."""
    slug, _, secret = webhook.rpartition("-")
    found = None
    for row in tx.all(sql.webhooks, app=app.replace("\0", ""), slug=slug.replace("\0", "")):
        action = Action.from_row(row)
        if hmac.compare_digest(_secret(action).encode(), secret.encode()):
            found = action
    if found is None:
        raise NotFound("There is no webhook at this address.", hint="Copy it again from the action's page.")
    return found


def turn_webhook(tx: Tx, *, workspace_id: int, app_id: int, named: str, now: int) -> Action:
    """Replace the secret of an action's webhook; the old address is worth nothing from now on. Raises NotFound."""
    action = get(tx, workspace_id=workspace_id, app_id=app_id, named=named)
    tx.run(sql.turn_webhook, id=action.id, now=now)
    return get(tx, workspace_id=workspace_id, app_id=app_id, named=str(action.id))


def _secret(action: Action) -> str:
    return tokens.sign("webhook", f"{action.id}/{action.webhook_turn}")[:_SECRET_LENGTH]
