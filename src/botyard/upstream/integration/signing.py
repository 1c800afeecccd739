"""Signing in: the credential of a connection on its way into a request (contract e.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from botyard.core.integrations import Account, Details
from botyard.upstream.integration.building import Draft
from botyard.upstream.integration.wanted import Unfit

_DEFAULT_SIGNATURE = "X-Signature: {signature}"


def sign(draft: Draft, account: Account) -> None:
    """Put the credential of an account into a request, over whatever the caller gave there. Raises Unfit."""
    details, held = account.integration.details, account.secrets
    match account.integration.kind:
        case "api_key":
            _api_key(draft, details, held.key or "")
        case "basic":
            pair = f"{held.user or ''}:{held.password or ''}".encode()
            draft.set_header("Authorization", f"Basic {base64.b64encode(pair).decode()}", secret=True)
        case "oauth2":
            if not held.access_token:
                raise Unfit("The account has no access token; connect it again.", 502)
            draft.set_header("Authorization", f"Bearer {held.access_token}", secret=True)
        case "hmac":
            _hmac(draft, details, key=held.key or "", user=held.user or "")
        case _:
            pass


def _api_key(draft: Draft, details: Details, key: str) -> None:
    where = details.api_key_distribution or "header"
    if where == "query":
        draft.set_param(details.api_key_query_param_key or "api_key", key, secret=True)
    elif where == "body":
        draft.set_field(details.api_key_body_param_key or "api_key", key)
    else:
        scheme = details.api_auth_header_key
        value = f"{scheme} {key}" if scheme else key
        draft.set_header(details.api_auth_header_name or "Authorization", value, secret=True)


def _hmac(draft: Draft, details: Details, *, key: str, user: str) -> None:
    now = time.time()
    values = {
        "timestamp": str(int(now)),
        "timestamp_ms": str(int(now * 1000)),
        "nonce": secrets.token_hex(16),
        "key_id": user,
    }
    text = (details.hmac_separator or "").join(
        _part(draft, name, values) for name in details.hmac_fields or ["timestamp", "method", "path", "body"]
    )
    algorithm = details.hmac_algorithm or "sha256"
    digest = hmac.digest(
        _key(key, details.hmac_key_format or "raw"), text.encode("utf-8", "surrogateescape"), algorithm
    )
    values |= {"signature": digest.hex(), "signature_base64": base64.b64encode(digest).decode()}
    field = details.hmac_custom_signature_field
    if field:
        draft.set_field(field, values["signature"])
        draft.forget_content()
    if details.hmac_header_placeholder or not field:
        for line in (details.hmac_header_placeholder or _DEFAULT_SIGNATURE).splitlines():
            name, colon, template = line.partition(":")
            name, template = (name.strip(), template.strip()) if colon else ("Authorization", line.strip())
            draft.set_header(name, _rendered(template, values), secret=True)


def _part(draft: Draft, name: str, values: dict[str, str]) -> str:
    """Return one of the values to sign; a name that is none of ours is that of a field of the request."""
    if name in values:
        return values[name]
    url = draft.url
    parts = urlsplit(url)
    body = draft.body_bytes()
    known: dict[str, Any] = {
        "method": draft.method,
        "url": url,
        "host": parts.netloc,
        "path": parts.path or "/",
        "query": parts.query,
        "body": body.decode("utf-8", "surrogateescape"),
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }
    if name in known:
        return str(known[name])
    if name.startswith("header:"):
        wanted = name.removeprefix("header:").lower()
        return next((value for header, value in draft.headers.items() if header.lower() == wanted), "")
    fields = draft.data if isinstance(draft.data, dict) else {}
    return str(fields[name]) if name in fields else dict(draft.params).get(name, "")


def _rendered(template: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template


def _key(text: str, form: str) -> bytes:
    try:
        if form == "base64":
            return base64.b64decode(text, validate=True)
        if form == "hex":
            return bytes.fromhex(text)
    except (ValueError, binascii.Error):
        raise Unfit(f"The key of this connection is not {form}; connect it again.", 502) from None
    return text.encode()
