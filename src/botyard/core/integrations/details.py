"""Everything that is said about an integration beyond where it is, within what clients accept.

The names and the limits are those of the dialect's registry (contract b.3): a longer value would make a client fail
on every answer that holds it, so it is refused when it is written.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

_Text = Annotated[str, Meta(max_length=20_000)]
_Schema = Annotated[str, Meta(max_length=1_000_000)]
_T20 = Annotated[str, Meta(max_length=20)]
_T50 = Annotated[str, Meta(max_length=50)]
_T100 = Annotated[str, Meta(max_length=100)]
_T200 = Annotated[str, Meta(max_length=200)]
_T250 = Annotated[str, Meta(max_length=250)]
_T500 = Annotated[str, Meta(max_length=500)]
_Slug = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[-a-zA-Z0-9_]+$")]
_Country = Annotated[str, Meta(min_length=2, max_length=2)]
_Name = Annotated[str, Meta(min_length=1, max_length=100)]
_HeaderName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[-!#$%&'*+.^_`|~0-9a-zA-Z]+$")]


class Category(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A drawer that integrations are shown in."""

    name: _Name
    slug: _Slug
    id: int | None = None


class Details(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is optional about an integration; what does not apply is None. Nothing here is secret."""

    tags: list[_T100] | None = None
    categories: list[Category] | None = None
    icon: _Text | None = None
    description: _Text | None = None
    api_schema: _Schema | None = None
    website_url: _T200 | None = None
    api_docs_url: _T200 | None = None
    openapi_json_scheme_url: _T250 | None = None
    account_fields: Any = None
    dependencies: Any = None
    configuration_form: Any = None
    #: Sent with every call, after Accept and before what the caller gives.
    extra_headers: dict[_HeaderName, _T500] | None = None
    accept_header: _T50 | None = None
    status_check_url: _T250 | None = None
    is_official: bool | None = None
    is_global: bool | None = None
    is_sandbox: bool = False
    countries: list[_Country] | None = None
    # API keys
    api_key_distribution: Literal["header", "query", "body"] | None = None
    api_key_query_param_key: _T50 | None = None
    api_key_body_param_key: _T50 | None = None
    api_auth_header_name: _HeaderName | None = None
    #: The word before the key, such as Bearer; empty for none.
    api_auth_header_key: _T50 | None = None
    # OAuth2
    client_id: _T200 | None = None
    authorize_url: _T250 | None = None
    access_token_url: _T250 | None = None
    identity_url: _T250 | None = None
    scope: _Text | None = None
    oauth_basic_auth: bool | None = None
    oauth_pkce_enabled: bool | None = None
    # Signatures
    hmac_algorithm: Literal["sha1", "sha256", "sha512"] | None = None
    hmac_fields: list[_T50] | None = None
    hmac_separator: _T20 | None = None
    hmac_key_format: Literal["base64", "hex", "raw"] | None = None
    hmac_header_placeholder: _T250 | None = None
    hmac_custom_signature_field: _T250 | None = None
    # SOAP
    wsdl_document_url: _T250 | None = None
    wsdl_auth_method: _T20 | None = None
    wsdl_custom_auth: _T500 | None = None
