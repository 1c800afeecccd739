"""SOAP: an operation of a WSDL, called by its name. zeep does the XML in a thread; requests go through the guard."""

from __future__ import annotations

import asyncio
import base64
import functools
import importlib
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from botyard.base.exceptions import closest
from botyard.core.integrations import Account
from botyard.upstream import Failed, Refused, Upstream
from botyard.upstream.integration.outcome import Outcome, failure
from botyard.upstream.integration.policies import Bounds, policy_for
from botyard.upstream.integration.wanted import Unfit, Wanted

T = TypeVar("T")

#: How long a WSDL that was read is used again.
_KEEP = 600.0
_MOST_KEPT = 50
_MAX_WSDL = 8 * 1024 * 1024
_threads = ThreadPoolExecutor(8, thread_name_prefix="soap")
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=lambda value: _plain(value))  # noqa: PLW0108 -- defined below


class Reply(NamedTuple):
    """An answer as zeep wants to see one."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    url: str
    encoding: str | None = None


class Wsdls:
    """The WSDLs that were read, for a while; used in threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], tuple[float, Any]] = {}

    def read(self, line: Line, settings: Any) -> Any:
        """Return the WSDL of an integration, read anew when the integration was changed."""
        integration = line.account.integration
        key, now = (integration.id, integration.updated_at), time.monotonic()
        kept = self._kept.get(key)
        if kept is None or kept[0] < now:
            url = integration.details.wsdl_document_url or ""
            document = _module("zeep.wsdl").Document(url, line, settings=settings)
            line.last = None
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            kept = self._kept[key] = (now + _KEEP, document)
        return kept[1]


async def call(upstream: Upstream, account: Account, wanted: Wanted, bounds: Bounds, wsdls: Wsdls) -> Outcome:
    """Call the operation that the endpoint names with the data as its arguments. Raises Unfit."""
    arguments = {} if wanted.data is None else wanted.data
    if not isinstance(arguments, dict):
        raise Unfit("The arguments of a SOAP operation must be an object.")
    line = Line(upstream, account, asyncio.get_running_loop(), bounds)
    work = functools.partial(_call, line, wsdls, wanted.endpoint.strip("/ "), arguments, wanted.soap_headers)
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    except Refused as refused:
        return failure(502, refused.reason)
    except Failed as failed:
        return failure(504 if failed.kind == "timeout" else 502, failed.reason)


async def operations(upstream: Upstream, account: Account, bounds: Bounds, wsdls: Wsdls) -> list[str]:
    """Return the names of the operations that there are. Raises Unfit, Refused and Failed."""
    line = Line(upstream, account, asyncio.get_running_loop(), bounds)
    return await asyncio.get_running_loop().run_in_executor(_threads, _names, line, wsdls)


class Line:
    """zeep's transport: hands each request to the event loop, where the guard is."""

    def __init__(self, upstream: Upstream, account: Account, loop: asyncio.AbstractEventLoop, bounds: Bounds) -> None:
        self.account = account
        self.last: Reply | None = None
        self._upstream = upstream
        self._loop = loop
        self._bounds = bounds

    def load(self, url: str) -> bytes:
        """Return a WSDL or a schema. Raises Refused for anything but http."""
        if urlsplit(str(url)).scheme not in ("http", "https"):
            raise Refused("A WSDL may only include what is reached by http or https.")
        reply = self._await(self._send("GET", str(url), {}, None, self._bounds._replace(max_bytes=_MAX_WSDL)))
        if reply.status_code >= 400:
            raise Failed("protocol", f"{urlsplit(str(url)).hostname} answers {reply.status_code} for its WSDL.")
        return reply.content

    def post_xml(self, address: str, envelope: Any, headers: Mapping[str, str]) -> Reply:
        """Send a message."""
        return self.post(address, _module("zeep.wsdl.utils").etree_to_string(envelope), headers)

    def post(self, address: str, message: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a message that is text already."""
        return self._await(self._send("POST", address, headers, message, self._bounds))

    def get(self, address: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Ask, for bindings that use GET."""
        del params
        return self._await(self._send("GET", address, headers, None, self._bounds))

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, bounds: Bounds
    ) -> Reply:
        policy = policy_for(self.account.integration, bounds, url=url)
        sent = dict(self.account.integration.details.extra_headers or {}) | dict(headers) | _http_sign_in(self.account)
        async with self._upstream.send(method, url, policy=policy, headers=sent, content=content) as answer:
            found = Headers((name.title(), value) for name, value in answer.headers)
            self.last = Reply(answer.status, found, await answer.read(), answer.url)
            return self.last

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Headers(dict[str, str]):
    """Headers whose names are read whatever their case."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header."""
        return super().get(name.title(), default)


