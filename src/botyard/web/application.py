"""The edge: from a connection to a handler and back, with every check that no handler may forget."""

from __future__ import annotations

import contextlib
import itertools
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from botyard.base.exceptions import BotyardError, Denied, Invalid, NotFound
from botyard.core.access import Permission
from botyard.core.logs import Masks
from botyard.core.vault import RootKeys
from botyard.upstream import Upstream
from botyard.web import auth
from botyard.web.body import ClientLeft, Receive
from botyard.web.errors import internal_error
from botyard.web.longpoll import Drain
from botyard.web.once import handled
from botyard.web.request import Request
from botyard.web.response import Header, Response, Send
from botyard.web.routing import OPEN, Router, RouteTable
from botyard.web.throttle import Buckets, Throttle

if TYPE_CHECKING:
    from botyard.base.settings import Settings
    from botyard.storage import Blobs, Database

T = TypeVar("T")

log = logging.getLogger("botyard.web")

#: Headers of every answer that is not a page.
API_HEADERS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Headers of console pages: scripts and styles from this server only, no framing, no third party.
PAGE_HEADERS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", _PAGE_POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)
_HSTS: Header = (b"strict-transport-security", b"max-age=31536000")


class Tools(msgspec.Struct, kw_only=True):
    """What handlers work with; built once by the server, reached through the request."""

    settings: Settings
    db: Database
    blobs: Blobs
    authenticator: auth.Authenticator
    drain: Drain
    throttle: Throttle
    root_keys: RootKeys
    #: Calls other systems on somebody's behalf.
    upstream: Upstream = msgspec.field(default_factory=Upstream)
    #: What to hide in the log lines of attempts that read secrets through this server.
    masks: Masks = msgspec.field(default_factory=Masks)
    #: Logins of machines, by key: each leaves a token and an audit row.
    key_logins: Buckets = msgspec.field(default_factory=lambda: Buckets(rate=20, burst=1000))
    #: Failed logins of machines, by address. Their keys cannot be guessed, so this only stops floods.
    key_failures: Buckets = msgspec.field(default_factory=lambda: Buckets(rate=5, burst=200))
    #: What to wait for once the last request is answered, while the database is still open.
    closing: list[Callable[[], Awaitable[None]]] = msgspec.field(default_factory=list)
    _shared: dict[type[Any], Any] = msgspec.field(default_factory=dict)

    def shared(self, kind: type[T], make: Callable[[], T]) -> T:
        """Return the one `kind` of this server, made at first use; for what a protocol keeps between requests."""
        if kind not in self._shared:
            self._shared[kind] = make()
        known: T = self._shared[kind]
        return known


class Application:
    """An ASGI application over route tables. The table without prefix answers for every path that no other owns."""

    def __init__(self, tables: list[RouteTable], tools: Tools) -> None:
        self.router = Router(tables)
        self.tools = tools
        self._boot = secrets.token_hex(4)
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request; refuse everything else."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        request = Request(scope, receive, self.tools, f"{self._boot}{next(self._numbers):08x}")
        watched = _Watched(send)
        try:
            response = await self._answer(request)
            await response.send(watched.send, self._headers(request))
        except ClientLeft:
            log.debug("request.client_left", extra={"request": request.id})
        except Exception as error:
            if watched.started:
                # Half an answer is out: cutting the connection is the only way left to say so.
                log.exception("response.failed", extra={"request": request.id})
                raise
            await self._failed(request, error).send(send, self._headers(request))
        finally:
            await request.close()

    async def _answer(self, request: Request) -> Response:
        try:
            await self._prepare(request)
            return await handled(request)
        except ClientLeft:
            raise
        except Exception as error:  # noqa: BLE001 -- the one place that turns any failure into an answer
            if isinstance(error, Denied) and error.code != "unauthenticated" and request.signed_in:
                log.info("request.denied", extra={"request": request.id, "actor": request.caller.actor})
                await request.record_denied(str(request.route.permission))
            return self._failed(request, error)

    async def _prepare(self, request: Request) -> None:
        scope = request.scope
        raw_path = request.raw_path
        match = self.router.find(scope["method"], raw_path)
        table, request.route, request.path = match
        request.table = table
        if table.dialects and not await self.tools.authenticator.dialect_enabled(table.dialects):
            raise NotFound("There is nothing at this address.", hint="", code="unknown_route")
        permission = request.route.permission
        if permission is not OPEN:
            authenticate = table.authenticate or auth.bearer
            caller = await authenticate(request)
            request.caller = caller
            if isinstance(permission, Permission):
                caller.check(permission)
        if table.guard is not None:
            await table.guard(request)
        if table.strict_query and scope["query_string"]:
            _check_query(request)

    def _failed(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, BotyardError):
            log.error(
                "request.failed",
                extra={"request": request.id, "path": request.raw_path.decode("latin-1")[:200]},
                exc_info=error,
            )
            error = internal_error()
        table = self._table(request)
        errors = table.errors if table.errors_of is None else table.errors_of(request)
        return errors.response(error, request.id)

    def _table(self, request: Request) -> RouteTable:
        table = getattr(request, "table", None)
        return table if table is not None else self.router.owner(request.raw_path)

    def _headers(self, request: Request) -> tuple[Header, ...]:
        headers = self._table(request).headers or API_HEADERS
        if request.scope.get("scheme") == "https":
            headers = (*headers, _HSTS)
        return (*headers, (b"x-request-id", request.id.encode()))


class _Watched:
    """Remembers whether the head of an answer is out."""

    __slots__ = ("_send", "started")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, message: Any) -> None:
        self.started = True
        with contextlib.suppress(ConnectionError):
            await self._send(message)


def _check_query(request: Request) -> None:
    names = [parameter.name for parameter in request.route.query]
    for name in request.query:
        if name not in names:
            known = ", ".join(names) or "none"
            raise Invalid(f'There is no query parameter "{name[:80]}" here.', hint=f"Known ones: {known}.", field=name)
