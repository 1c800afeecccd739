"""OAuth2: the address to sign in at, and the conversations with the provider (RFC 6749, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec

from botyard.base.clock import SECOND
from botyard.core.access import tokens as signatures
from botyard.core.integrations import Integration, Tokens
from botyard.core.vault import Secret
from botyard.upstream import Failed, Policy, Refused, Upstream
from botyard.upstream.integration.building import FORM
from botyard.upstream.integration.policies import Bounds, policy_for
from botyard.upstream.integration.wanted import Unfit

_BOUNDS = Bounds(seconds=20.0, max_bytes=256 * 1024)
#: Longer than any provider's, and short of what a column holds.
_MAX_LIFE = 10 * 366 * 86_400
_MAX_TOKEN = 16 * 1024
#: What providers call a person, the best name first.
_EMAILS = ("email", "mail", "emailAddress", "preferred_username", "login", "username", "name")
_UIDS = ("sub", "id", "uid", "user_id", "login")


class OauthFailed(Exception):
    """The provider gave no tokens; `final` when asking again would not help."""

    def __init__(self, reason: str, *, final: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account it is, as far as the provider says; without an e-mail address `email` is the login name."""

    email: str | None = None
    uid: str | None = None


def authorize_url(integration: Integration, *, state: str, redirect_uri: str) -> str:
    """Return where somebody signs in."""
    details = integration.details
    asked = {
        "response_type": "code",
        "client_id": details.client_id or "",
        "redirect_uri": redirect_uri,
        "state": state,
    }
    if details.scope:
        asked["scope"] = details.scope
    if details.oauth_pkce_enabled:
        challenge = hashlib.sha256(_verifier(state).encode()).digest()
        asked |= {"code_challenge": _unpadded(challenge), "code_challenge_method": "S256"}
    address = details.authorize_url or ""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked, quote_via=quote)}"


async def exchange(
    upstream: Upstream,
    integration: Integration,
    *,
    client_secret: Secret | None,
    code: str,
    state: str,
    redirect_uri: str,
    now: int,
) -> Tokens:
    """Return the tokens for a code. Raises OauthFailed."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if integration.details.oauth_pkce_enabled:
        asked["code_verifier"] = _verifier(state)
    return await _ask(upstream, integration, asked, client_secret=client_secret, now=now, refresh_token=None)


async def renew(
    upstream: Upstream, integration: Integration, *, client_secret: Secret | None, refresh_token: str, now: int
) -> Tokens:
    """Return new tokens. Raises OauthFailed, a final one when the provider no longer accepts the old."""
    asked = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return await _ask(upstream, integration, asked, client_secret=client_secret, now=now, refresh_token=refresh_token)


async def identify(upstream: Upstream, integration: Integration, access_token: str) -> Person:
    """Return whose tokens these are; nobody in particular when the provider does not say."""
    url = integration.details.identity_url
    if not url:
        return Person()
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    try:
        async with upstream.send("GET", url, policy=_policy(integration, url), headers=headers) as answer:
            found = msgspec.json.decode(await answer.read())
    except (Failed, Refused, msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        return Person()
    if not isinstance(found, dict):
        return Person()
    uid = next((found[name] for name in _UIDS if _is_name(found.get(name))), None)
    email = next((found[name] for name in _EMAILS if _is_name(found.get(name))), None)
    return Person(email=None if email is None else str(email)[:150], uid=None if uid is None else str(uid)[:150])


def _is_name(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and bool(str(value).strip())


async def _ask(
    upstream: Upstream,
    integration: Integration,
    asked: dict[str, str],
    *,
    client_secret: Secret | None,
    now: int,
    refresh_token: str | None,
) -> Tokens:
    details = integration.details
    url = details.access_token_url or ""
    headers = {"Content-Type": FORM, "Accept": "application/json"}
    client_id, secret = details.client_id or "", client_secret.reveal() if client_secret else ""
    if details.oauth_basic_auth and secret:
        # Both parts are form-encoded before they are joined (RFC 6749, 2.3.1).
        pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        asked = asked | {"client_id": client_id} | ({"client_secret": secret} if secret else {})
    content = urlencode(asked).encode()
    try:
        async with upstream.send(
            "POST", url, policy=_policy(integration, url), headers=headers, content=content
        ) as answer:
            status, body = answer.status, await answer.read()
    except Refused as refused:
        raise OauthFailed(f"The provider may not be asked: {refused.reason}", final=False) from None
    except Failed as failed:
        raise OauthFailed(f"The provider cannot be reached: {failed.reason}", final=False) from None
    return _tokens(status, _object(body), now=now, refresh_token=refresh_token)


def _tokens(status: int, found: dict[str, Any], *, now: int, refresh_token: str | None) -> Tokens:
    access = found.get("access_token")
    if status >= 400 or not isinstance(access, str) or not access:
        code = found.get("error")
        said = found.get("error_description") or code or f"status {status}"
        # A server that is out of order may answer anything; only a refusal in the words of the protocol is final.
        final = status < 500 and status != 429 and isinstance(code, str)
        raise OauthFailed(f"The provider gave no tokens: {str(said)[:300]}.".replace("..", "."), final=final)
    if len(access) > _MAX_TOKEN:
        raise OauthFailed("The provider gave a token that is too long.", final=False)
    fresh = found.get("refresh_token")
    life = found.get("expires_in")
    seconds = int(life) if isinstance(life, (int, float)) or (isinstance(life, str) and life.isdigit()) else None
    return Tokens(
        access_token=access,
        refresh_token=fresh if isinstance(fresh, str) and fresh else refresh_token,
        expires_at=None if seconds is None else now + min(max(seconds, 0), _MAX_LIFE) * SECOND,
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        # Some providers answer with a form, whatever they were asked for.
        return dict(parse_qsl(body[:_MAX_TOKEN].decode("utf-8", "replace")))
    return found if isinstance(found, dict) else {}


def _policy(integration: Integration, url: str) -> Policy:
    try:
        return policy_for(integration, _BOUNDS, url=url, redirects=3)
    except Unfit as unfit:
        raise OauthFailed(unfit.reason, final=False) from None


def _verifier(state: str) -> str:
    """Return the secret half of the proof key, which follows from the state and this server's pepper."""
    return _unpadded(hashlib.sha256(signatures.sign("oauth proof key", state).encode()).digest())


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
