"""Apps, what they can do, what starts that, and the tokens that speak for them. Id and slug both name an app."""

from __future__ import annotations

from collections.abc import Sequence

from botyard.sdk.calls import Call, delete, get, make, patch, post, put
from botyard.sdk.faces import C, Group, call, fields, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import apps as wire
from botyard.wire.keys import NewTokenView, TokenPage, TokenView
from botyard.wire.workspace import Deployed

_ALL = "/api/v1/apps"
_ONE = "/api/v1/apps/{app}"
_ACTIONS = "/api/v1/apps/{app}/actions"
_ACTION = "/api/v1/apps/{app}/actions/{action}"
_TRIGGERS = "/api/v1/apps/{app}/triggers"
_TRIGGER = "/api/v1/apps/{app}/triggers/{action}"
_TOKENS = "/api/v1/apps/{app}/tokens"

App = str | int


class Apps(Group[C]):
    """Apps: actions, tables and files that belong together."""

    @listing
    def list(self, *, limit: int | None = None) -> Listing[wire.AppView]:
        """List apps by id."""
        return pages(_ALL, wire.AppPage, lambda page: page.apps, limit=limit)

    @call
    def get(self, app: App) -> Call[wire.AppView]:
        """Read one app."""
        return get(_ONE, wire.AppView, app)

    @fields(wire.CreateApp)
    def create(self, body: wire.CreateApp) -> Call[wire.AppView]:
        """Make an app."""
        return make(_ALL, body, wire.AppView)

    @fields(wire.UpdateApp)
    def update(self, app: App, body: wire.UpdateApp) -> Call[wire.AppView]:
        """Change the fields that are given."""
        return patch(_ONE, body, wire.AppView, app)

    @call
    def delete(self, app: App) -> Call[None]:
        """Delete an app that has neither actions nor tables, with its files, cached values and tokens."""
        return delete(_ONE, app)

    @listing
    def tokens(self, app: App, *, revoked: bool = False, limit: int | None = None) -> Listing[TokenView]:
        """List the tokens that speak for an app, newest first; with `revoked`, those too."""
        return pages(_TOKENS, TokenPage, lambda page: page.keys, app, cursor="before", limit=limit, revoked=revoked)

    @fields(wire.CreateAppToken)
    def create_token(self, app: App, body: wire.CreateAppToken) -> Call[NewTokenView]:
        """Make a token that speaks for an app; its text is in this answer and nowhere else."""
        return make(_TOKENS, body, NewTokenView, app)

    @call
    def revoke_token(self, app: App, token_id: str) -> Call[None]:
        """Let a token speak no more."""
        return delete(f"{_TOKENS}/{{id}}", app, token_id)


class Actions(Group[C]):
    """What apps can do. Id and slug both name an action."""

    @listing
    def list(
        self,
        app: App,
        *,
        type: wire.ActionType | None = None,  # noqa: A002 -- its name
        limit: int | None = None,
    ) -> Listing[wire.ActionView]:
        """List the actions of an app by id, those of one type or all."""
        return pages(_ACTIONS, wire.ActionPage, lambda page: page.actions, app, limit=limit, type=type)

    @call
    def get(self, app: App, action: App) -> Call[wire.ActionView]:
        """Read one action, without its code."""
        return get(_ACTION, wire.ActionView, app, action)

    @fields(wire.CreateAction)
    def create(self, app: App, body: wire.CreateAction) -> Call[wire.ActionView]:
        """Make an action; it has no code until some is deployed."""
        return make(_ACTIONS, body, wire.ActionView, app)

    @fields(wire.UpdateAction)
    def update(self, app: App, action: App, body: wire.UpdateAction) -> Call[wire.ActionView]:
        """Change the fields that are given."""
        return patch(_ACTION, body, wire.ActionView, app, action)

    @call
    def delete(self, app: App, action: App) -> Call[None]:
        """Delete an action none of whose runs is under way; its tasks stay in the history."""
        return delete(_ACTION, app, action)

    @call
    def code(self, app: App, action: App, *, version: str | None = None) -> Call[wire.ActionCode]:
        """Read the code of an action at a version, else that which the next run has."""
        return get(f"{_ACTION}/code", wire.ActionCode, app, action, version=version)

    @call
    def deploy(
        self,
        app: App,
        action: App,
        code: str,
        *,
        requirements: Sequence[str] | None = None,
        base: str | None = None,
    ) -> Call[Deployed]:
        """Make code the next version. With `base`, only while that version is in use; "" means that there is none."""
        body = wire.DeployAction(code=code, requirements=None if requirements is None else [*requirements], base=base)
        return put(f"{_ACTION}/code", body, Deployed, app, action, repeatable=base is None)

    @fields(wire.RunAction)
    def run(self, app: App, action: App, body: wire.RunAction) -> Call[wire.ActionRun]:
        """Run an action. A `key` that came before finds the run that it started."""
        return make(f"{_ACTION}/run", body, wire.ActionRun, app, action)

    @call
    def webhook(self, app: App, action: App) -> Call[wire.WebhookView]:
        """Say whether an action has a webhook, and its address."""
        return get(f"{_ACTION}/webhook", wire.WebhookView, app, action)

    @call
    def enable_webhook(self, app: App, action: App) -> Call[wire.WebhookView]:
        """Give an action a webhook; whoever knows its address can run the action."""
        return put(f"{_ACTION}/webhook", None, wire.WebhookView, app, action)

    @call
    def disable_webhook(self, app: App, action: App) -> Call[None]:
        """Take the webhook of an action away; the address is kept for when it is back."""
        return delete(f"{_ACTION}/webhook", app, action)

    @call
    def rotate_webhook(self, app: App, action: App) -> Call[wire.WebhookView]:
        """Give the webhook of an action another address; the one before is worth nothing from now on."""
        return post(f"{_ACTION}/webhook/rotate", None, wire.WebhookView, app, action)


class Triggers(Group[C]):
    """Actions that start when rows of a table change."""

    @listing
    def list(self, app: App, *, limit: int | None = None) -> Listing[wire.TriggerView]:
        """List the triggers of an app."""
        return pages(_TRIGGERS, wire.TriggerPage, lambda page: page.triggers, app, limit=limit)

    @call
    def get(self, app: App, action: App) -> Call[wire.TriggerView]:
        """Return what starts an action."""
        return get(_TRIGGER, wire.TriggerView, app, action)

    @fields(wire.CreateTrigger)
    def create(self, app: App, body: wire.CreateTrigger) -> Call[wire.TriggerView]:
        """Let changes of the rows of a table start an action."""
        return make(_TRIGGERS, body, wire.TriggerView, app)

    @fields(wire.UpdateTrigger)
    def update(self, app: App, action: App, body: wire.UpdateTrigger) -> Call[wire.TriggerView]:
        """Change the fields that are given."""
        return patch(_TRIGGER, body, wire.TriggerView, app, action)

    @call
    def delete(self, app: App, action: App) -> Call[None]:
        """Let changes of rows start an action no more; the action stays."""
        return delete(_TRIGGER, app, action)
