"""One request, as handlers see it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from botyard.base.exceptions import Denied, Invalid, NotFound
from botyard.core import audit, edits
from botyard.core.access import Caller
from botyard.web import body as bodies
from botyard.web.etags import tags
from botyard.web.multipart import Form, read_form

if TYPE_CHECKING:
    from botyard.storage import Blobs, Database, Tx
    from botyard.web.application import Tools
    from botyard.web.routing import Route, RouteTable

T = TypeVar("T")

_MAX_FIELDS = 32 * 1024 * 1024
_MAX_ID = 2**63 - 1


class Request:
    """What was asked, by whom, and the means to answer it.

    `path` holds the named segments, decoded. `caller` is set before a handler runs, except on open routes.
    `id` is in the answer's X-Request-Id and in every log record and audit row of this request.
    """

    __slots__ = ("_caller", "_content", "_form", "_query", "_receive", "id", "path", "route", "scope", "table", "tools")

    def __init__(self, scope: Mapping[str, Any], receive: bodies.Receive, tools: Tools, request_id: str) -> None:
        self.scope = scope
        self.tools = tools
        self.id = request_id
        self.path: Mapping[str, str] = {}
        self.route: Route
        self.table: RouteTable
        self._receive = receive
        self._caller: Caller | None = None
        self._content: bytes | None = None
        self._query: dict[str, str] | None = None
        self._form: Form | None = None

    @property
    def method(self) -> str:
        """Return the HTTP method."""
        return str(self.scope["method"])

    @property
    def db(self) -> Database:
        """Return the database."""
        return self.tools.db

    @property
    def blobs(self) -> Blobs:
        """Return the file store."""
        return self.tools.blobs

    @property
    def now(self) -> int:
        """Return the present moment, on the clock that leases use."""
        return self.tools.db.now()

    @property
    def caller(self) -> Caller:
        """Return who asks. Raises Denied on an open route that was asked without a credential."""
        if self._caller is None:
            raise Denied("This needs a credential.", hint="Sign in or send a token.", code="unauthenticated")
        return self._caller

    @caller.setter
    def caller(self, caller: Caller | None) -> None:
        self._caller = caller

    @property
    def signed_in(self) -> bool:
        """Return whether the caller is known."""
        return self._caller is not None

    @property
    def address(self) -> str:
        """Return the address of the client, for audit rows and limits."""
        client = self.scope.get("client")
        return client[0] if client else "local"

    @property
    def server(self) -> str:
        """Return the address under which the caller reached this server: clients on its side can use the same."""
        return f"{self.scope.get('scheme', 'http')}://{self.header('host') or '127.0.0.1'}"

    @property
    def raw_path(self) -> bytes:
        """Return the path as it was sent, without the query."""
        raw: bytes = self.scope.get("raw_path") or self.scope["path"].encode()
        return raw

    def header(self, name: str) -> str | None:
        """Return the first header called `name` (in lower case), or None."""
        wanted = name.encode()
        for key, value in self.scope["headers"]:
            if key == wanted:
                text: str = value.decode("latin-1")
                return text
        return None

    @property
    def query(self) -> Mapping[str, str]:
        """Return the query parameters; of repeated ones the last. Raises Invalid for bad encoding."""
        if self._query is None:
            raw = self.scope["query_string"]
            self._query = dict(bodies.decode_form(raw)) if raw else {}
        return self._query

    def query_all(self, name: str) -> list[str]:
        """Return every value of a repeated query parameter, in order."""
        return [value for key, value in bodies.decode_form(self.scope["query_string"]) if key == name]

    def query_int(self, name: str, *, default: int, low: int, high: int) -> int:
        """Return a whole number from the query. Raises Invalid when it is none or out of bounds."""
        text = self.query.get(name)
        if text is None or text == "":
            return default
        number = _integer(text)
        if number is None or not low <= number <= high:
            raise Invalid(
                f'"{name}" must be a whole number from {low} to {high}.', hint="Correct the query.", field=name
            )
        return number

    def query_float(self, name: str, *, default: float, low: float, high: float) -> float:
        """Return a number from the query. Raises Invalid when it is none or out of bounds."""
        text = self.query.get(name)
        if text is None or text == "":
            return default
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            raise Invalid(f'"{name}" must be a number from {low} to {high}.', hint="Correct the query.", field=name)
        return number

    def path_id(self, name: str) -> int:
        """Return a path segment as an id. Raises NotFound when it cannot be one: no such thing exists."""
        number = _integer(self.path[name])
        if number is None or not 0 < number <= _MAX_ID:
            raise NotFound(f'"{self.path[name][:40]}" does not exist.', hint="Check the id.")
        return number

    async def body(self, *, limit: int | None = None) -> bytes:
        """Return the whole body. Raises Invalid(code="too_large") over `limit`, or the route's."""
        if self._content is None:
            allowed = self.route.body_limit if limit is None else limit
            self._content = await bodies.whole(self._receive, limit=allowed, declared=self.header("content-length"))
        return self._content

    async def json(self, kind: type[T]) -> T:
        """Return the JSON body as a `kind` (a msgspec struct, usually). Raises Invalid naming the field."""
        raw = await self.body()
        if not self.table.any_content_type and not _is_json(self.header("content-type")):
            raise Invalid(
                "The body is not declared as JSON.",
                hint="Send Content-Type: application/json.",
                code="unsupported_media_type",
            )
        return bodies.decode_json(raw, kind)

    def stream(self, *, limit: int | None = None) -> AsyncGenerator[bytes]:
        """Return the body as chunks, for a store that takes them. Raises Invalid over `limit` or the route's."""
        allowed = self.route.body_limit if limit is None else limit
        return bodies.chunks(self._receive, limit=allowed, declared=self.header("content-length"))

    async def form(self) -> Form:
        """Return a form body, urlencoded or multipart. Files are dropped when the request ends."""
        if self._form is None:
            kind = self.header("content-type") or ""
            base = kind.partition(";")[0].strip().lower()
            if base == "multipart/form-data":
                self._form = await read_form(kind, self.stream())
            elif base == "application/x-www-form-urlencoded":
                self._form = Form(bodies.decode_form(await self._fields()), [])
            else:
                raise Invalid("The body is not a form.", hint="Send a form.", code="unsupported_media_type")
        return self._form

    async def _fields(self) -> bytes:
        """Return the body of a form without files; it is held in memory, so it has a limit of its own."""
        limit = min(self.route.body_limit, _MAX_FIELDS)
        return await bodies.whole(self._receive, limit=limit, declared=self.header("content-length"))

    async def close(self) -> None:
        """Drop what the request left on disk."""
        if self._form is not None:
            await self._form.close()

    async def disconnected(self) -> None:
        """Return when the client has left; for answers that are held back or streamed. Read the body first."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def left(self) -> bodies.ClientLeft:
        """Return the exception to raise when the client has gone."""
        return bodies.ClientLeft()

    def origin(self, actor: str | None = None) -> audit.Origin:
        """Return where this request comes from, for audit rows."""
        return audit.Origin(
            workspace_id=self._caller.workspace_id if self._caller else None,
            actor=actor or (self._caller.actor if self._caller else "anonymous"),
            address=self.address,
            request_id=self.id,
        )

    async def change(
        self,
        operation: Callable[..., T],
        /,
        *,
        audit_action: str | None = None,
        audit_target: str | Callable[[T], str] | None = None,
        audit_actor: str | None = None,
        current: Callable[[Tx], Any] | None = None,
        **parameters: Any,
    ) -> T:
        """Run `operation(tx, **parameters)` with its audit row in one transaction, durable when this returns.

        The row says "<concept>.<operation>" and the id or label of what came out, unless told otherwise.
        `current` finds what is changed, where clients may say with If-Match which state of it they saw. Raises
        IllegalTransition (code "precondition_failed") when it is in another one.
        """
        action = audit_action or audit.action_of(operation)
        seen = self._seen() if current is not None else None
        if seen is not None:
            guard = {"name": self._edited, "current": current, "seen": seen}
            operation, parameters = edits.guarded, {"operation": operation, "parameters": parameters, **guard}
        return await self.db.write(
            audit.audited,
            operation=operation,
            parameters=parameters,
            origin=self.origin(audit_actor),
            action=action,
            target=audit.target_of if audit_target is None else audit_target,
            now=self.now,
        )

    @property
    def _edited(self) -> str:
        """Return a name for the thing that the path names, for edits of it to wait for each other."""
        return f"{self.caller.workspace_id}:{self.raw_path.decode('latin-1')}"

    def _seen(self) -> set[str] | None:
        """Return the states of which one has to be the present one; None when any may be."""
        seen = tags(self.header("if-match"))
        return None if not seen or "*" in seen else seen

    async def record_denied(self, action: str, *, actor: str | None = None) -> None:
        """Write the audit row of an attempt that was refused."""
        origin = self.origin(actor)
        await self.db.write(
            audit.record,
            workspace_id=origin.workspace_id,
            actor=origin.actor,
            action=action,
            target=f"{self.method} {self.raw_path.decode('latin-1')}",
            verdict="denied",
            address=origin.address,
            request_id=origin.request_id,
            now=self.now,
        )


def _integer(text: str) -> int | None:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
        return None
    return int(text)


def _is_json(content_type: str | None) -> bool:
    base, _, rest = (content_type or "").partition(";")
    if base.strip().lower() != "application/json":
        return False
    charset = rest.replace(" ", "").lower()
    return charset in ("", "charset=utf-8", 'charset="utf-8"')
