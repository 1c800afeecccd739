"""The routes of native v1 about keys, people, groups and what was done by whom."""

from __future__ import annotations

from typing import get_args

from botyard.core.access import Permission
from botyard.protocols.native import groups, history, keys, users
from botyard.protocols.native.queries import AFTER, BEFORE_ID, LIMIT
from botyard.web.declaring import Query
from botyard.web.routing import SIGNED_IN, Route
from botyard.wire import native as wire

_P = Permission
_KEYS, _USERS, _LOGS, _SEE, _CHANGE = (
    _P.KEYS_MANAGE,
    _P.USERS_MANAGE,
    _P.LOGS_READ,
    _P.AUTOMATIONS_READ,
    _P.AUTOMATIONS_WRITE,
)
_SMALL = 64 * 1024
_KIND = Query("kind", "Tokens of this kind; without it API keys.", choices=get_args(wire.TokenKind), default="key")
_REVOKED = Query("revoked", "Revoked ones as well.", bool, default=False)
_BEFORE = Query("before", "Go on behind this id: `next` of the page before.")
_AFTER_ID = Query("after", "Oldest first, behind this id; 0 for all.", int, default=0, low=0, high=2**62)
_EVENT = Query("kind", "Only those of this kind, such as `task.failed`.")
_ENTITY = Query("entity", "Only what happened to things of this kind, such as `task`.")
_ENTITY_ID = Query("entity_id", "Only what happened to the thing with this id.")
_ACTOR = Query("actor", "Only what this one did, as `kind:name`.")
_ACTION = Query("action", "Only this action, such as `tasks.cancel`.")
_TARGET = Query("target", "Only what was done to this.")
_VERDICT = Query("verdict", "Only what was allowed, or denied.", choices=get_args(wire.AuditVerdict))
_SINCE = Query("since", "Only those from this moment on, in ISO 8601.")
_USER, _GROUP, _SUBSCRIBERS = "/users/{login}", "/groups/{name}", "/automations/{label}/subscribers"
_TAKEN, _CONFLICT = ("already_exists",), ("illegal_transition",)

PEOPLE_ROUTES = [
    Route("GET", "/me", history.me, SIGNED_IN, gives=wire.MeView, name="me_get"),
    Route("GET", "/keys", keys.search, _KEYS, query=(_KIND, _REVOKED, _BEFORE, LIMIT), gives=wire.TokenPage),
    Route(
        "POST",
        "/keys",
        keys.create,
        _KEYS,
        body_limit=_SMALL,
        takes=wire.CreateKey,
        gives=wire.NewTokenView,
        status=201,
        secret=True,
        example={"name": "nightly export", "role": "operator", "expires": "2030-01-01"},
    ),
    Route("GET", "/keys/{id}", keys.get, _KEYS, gives=wire.TokenView),
    Route("DELETE", "/keys/{id}", keys.revoke, _KEYS),
    Route("GET", "/users", users.search, _USERS, query=(AFTER, LIMIT), gives=wire.UserPage),
    Route(
        "POST",
        "/users",
        users.create,
        _USERS,
        body_limit=_SMALL,
        takes=wire.CreateUser,
        gives=wire.NewUserView,
        status=201,
        secret=True,
        problems=(*_TAKEN, "rate_limited"),
        example={"login": "ann", "name": "Ann", "role": "operator"},
    ),
    Route("GET", _USER, users.get, _USERS, gives=wire.UserView),
    Route(
        "PATCH",
        _USER,
        users.update,
        _USERS,
        body_limit=_SMALL,
        takes=wire.UpdateUser,
        gives=wire.UserView,
        problems=_CONFLICT,
        example={"role": "developer"},
    ),
    Route("DELETE", _USER, users.remove, _USERS, problems=_CONFLICT),
    Route(
        "POST",
        f"{_USER}/reset-password",
        users.reset_password,
        _USERS,
        gives=wire.NewUserView,
        secret=True,
        problems=("rate_limited",),
    ),
    Route("GET", "/groups", groups.search, _LOGS, query=(AFTER, LIMIT), gives=wire.GroupPage),
    Route(
        "POST",
        "/groups",
        groups.create,
        _CHANGE,
        body_limit=_SMALL,
        takes=wire.CreateGroup,
        gives=wire.GroupView,
        status=201,
        problems=_TAKEN,
        example={"name": "on duty", "users": ["ann"], "addresses": ["duty@example.com"]},
    ),
    Route("GET", _GROUP, groups.get, _LOGS, gives=wire.GroupView, tagged=True),
    Route(
        "PATCH",
        _GROUP,
        groups.update,
        _CHANGE,
        body_limit=_SMALL,
        takes=wire.UpdateGroup,
        gives=wire.GroupView,
        tagged=True,
        example={"users": ["ann", "bob"]},
    ),
    Route("DELETE", _GROUP, groups.delete, _CHANGE, tagged=True),
    Route(
        "GET", _SUBSCRIBERS, groups.list_subscribers, _SEE, gives=wire.SubscriberList, name="automations_subscribers"
    ),
    Route(
        "PUT",
        _SUBSCRIBERS,
        groups.replace_subscribers,
        _CHANGE,
        body_limit=_SMALL,
        takes=wire.SubscriberList,
        gives=wire.SubscriberList,
        example={"subscribers": [{"group": "on duty", "level": "warn"}]},
        name="automations_subscribe",
    ),
    Route(
        "GET",
        "/events",
        history.list_events,
        _LOGS,
        query=(_EVENT, _ENTITY, _ENTITY_ID, _AFTER_ID, BEFORE_ID, LIMIT),
        gives=wire.HistoryPage,
        name="events_search",
    ),
    Route(
        "GET",
        "/audit",
        history.list_audit,
        _P.AUDIT_READ,
        query=(_ACTOR, _ACTION, _TARGET, _VERDICT, _SINCE, BEFORE_ID, LIMIT),
        gives=wire.AuditPage,
        name="audit_search",
    ),
    Route(
        "POST",
        "/audit/tools",
        history.note_tool,
        _SEE,
        body_limit=_SMALL,
        takes=wire.ToolCall,
        example={"tool": "start_task", "target": "invoices", "arguments": ["parameters"], "client": "assistant"},
        name="audit_note_tool",
    ),
]
