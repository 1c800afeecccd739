"""The table of contents of this dialect: every route that is served, and what it needs.

The same routes are there under the address of a tenant, under that with `/api` behind it, and under `/api` alone,
where the token alone says which workspace is meant.
"""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.botvelocity import assets, executions, items, login, packages
from botyard.protocols.botvelocity.auth import DIALECT, authenticate
from botyard.protocols.botvelocity.errors import ERRORS
from botyard.web.routing import OPEN, Route, RouteTable

_P = Permission

_SMALL = 16 * 1024
#: Values of 1 MiB, escaped.
_PAYLOAD = 6 * 1024 * 1024
_SPANS = 16 * 1024 * 1024
_MESSAGE = 4 * 1024 * 1024

_ROUTES = (
    Route("POST", "/queue-items/add", items.add, _P.QUEUES_WORK, body_limit=_PAYLOAD),
    Route("GET", "/queue-items/next", items.take_next, _P.QUEUES_WORK),
    Route("PUT", "/queue-items/{id}/status", items.set_status, _P.QUEUES_REPORT, body_limit=_PAYLOAD),
    Route("GET", "/queue-items", items.waiting, _P.QUEUES_READ),
    Route("POST", "/queue-items", items.put, _P.QUEUES_WORK, body_limit=_PAYLOAD),
    Route("GET", "/queues", items.list_queues, _P.QUEUES_READ),
    Route("GET", "/assets", assets.list_all, _P.CREDENTIALS_READ),
    Route("GET", "/assets/{name}", assets.get, _P.CREDENTIALS_READ),
    Route("GET", "/assets/name/{name}", assets.get_value, _P.CREDENTIALS_READ),
    Route("PUT", "/assets/name/{name}", assets.set_value, _P.SECRETS_WRITE),
    Route("PUT", "/assets/secret/{name}", assets.set_secret, _P.SECRETS_WRITE),
    Route("PUT", "/assets/credential/{name}", assets.set_credential, _P.SECRETS_WRITE),
    Route("POST", "/runtime/secrets/resolve", assets.resolve, _P.SECRETS_READ, body_limit=_SMALL),
    Route("GET", "/runtime/credentials/{name}", assets.username, _P.SECRETS_READ),
    Route("POST", "/job-executions/{execution}/logs", executions.log, _P.TASKS_REPORT, body_limit=_MESSAGE),
    Route("POST", "/agent-traces/{execution}/spans", executions.spans, _P.TASKS_REPORT, body_limit=_SPANS),
    Route("POST", "/sdk/auth/start", login.start, OPEN, body_limit=_SMALL),
    Route("GET", "/sdk/auth/status", login.status, OPEN),
    Route("POST", "/packages/preflight", packages.preflight, _P.PACKAGES_WRITE, body_limit=_SMALL),
    Route("POST", "/packages/upload", packages.upload, _P.PACKAGES_WRITE),
)

_TENANT = "/{workspace}/orchestrator_"


def _table(prefix: str) -> RouteTable:
    return RouteTable(
        DIALECT,
        prefix,
        _ROUTES,
        authenticate=authenticate,
        errors=ERRORS,
        dialects=(DIALECT,),
        any_content_type=True,
    )


TABLES = (_table(_TENANT), _table(f"{_TENANT}/api"), _table("/api"))
