"""An integration as a form: where its API is, and what its kind of sign-in needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from botyard.base.exceptions import BotyardError, Invalid
from botyard.core.integrations import KINDS, Integration
from botyard.web import Form


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form; `kind` is text, choice, lines, headers, tick or secret."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    placeholder: str = ""
    options: Sequence[tuple[str, str]] = ()
    required: bool = False


#: Which fields each kind of sign-in has, besides those of all.
SIGN_IN: Mapping[str, Sequence[Field]] = {
    "none": (),
    "api_key": (
        Field(
            name="api_key_distribution",
            label="The key travels",
            kind="choice",
            options=(("header", "in a header"), ("query", "in the query"), ("body", "in the body")),
        ),
        Field(name="api_auth_header_name", label="Name of the header", placeholder="Authorization"),
        Field(name="api_auth_header_key", label="Word before the key", placeholder="Bearer", hint="Empty for none."),
        Field(name="api_key_query_param_key", label="Name of the query parameter", placeholder="api_key"),
        Field(name="api_key_body_param_key", label="Name of the field in the body", placeholder="api_key"),
    ),
    "basic": (),
    "oauth2": (
        Field(name="client_id", label="Client id", required=True),
        Field(name="secret", label="Client secret", kind="secret", hint="Leave it empty for a public client."),
        Field(name="authorize_url", label="Address to sign in at", placeholder="https://…/authorize", required=True),
        Field(name="access_token_url", label="Address of tokens", placeholder="https://…/token", required=True),
        Field(name="identity_url", label="Address that says who signed in", placeholder="https://…/userinfo"),
        Field(name="scope", label="Scope", placeholder="read write"),
        Field(name="oauth_pkce_enabled", label="With a proof key (PKCE, S256)", kind="tick"),
        Field(name="oauth_basic_auth", label="The client secret travels by HTTP Basic", kind="tick"),
    ),
    "hmac": (
        Field(
            name="hmac_algorithm",
            label="Algorithm",
            kind="choice",
            options=(("sha256", "SHA-256"), ("sha512", "SHA-512"), ("sha1", "SHA-1")),
        ),
        Field(
            name="hmac_key_format",
            label="The key is written",
            kind="choice",
            options=(("raw", "as it is"), ("hex", "in hex"), ("base64", "in base64")),
        ),
        Field(
            name="hmac_fields",
            label="What is signed, one a line, in this order",
            kind="lines",
            placeholder="timestamp\nmethod\npath\nbody",
            hint="timestamp, timestamp_ms, nonce, key_id, method, url, host, path, query, body, body_sha256, "
            "header:NAME, or the name of a field.",
        ),
        Field(name="hmac_separator", label="Between them", placeholder="nothing"),
        Field(
            name="hmac_header_placeholder",
            label="Header with the signature",
            placeholder="X-Signature: {signature}",
            hint="{signature}, {signature_base64}, {timestamp}, {nonce} and {key_id} are replaced.",
        ),
        Field(name="hmac_custom_signature_field", label="Or the field that carries it", placeholder="none"),
    ),
    "wsdl": (
        Field(
            name="wsdl_document_url", label="Address of the WSDL", placeholder="https://…/service?wsdl", required=True
        ),
        Field(
            name="wsdl_auth_method",
            label="It signs in",
            kind="choice",
            options=(
                ("", "as its connections say"),
                ("none", "not at all"),
                ("basic", "by HTTP Basic"),
                ("bearer", "with a bearer token"),
                ("wsse", "by WS-Security"),
                ("digest", "by WS-Security, with a digest"),
                ("header", "with a header of its own"),
            ),
        ),
        Field(name="wsdl_custom_auth", label="That header", placeholder="X-Token: {key}"),
    ),
}

#: What every kind may have.
ABOUT = (
    Field(name="description", label="What it is"),
    Field(name="status_check_url", label="Address that shows whether an account works", placeholder="/me"),
    Field(name="accept_header", label="Accept", placeholder="application/json"),
    Field(name="extra_headers", label="Headers of every call, one a line", kind="headers", placeholder="Name: value"),
    Field(name="website_url", label="Website"),
    Field(name="api_docs_url", label="Documentation"),
)
_OWN = ("key", "name", "version", "base_url")


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed and ticked, by the name of the field."""

    kind: str = "api_key"
    values: Mapping[str, str] = {}
    private: bool = False

    def text(self, name: str) -> str:
        """Return what a field holds."""
        return self.values.get(name, "")


def kind_of(text: str) -> str:
    """Return a kind of sign-in, whatever the address of a form says."""
    return text if text in KINDS else "api_key"


def fields_of(found: Integration) -> Fields:
    """Return the form of an integration as it is; its secret stays where it is."""
    details = msgspec.to_builtins(found.details)
    values = {name: str(getattr(found, name) or "") for name in _OWN}
    for field in (*SIGN_IN[found.kind], *ABOUT):
        values[field.name] = _written(details.get(field.name))
    return Fields(kind=found.kind, values=values, private=found.allow_private_network)


def sent(form: Form, kind: str) -> Fields:
    """Return the form as it was sent, without its secret."""
    names = {*_OWN, *(field.name for field in (*SIGN_IN[kind], *ABOUT))} - {"secret"}
    values = {name: form.text(name) for name in names}
    return Fields(kind=kind, values=values, private=bool(form.text("allow_private_network")))


def parts(form: Form, kind: str) -> dict[str, Any]:
    """Return the parts of an integration that a form gives, as `integrations.checked` takes them. Raises Invalid."""
    own: dict[str, Any] = {name: form.text(name).strip() for name in _OWN[1:]}
    details = {field.name: _given(field, form) for field in (*SIGN_IN[kind], *ABOUT) if field.kind != "secret"}
    whole = {
        **own,
        "kind": kind,
        "base_url": own["base_url"] or None,
        "allow_private_network": bool(form.text("allow_private_network")),
        "details": details,
    }
    return whole | ({"secret": form.text("secret")} if form.text("secret") else {})


def said(error: BotyardError | None) -> dict[str, Any]:
    """Return what is wrong and with which field, for a template."""
    if error is None:
        return {"problem": "", "hint": "", "wrong": None}
    return {"problem": error.message, "hint": error.hint, "wrong": (error.field or "").partition("[")[0]}


def _given(field: Field, form: Form) -> Any:
    text = form.text(field.name)
    if field.kind == "tick":
        return bool(text)
    if field.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()] or None
    if field.kind == "headers":
        return _headers(text, field.name) or None
    if field.kind == "choice" and text not in {value for value, _ in field.options}:
        text = field.options[0][0]
    # A separator may be a space.
    kept = text if field.name == "hmac_separator" else text.strip()
    return kept or None


def _headers(text: str, field: str) -> dict[str, str]:
    found = {}
    for line in filter(str.strip, text.splitlines()):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise Invalid(f'"{line[:60]}" is no header.', hint="Write Name: value, one a line.", field=field)
        found[name.strip()] = value.strip()
    return found


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name}: {each}" for name, each in value.items())
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)