def _call(line: Line, wsdls: Wsdls, operation: str, arguments: dict[str, Any], soap_headers: Any) -> Outcome:
    errors, lxml = _module("zeep.exceptions"), _module("lxml.etree")
    try:
        service = _service(line, wsdls)
        known = _operations(service)
        if operation not in known:
            hint = closest(operation, known) or f"There are: {', '.join(known[:20])}."
            raise Unfit(f'The WSDL has no operation "{operation[:80]}". {hint}')
        options = {"_soapheaders": soap_headers} if soap_headers else {}
        result = service[operation](**arguments, **options)
        data = _encoder.encode(_module("zeep.helpers").serialize_object(result, dict))
    except errors.Fault as fault:
        return _answered(line, 502, reason=f"SOAP fault {fault.code or ''}: {fault.message}".replace(" :", ":"))
    except (errors.Error, lxml.LxmlError) as error:
        if line.last is None:
            raise Unfit(f"The call does not fit the WSDL: {str(error)[:300]}") from None
        return _answered(line, 502, reason=f"The answer cannot be read: {str(error)[:300]}")
    except (TypeError, AttributeError, KeyError, LookupError, ValueError) as error:
        raise Unfit(f"The arguments do not fit the operation {operation[:80]}: {str(error)[:300]}") from None
    return _answered(line, 200, data=data)


def _answered(line: Line, status: int, *, reason: str | None = None, data: bytes | None = None) -> Outcome:
    last = line.last
    headers = {name: value for name, value in (last.headers if last else {}).items() if name != "Set-Cookie"}
    body = last.content.decode("utf-8", "replace") if last else ""
    return Outcome(
        status=status,
        url=last.url if last else "",
        text=body if reason is None else reason,
        headers=headers,
        data=data,
        reason=reason,
        received=len(last.content) if last else 0,
    )


def _names(line: Line, wsdls: Wsdls) -> list[str]:
    return _operations(_service(line, wsdls))


def _operations(service: Any) -> list[str]:
    return sorted(str(name) for name in service._binding._operations)  # noqa: SLF001 -- zeep offers no other way


def _service(line: Line, wsdls: Wsdls) -> Any:
    """Return the operations of the first service; they go to base_url if there is one, else where the WSDL says."""
    zeep = _module("zeep")
    integration = line.account.integration
    settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=False)
    client = zeep.Client(wsdls.read(line, settings), wsse=_token(line.account), transport=line, settings=settings)
    service = client.service
    if integration.base_url:
        return client.create_service(service._binding.name.text, integration.base_url)  # noqa: SLF001 -- likewise
    return service


def _token(account: Account) -> Any:
    """Return the WS-Security token of an account, if that is how it signs in."""
    method, held = (account.integration.details.wsdl_auth_method or "").lower(), account.secrets
    if method not in ("wsse", "digest"):
        return None
    token = _module("zeep.wsse.username").UsernameToken
    return token(held.user or "", held.password or held.key or "", use_digest=method == "digest")


def _http_sign_in(account: Account) -> dict[str, str]:
    """Return the headers by which an account signs in: Basic, a template of its own, or a bearer token."""
    details, held = account.integration.details, account.secrets
    method = (details.wsdl_auth_method or ("basic" if held.user else "bearer" if held.key else "none")).lower()
    if method == "basic":
        pair = f"{held.user or ''}:{held.password or ''}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if method == "header" and details.wsdl_custom_auth:
        name, _, template = details.wsdl_custom_auth.partition(":")
        for part in ("key", "user", "password"):
            template = template.replace("{" + part + "}", getattr(held, part) or "")
        return {name.strip(): template.strip()}
    return {"Authorization": f"Bearer {held.key}"} if method == "bearer" else {}


def _plain(value: Any) -> Any:
    """Return what JSON has for a value of zeep's."""
    etree = _module("lxml.etree")
    if isinstance(value, etree._Element):  # noqa: SLF001 -- the class has no public name
        return etree.tostring(value, encoding="unicode")
    return str(value)


def _module(name: str) -> Any:
    """Return a module that is imported late, because it takes half a second, and has no types."""
    return importlib.import_module(name)
