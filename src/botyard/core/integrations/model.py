"""What integrations and connections are, and what their parts may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import Invalid, closest
from botyard.core.integrations.details import Details
from botyard.core.vault import Secret
from botyard.storage import Row

Kind = Literal["none", "api_key", "basic", "oauth2", "hmac", "wsdl"]

KINDS: Mapping[str, str] = {
    "none": "No sign-in",
    "api_key": "API key",
    "basic": "User name and password",
    "oauth2": "OAuth2",
    "hmac": "Signed requests",
    "wsdl": "SOAP",
}

#: An id that clients use for the mail service of the platform.
RESERVED = frozenset({"mailer"})
MAX_NAME = 150
MAX_VERSION = 10
MAX_URL = 200
MAX_CONCURRENCY = 500
MAX_PER_MINUTE = 1_000_000
DEFAULT_CONCURRENCY = 50
#: The name of the connection that an integration without sign-in has.
BUILTIN_NAME = "default"

_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """An API of another system. `key` is what clients call its id."""

    id: int
    workspace_id: int
    key: str
    name: str
    version: str
    kind: Kind
    base_url: str | None
    #: Calls may go to private addresses, in plain text, to any port; base_url alone decides where.
    allow_private_network: bool
    details: Details
    secret_version: int
    created_at: int
    created_by: str
    updated_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the integration of a row."""
        details = msgspec.json.decode(row["details"], type=Details)
        private = bool(row["allow_private_network"])
        return cls(**(row | {"details": details, "allow_private_network": private}))

    @property
    def place(self) -> str:
        """The name under which the vault keeps its OAuth2 client secret."""
        return f"integration/{self.id}"


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """An account at an integration, without its secret.

    `name` and `uid` are what callers may name it by, besides its id. A broken one says what is wrong with it: its
    provider no longer renews its tokens, so somebody has to connect it again.
    """

    id: int
    workspace_id: int
    integration_id: int
    name: str
    uid: str | None
    builtin: bool
    every_app: bool
    apps: tuple[int, ...]
    concurrency: int
    calls_per_minute: int | None
    secret_version: int
    token_expires_at: int | None
    broken: str | None
    created_at: int
    created_by: str
    updated_at: int
    read_at: int | None
    read_by: str | None

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the connection of a row whose `apps` is a JSON list."""
        apps = tuple(sorted(jsontext.decode(row["apps"])))
        flags = {name: bool(row[name]) for name in ("builtin", "every_app")}
        return cls(**(row | flags | {"apps": apps}))

    @property
    def place(self) -> str:
        """The name under which the vault keeps its secret."""
        return f"connection/{self.id}"

    def serves(self, app_id: int | None) -> bool:
        """Return whether an app may use it; None stands for a person who tests it."""
        return app_id is None or self.every_app or app_id in self.apps


class NewIntegration(msgspec.Struct, frozen=True, kw_only=True):
    """An integration to write, checked. `secret` is the OAuth2 client secret, None to keep the present one."""

    key: str
    name: str
    version: str
    kind: Kind
    base_url: str | None
    allow_private_network: bool
    details: Details
    secret: Secret | None = None


def checked(
    *,
    key: Any,
    name: Any,
    version: Any,
    kind: Any,
    base_url: Any = None,
    allow_private_network: Any = False,
    details: Mapping[str, Any] | None = None,
    secret: Any = None,
) -> NewIntegration:
    """Return an integration as it is stored. Raises Invalid naming the part at fault."""
    if kind not in KINDS:
        near = closest(str(kind)[:40], list(KINDS)) or f"Use one of {', '.join(KINDS)}."
        raise Invalid(f"{ascii(kind)[:40]} is no kind of sign-in.", hint=near, field="kind")
    if not isinstance(allow_private_network, bool):
        raise Invalid('"allow_private_network" must be true or false.', field="allow_private_network")
    made = NewIntegration(
        key=checked_key(key),
        name=_name(name, "name", MAX_NAME),
        version=_name(version, "version", MAX_VERSION),
        kind=kind,
        base_url=None if base_url in (None, "") else _url(base_url, "base_url", MAX_URL),
        allow_private_network=allow_private_network,
        details=_details(details or {}),
        secret=None if secret is None else _secret(secret),
    )
    _check_whole(made)
    return made


def checked_key(key: Any) -> str:
    """Return the id of an integration as it is stored. Raises Invalid for one that cannot be one."""
    if not isinstance(key, str) or not _KEY.fullmatch(key) or key.lower() in RESERVED:
        raise Invalid(
            f"{ascii(key)[:80]} cannot be the id of an integration.",
            hint="Use up to 100 letters, digits, _ and -; mailer is taken.",
            field="key",
        )
    return key


def _name(value: Any, field: str, limit: int) -> str:
    if not isinstance(value, str):
        raise Invalid(f'"{field}" must be a text.', hint="Put quotes around it.", field=field)
    return text.name(value, field=field, limit=limit)


def _secret(value: Any) -> Secret:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_URL:
        raise Invalid(f"The client secret must be a text of 1 to {MAX_URL} characters.", field="secret")
    return Secret(value)


def _details(given: Mapping[str, Any]) -> Details:
    try:
        found = msgspec.convert(given, Details)
        size = len(jsontext.encode(msgspec.to_builtins(found)))
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$")
        field = path.rstrip("`").removeprefix(".").replace("[...]", "") or said.partition(" field `")[2].rstrip("`")
        message = said.replace("`", "").replace("Object ", "")
        raise Invalid(f'"{field}": {message}.', hint="Correct this value.", field=field or None) from None
    if size > 2_000_000:
        raise Invalid("The details of the integration are too long.", hint="Leave the schema out.", field="api_schema")
    for field in ("website_url", "api_docs_url", "openapi_json_scheme_url"):
        if getattr(found, field):
            _url(getattr(found, field), field, 250)
    for field, value in (found.extra_headers or {}).items():
        if not value.isascii() or not value.isprintable():
            raise Invalid(f'The header "{field}" holds what no header may.', field="extra_headers")
    return found


def _check_whole(made: NewIntegration) -> None:
    """Raise Invalid for what the kind of sign-in needs and does not have."""
    details = made.details
    needed = {
        "api_key": {
            "query": ("api_key_query_param_key",),
            "body": ("api_key_body_param_key",),
        }.get(details.api_key_distribution or "header", ()),
        "oauth2": ("client_id", "authorize_url", "access_token_url"),
        "hmac": ("hmac_algorithm",),
        "wsdl": ("wsdl_document_url",),
    }.get(made.kind, ())
    for field in needed:
        if not getattr(details, field):
            raise Invalid(f'An integration of the kind {made.kind} needs "{field}".', hint="Give it.", field=field)
    if made.kind != "wsdl" and made.base_url is None:
        raise Invalid("An integration needs the address of its API.", hint="Give base_url.", field="base_url")
    called = {field: getattr(details, field) for field in ("access_token_url", "identity_url", "wsdl_document_url")}
    for field, url in (called | {"authorize_url": details.authorize_url}).items():
        if url:
            _url(url, field, 250)
    for field, url in (called | {"base_url": made.base_url}).items():
        if url and url.startswith("http://") and not made.allow_private_network:
            raise Invalid(
                f'"{field}" is not encrypted, so credentials would be readable on the way.',
                hint="Use https, or allow the private network for this integration.",
                field=field,
            )
    check = details.status_check_url
    if check and not check.startswith("/"):
        _url(check, "status_check_url", 250)


def _url(value: Any, field: str, limit: int) -> str:
    """Return an http address without a user or a fragment. Raises Invalid."""
    problem = Invalid(
        f'"{field}" is no http or https address of at most {limit} characters.',
        hint="Write it as https://api.example.com/v1, without a user name and without #.",
        field=field,
    )
    if not isinstance(value, str) or len(value) > limit or not value.isascii():
        raise problem
    if any(char <= " " or char in '\\<>"{}|^`\x7f' for char in value):
        raise problem
    try:
        parts = urlsplit(value)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        raise problem from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or "#" in value:
        raise problem
    if not port_ok or (field == "base_url" and "?" in value):
        raise problem
    return value
