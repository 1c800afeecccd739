"""Integrations and their connections."""

from __future__ import annotations

import enum
from typing import Any

from botyard.sdk.automio.models.base import Model


class ApiKeyDistributionEnum(str, enum.Enum):  # noqa: UP042 -- its members print as the vendor's do
    """Where an API key is put."""

    HEADER = "header"
    QUERY = "query"
    BODY = "body"


class HmacAlgorithmEnum(str, enum.Enum):  # noqa: UP042 -- likewise
    """How requests are signed."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


class HmacKeyFormatEnum(str, enum.Enum):  # noqa: UP042 -- likewise
    """How a signing key is written."""

    BASE64 = "base64"
    HEX = "hex"
    RAW = "raw"


class IntegrationType(Model, kw_only=True):
    """How an integration signs in."""

    code: str | None = None
    name: str
    icon: str | None = None


class IntegrationCategory(Model, kw_only=True):
    """What an integration is filed under."""

    id: int | None = None
    name: str
    slug: str


class Integration(Model, kw_only=True):
    """Another system; `connected_accounts` are the ids of the connections that the app may use."""

    id: int | None = None
    integration_id: str
    type: IntegrationType | None = None
    name: str
    tags: list[str] | None = None
    categories: list[IntegrationCategory] | None = None
    version: str
    icon: str | None = None
    description: str | None = None
    website_url: str | None = None
    account_fields: Any = None
    dependencies: Any = None
    configuration_form: Any = None
    activated: bool | None = None
    owner: int | None = None
    connected_accounts: Any = None
    api_base_url: str | None = None
    account: Any = None
    openapi_json_scheme_url: str | None = None
    api_docs_url: str | None = None
    countries: list[str] | None = None
    is_global: bool | None = None
    is_sandbox: bool | None = False
    api_schema: str | None = None
    is_official: bool | None = None
    client_id: str | None = None
    secret: str | None = None
    access_token_url: str | None = None
    authorize_url: str | None = None
    identity_url: str | None = None
    scope: str | None = None
    oauth_basic_auth: bool | None = False
    oauth_pkce_enabled: bool | None = False
    accept_header: str | None = None
    api_key: str | None = None
    api_key_distribution: ApiKeyDistributionEnum | None = None
    api_key_query_param_key: str | None = None
    api_key_body_param_key: str | None = None
    api_auth_header_name: str | None = None
    api_auth_header_key: str | None = None
    hmac_algorithm: HmacAlgorithmEnum | None = None
    hmac_fields: list[str] | None = None
    hmac_separator: str | None = None
    hmac_header_placeholder: str | None = None
    hmac_custom_signature_field: str | None = None
    hmac_key_format: HmacKeyFormatEnum | None = None
    status_check_url: str | None = None
    wsdl_document_url: str | None = None
    wsdl_auth_method: str | None = None
    wsdl_custom_auth: str | None = None
    extra_headers: Any = None


class PaginatedIntegrationList(Model, kw_only=True):
    """A page of integrations."""

    count: int
    next: str | None = None
    previous: str | None = None
    results: list[Integration]


class MyConnections200ResponseInner(Model, kw_only=True):
    """A connection that the app may use."""

    name: str | None = None
    id: int | None = None


class TableConnections200ResponseValueInner(Model, kw_only=True):
    """A connection that the app may use for a table."""

    id: int
    name: str


#: What connections are when it does not matter which call they come from.
Connection = MyConnections200ResponseInner | TableConnections200ResponseValueInner
