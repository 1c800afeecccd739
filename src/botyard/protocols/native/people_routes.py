"""The routes of native v1 about keys, people, groups and what was done by whom."""

from __future__ import annotations

from typing import get_args

from botyard.core.access import Permission
from botyard.protocols.native import keys
from botyard.protocols.native.queries import LIMIT
from botyard.web.declaring import Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_KEYS = Permission.KEYS_MANAGE
_SMALL = 64 * 1024
_KIND = Query("kind", "Tokens of this kind; without it API keys.", choices=get_args(wire.TokenKind), default="key")
_REVOKED = Query("revoked", "Revoked ones as well.", bool, default=False)
_BEFORE = Query("before", "Go on behind this id: `next` of the page before.")

PEOPLE_ROUTES = [
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
        example={"name": "nightly export", "role": "operator", "expires": "2030-01-01"},
    ),
    Route("GET", "/keys/{id}", keys.get, _KEYS, gives=wire.TokenView),
    Route("DELETE", "/keys/{id}", keys.revoke, _KEYS),
]
