"""The routes of native v1 about apps, their actions and triggers, and the tokens that speak for apps."""

from __future__ import annotations

from typing import get_args

from botyard.core.access import Permission
from botyard.protocols.native import actions, apps, triggers
from botyard.protocols.native.queries import AFTER_ID, LIMIT
from botyard.web.declaring import Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_P = Permission
_SEE, _MAKE, _CODE, _KEYS = _P.AUTOMATIONS_READ, _P.AUTOMATIONS_WRITE, _P.PACKAGES_WRITE, _P.KEYS_MANAGE
_APP = "/apps/{app}"
_ACTION = "/apps/{app}/actions/{action}"
_TRIGGER = "/apps/{app}/triggers/{action}"
_SMALL = 64 * 1024
_BODY = 2 * 1024 * 1024
#: Code of 1 MiB, escaped.
_SOURCE = 8 * 1024 * 1024
_TAKEN = ("already_exists",)
_ACTION_TYPE = Query("type", "Only those of this type.", choices=get_args(wire.ActionType))
_VERSION = Query("version", "The version to read; without it the one that the next run has.")
_REVOKED = Query("revoked", "Revoked ones as well.", bool, default=False)
_BEFORE = Query("before", "Go on behind this id: `next` of the page before.")

APP_ROUTES = [
    Route("GET", "/apps", apps.search, _SEE, query=(AFTER_ID, LIMIT), gives=wire.AppPage),
    Route(
        "POST",
        "/apps",
        apps.create,
        _MAKE,
        body_limit=_SMALL,
        takes=wire.CreateApp,
        gives=wire.AppView,
        status=201,
        problems=_TAKEN,
        example={"slug": "shop", "name": "The shop", "owner": "ann"},
    ),
    Route("GET", _APP, apps.get, _SEE, gives=wire.AppView, tagged=True),
    Route(
        "PATCH",
        _APP,
        apps.update,
        _MAKE,
        body_limit=_SMALL,
        takes=wire.UpdateApp,
        gives=wire.AppView,
        tagged=True,
        problems=_TAKEN,
        example={"name": "The web shop"},
    ),
    Route("DELETE", _APP, apps.delete, _MAKE, tagged=True, problems=("not_empty", "illegal_transition")),
    Route("GET", f"{_APP}/tokens", apps.search_tokens, _KEYS, query=(_REVOKED, _BEFORE, LIMIT), gives=wire.TokenPage),
    Route(
        "POST",
        f"{_APP}/tokens",
        apps.create_token,
        _KEYS,
        body_limit=_SMALL,
        takes=wire.CreateAppToken,
        gives=wire.NewTokenView,
        status=201,
        secret=True,
        example={"name": "laptop of Ann", "user": "ann", "expires": "2030-01-01"},
    ),
    Route("DELETE", f"{_APP}/tokens/{{id}}", apps.revoke_token, _KEYS),
    Route(
        "GET",
        f"{_APP}/actions",
        actions.search,
        _SEE,
        query=(_ACTION_TYPE, AFTER_ID, LIMIT),
        gives=wire.ActionPage,
    ),
    Route(
        "POST",
        f"{_APP}/actions",
        actions.create,
        _MAKE,
        body_limit=_BODY,
        takes=wire.CreateAction,
        gives=wire.ActionView,
        status=201,
        problems=_TAKEN,
        example={"slug": "send-invoices", "name": "Send invoices", "requirements": ["automio==0.5.7"]},
    ),
    Route("GET", _ACTION, actions.get, _SEE, gives=wire.ActionView, tagged=True),
    Route(
        "PATCH",
        _ACTION,
        actions.update,
        _MAKE,
        body_limit=_BODY,
        takes=wire.UpdateAction,
        gives=wire.ActionView,
        tagged=True,
        problems=_TAKEN,
        example={"description": "Sends what was ordered since yesterday.", "required_confirmation": True},
    ),
    Route("DELETE", _ACTION, actions.delete, _MAKE, problems=("illegal_transition",)),
    Route("GET", f"{_ACTION}/code", actions.read_code, _P.PACKAGES_READ, query=(_VERSION,), gives=wire.ActionCode),
    Route(
        "PUT",
        f"{_ACTION}/code",
        actions.deploy,
        _CODE,
        body_limit=_SOURCE,
        takes=wire.DeployAction,
        gives=wire.Deployed,
        status=(200, 201),
        problems=("illegal_transition", "bad_archive"),
        example={"code": "print('Hello')\n", "requirements": ["automio==0.5.7"], "base": ""},
    ),
    Route(
        "POST",
        f"{_ACTION}/run",
        actions.run,
        _P.TASKS_RUN,
        body_limit=_BODY,
        takes=wire.RunAction,
        gives=wire.ActionRun,
        status=201,
        problems=("request_key_reused", "run_deleted"),
        example={"input": {"month": "2026-03"}, "key": "invoices-2026-03"},
    ),
    Route("GET", f"{_ACTION}/webhook", actions.get_webhook, _MAKE, gives=wire.WebhookView),
    Route("PUT", f"{_ACTION}/webhook", actions.enable_webhook, _MAKE, gives=wire.WebhookView),
    Route("DELETE", f"{_ACTION}/webhook", actions.disable_webhook, _MAKE),
    Route("POST", f"{_ACTION}/webhook/rotate", actions.rotate_webhook, _MAKE, gives=wire.WebhookView, secret=True),
    Route("GET", f"{_APP}/triggers", triggers.search, _SEE, query=(AFTER_ID, LIMIT), gives=wire.TriggerPage),
    Route(
        "POST",
        f"{_APP}/triggers",
        triggers.create,
        _MAKE,
        body_limit=_SMALL,
        takes=wire.CreateTrigger,
        gives=wire.TriggerView,
        status=201,
        problems=_TAKEN,
        example={"action": "send-invoices", "table": "orders", "events": ["insert"]},
    ),
    Route("GET", _TRIGGER, triggers.get, _SEE, gives=wire.TriggerView),
    Route(
        "PATCH",
        _TRIGGER,
        triggers.update,
        _MAKE,
        body_limit=_SMALL,
        takes=wire.UpdateTrigger,
        gives=wire.TriggerView,
        example={"events": ["insert", "update"]},
    ),
    Route("DELETE", _TRIGGER, triggers.delete, _MAKE),
]
