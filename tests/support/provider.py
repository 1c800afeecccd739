"""A real OAuth2 provider on this machine, made with Authlib: codes with proof keys, tokens, refresh, revocation."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge

CLIENT_ID = "botyard"
CLIENT_SECRET = "s/cr et+canary"  # what must be escaped in a header
EMAIL = "ann@example.com"


class _Request(OAuth2Request):
    def __init__(self, method: str, uri: str, headers: dict[str, str], form: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self._args = dict(parse_qsl(urlsplit(uri).query))
        self._form = form
        self.payload = BasicOAuth2Payload(self._args | form)

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Client(ClientMixin):
    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.endswith("/oauth/callback")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint != "token" or method == self.provider.auth_method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


class _Server(AuthorizationServer):
    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider

    def query_client(self, client_id: str) -> _Client | None:
        return _Client(self.provider) if client_id == CLIENT_ID else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        del request
        self.provider.tokens.append(token)

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def create_json_request(self, request: _Request) -> Any:
        raise NotImplementedError

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        pass

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, headers


class _CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # noqa: RUF012 -- as Authlib has it

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        asked = request.payload.data
        self.server.provider.codes[code] = SimpleNamespace(
            code=code,
            code_challenge=asked.get("code_challenge"),
            code_challenge_method=asked.get("code_challenge_method"),
            get_redirect_uri=lambda: asked.get("redirect_uri"),
            get_scope=lambda: asked.get("scope", ""),
        )

    def query_authorization_code(self, code: str, client: _Client) -> Any:
        del client
        return self.server.provider.codes.get(code)

    def delete_authorization_code(self, authorization_code: Any) -> None:
        del self.server.provider.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Any) -> Any:
        del authorization_code
        return EMAIL


class _Refresh(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # noqa: RUF012 -- as Authlib has it
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Any:
        provider = self.server.provider
        if provider.revoked:
            return None
        for token in provider.tokens:
            if token.get("refresh_token") == refresh_token and refresh_token not in provider.used:
                return SimpleNamespace(
                    refresh_token=refresh_token, check_client=lambda _: True, get_scope=lambda: "", scope=""
                )
        return None

    def authenticate_user(self, refresh_token: Any) -> Any:
        del refresh_token
        return EMAIL

    def revoke_old_credential(self, refresh_token: Any) -> None:
        self.server.provider.used.add(refresh_token.refresh_token)


class Provider(ThreadingHTTPServer):
    """Listens on a free port: /authorize (a person who always agrees, unless `denies`), /token, /me, and /api."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.auth_method = "client_secret_basic"
        self.expires_in = 3600
        self.denies = False
        self.revoked = False
        self.broken = False
        self.codes: dict[str, Any] = {}
        self.tokens: list[dict[str, Any]] = []
        self.used: set[str] = set()
        #: Access tokens that the API no longer takes.
        self.refused: set[str] = set()
        self.refreshes = 0
        self.server = _Server(self)
        make = iter(f"token-{number}" for number in range(10_000))
        generator = BearerTokenGenerator(
            lambda **_: next(make),
            lambda **_: f"refresh-{next(make)}",
            lambda *_: self.expires_in,
        )
        self.server.register_token_generator("default", generator)
        self.server.register_grant(_CodeGrant, [CodeChallenge(required=True)])
        self.server.register_grant(_Refresh)

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def details(self) -> dict[str, Any]:
        """Return what an integration has to know about it."""
        return {
            "client_id": CLIENT_ID,
            "authorize_url": f"{self.url}/authorize",
            "access_token_url": f"{self.url}/token",
            "identity_url": f"{self.url}/me",
            "scope": "read write",
            "oauth_pkce_enabled": True,
            "oauth_basic_auth": self.auth_method == "client_secret_basic",
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Provider

    def do_GET(self) -> None:
        provider = self.server
        path = urlsplit(self.path).path
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        known = any(one["access_token"] == token for one in provider.tokens) and token not in provider.refused
        if path == "/authorize":
            request = self._request({})
            person = None if provider.denies else EMAIL
            grant = provider.server.get_authorization_grant(request)
            self._send(*provider.server.create_authorization_response(request, person, grant))
        elif path == "/me" and known:
            self._send(200, {"email": EMAIL, "sub": 77}, [])
        else:
            self._send(200 if known else 401, {"token": token}, [])

    def do_POST(self) -> None:
        provider = self.server
        length = int(self.headers.get("Content-Length") or 0)
        form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
        if form.get("grant_type") == "refresh_token":
            provider.refreshes += 1
            time.sleep(0.05)  # so that others come meanwhile
        if provider.broken:
            self._send(503, {}, [])
            return
        self._send(*provider.server.create_token_response(self._request(form)))

    def log_message(self, *_: object) -> None:
        pass

    def _request(self, form: dict[str, str]) -> _Request:
        return _Request(self.command, f"{self.server.url}{self.path}", dict(self.headers.items()), form)

    def _send(self, status: int, body: Any, headers: Any) -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body or {}).encode()
        self.send_response(status)
        for name, value in headers:
            if name.lower() != "content-type":
                self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running() -> Iterator[Provider]:
    """Yield a running one."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    provider = Provider()
    thread = threading.Thread(target=lambda: provider.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    yield provider
    provider.shutdown()
    provider.server_close()
    thread.join()
    del os.environ["AUTHLIB_INSECURE_TRANSPORT"]
