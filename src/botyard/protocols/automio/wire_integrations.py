"""The bodies of calls to integrations, and integrations as strict clients read them (contract b.1 to b.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from botyard.base import jsontext
from botyard.base.exceptions import BotyardError, Invalid
from botyard.core.integrations import KINDS, Account, Connection, Integration
from botyard.upstream.integration import File, Outcome, Unfit, Wanted, check_method, checked_headers
from botyard.web.multipart import Form

Id = int | str | None
Object = dict[str, Any]

MAX_ITEMS = 10_000
#: The file part by which newer clients send a body as it is.
RAW_BODY = "__raw_body__"
_EMPTY: Mapping[str, Any] = {}


class CallSent(msgspec.Struct, frozen=True, kw_only=True):
    """A single call; `operation` and `arguments` are SOAP's words for endpoint and data."""

    method: str | None = None
    endpoint: str | None = None
    request_headers: Object | None = None
    request_params: Object | None = None
    data: Any = None
    operation: str | None = None
    arguments: Object | None = None
    soap_headers: Any = None

    def wanted(self, files: tuple[File, ...] = (), raw: tuple[bytes, str] | None = None) -> Wanted:
        """Return the call to make. Raises Invalid for a method or headers that cannot be sent."""
        return Wanted(
            method=check_method(self.method),
            endpoint=self.operation or self.endpoint or "",
            headers=checked_headers(self.request_headers or _EMPTY),
            params=self.request_params or _EMPTY,
            data=self.data if self.arguments is None else self.arguments,
            files=files,
            raw=raw,
            soap_headers=self.soap_headers,
        )


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One of many calls."""

    connection_id: Id = None
    organization_id: Id = None
    params: Object | None = None
    data: Any = None
    url_params: Object | None = None


class ParallelSent(msgspec.Struct, frozen=True, kw_only=True):
    """Many calls to one endpoint."""

    method: str | None = None
    endpoint: str | None = None
    data_list: list[Item]
    request_headers: Object | None = None
    request_params: Object | None = None
    streaming: bool | None = None

    def wanted(self) -> list[Wanted | Unfit]:
        """Return the calls to make, in order. Raises Invalid for what is wrong with all of them."""
        if len(self.data_list) > MAX_ITEMS:
            raise Invalid(
                f"{len(self.data_list)} calls are too many at once.",
                hint=f"Send at most {MAX_ITEMS}.",
                field="data_list",
            )
        method = check_method(self.method)
        headers = checked_headers(self.request_headers or _EMPTY)
        common = self.request_params or _EMPTY
        return [
            Wanted(
                method=method,
                endpoint=self.endpoint or "",
                headers=headers,
                params={**common, **(item.params or _EMPTY)},
                data=item.data,
                url_params=item.url_params or _EMPTY,
            )
            for item in self.data_list
        ]


async def call_of(form: Form) -> Wanted:
    """Return the call that a multipart body describes: its own fields, and files under their own names.

    Older clients send of an object its keys only; what is no JSON object counts as empty. Raises Invalid.
    """
    sent = CallSent(
        method=form.text("method") or None,
        endpoint=form.text("endpoint") or None,
        request_headers=_object(form.text("request_headers")),
        request_params=_object(form.text("request_params")),
        data=_object(form.text("data")),
        operation=form.text("operation") or None,
        arguments=_object(form.text("arguments")) or None,
    )
    files, raw = list[File](), None
    for name, upload in form.uploads():
        if name == RAW_BODY:
            body = b"".join([chunk async for chunk in upload.chunks()])
            raw = (body, _media_type(upload.media_type))
        else:
            files.append(
                File(
                    field=name,
                    name=upload.file_name,
                    media_type=_media_type(upload.media_type),
                    size=upload.size,
                    chunks=upload.chunks,
                )
            )
    return sent.wanted(tuple(files), raw)


def _object(text: str) -> Object:
    try:
        found = jsontext.decode(text) if text.strip() else {}
    except Invalid:
        return {}
    return found if isinstance(found, dict) else {}


def _media_type(text: str | None) -> str:
    clean = (text or "").strip()
    fits = clean.isascii() and clean.isprintable() and "/" in clean
    return clean if fits else "application/octet-stream"


def single(outcome: Outcome, connection: Connection) -> bytes:
    """Return the answer of a single call; of one that failed on the way it tells whether it may have been made."""
    executed = {} if outcome.reason is None else {"may_have_executed": outcome.sent}
    return msgspec.json.encode({**outcome.parts(), "connection_id": connection.id, **executed})


def item(
    outcome: Outcome, account: Account | BotyardError, given: Id, *, home: Id, organization: int, place: int
) -> Object:
    """Return one of the answers of many calls; it has all its keys, whatever became of the call.

    What could not be called has the ids that were asked for: connection and organization.
    """
    if isinstance(account, BotyardError):
        ids = {"connection_id": _number(given), "organization_id": _number(home) or organization}
    else:
        ids = {"connection_id": account.connection.id, "organization_id": organization}
    return {
        **outcome.parts(),
        **ids,
        "index": place,
    }


def event(outcome: Outcome, account: Account | BotyardError, given: Id, *, place: int, total: int) -> bytes:
    """Return one of the answers of many calls as it is streamed."""
    return msgspec.json.encode(
        {
            "index": place,
            "total": total,
            "connection_id": _number(given) if isinstance(account, BotyardError) else account.connection.id,
            "response": outcome.parts(),
        }
    )


def _number(given: Id) -> int | None:
    text = str(given).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def integration(found: Integration, accounts: Sequence[int], *, account: Connection | None = None) -> Object:
    """Return an integration as clients read it: every field within their limits, nothing secret, no empty choices."""
    details = msgspec.to_builtins(found.details)
    view: Object = {name: details.get(name) for name in found.details.__struct_fields__}
    view |= dict.fromkeys(("client_id", "secret", "api_key", "access_token_url", "authorize_url", "identity_url"))
    view |= dict.fromkeys(("scope", "oauth_basic_auth", "oauth_pkce_enabled", "wsdl_custom_auth"))
    return view | {
        "id": found.id,
        "owner": None,
        "integration_id": found.key,
        "name": found.name,
        "version": found.version,
        "type": {"code": found.kind, "name": KINDS[found.kind], "icon": None},
        "is_sandbox": found.details.is_sandbox,
        "api_base_url": found.base_url,
        "account": None if account is None else _account(account),
        "connected_accounts": list(accounts),
        "activated": bool(accounts),
        "requires_connection": found.kind != "none",
        "protocol": "soap" if found.kind == "wsdl" else "rest",
    }


def _account(connection: Connection) -> Object:
    email = next((text for text in (connection.name, connection.uid) if text and "@" in text), None)
    return {"id": connection.id, "email": email, "name": connection.name, "picture": None}
