"""A connection as a form: what its kind of sign-in needs, which apps may use it, and its limits. Secrets go in only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from botyard.base.exceptions import Invalid
from botyard.core.integrations import Connection, NewConnection
from botyard.web import Form


class SecretField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the form whose content is never shown again."""

    name: str
    label: str
    shown: bool = False
    required: bool = True
    hint: str = ""


#: The secrets that each kind of sign-in asks for; OAuth2 gets its own from the provider.
SECRETS: Mapping[str, Sequence[SecretField]] = {
    "none": (),
    "api_key": (SecretField(name="key", label="Key"),),
    "basic": (
        SecretField(name="user", label="User name", shown=True),
        SecretField(name="password", label="Password"),
    ),
    "oauth2": (),
    "hmac": (
        SecretField(name="key", label="Key to sign with"),
        SecretField(name="user", label="Id of the key", shown=True, required=False, hint="Sent as {key_id}."),
    ),
    "wsdl": (
        SecretField(name="user", label="User name", shown=True, required=False),
        SecretField(name="password", label="Password", required=False),
        SecretField(name="key", label="Token", required=False, hint="Instead of a user name and a password."),
    ),
}


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What is typed and ticked, but for secrets."""

    name: str = ""
    every_app: bool = True
    apps: tuple[int, ...] = ()
    concurrency: str = ""
    calls_per_minute: str = ""


EMPTY = Fields()


def fields_of(found: Connection) -> Fields:
    """Return the form of a connection as it is."""
    return Fields(
        name=found.name,
        every_app=found.every_app,
        apps=found.apps,
        concurrency=str(found.concurrency),
        calls_per_minute=str(found.calls_per_minute or ""),
    )


def sent(form: Form) -> Fields:
    """Return the form as it was sent."""
    return Fields(
        name=form.text("name"),
        every_app=form.text("every_app") != "no",
        apps=tuple(_apps(form)),
        concurrency=form.text("concurrency"),
        calls_per_minute=form.text("calls_per_minute"),
    )


def wanted(form: Form, kind: str, *, builtin: bool = False) -> NewConnection:
    """Return the connection that a form describes; without secrets where none was typed. Raises Invalid."""
    every_app = form.text("every_app") != "no"
    return NewConnection(
        name=None if builtin else form.text("name").strip() or None,
        secrets=secrets_of(form, kind),
        apps=None if every_app else _apps(form),
        every_app=every_app,
        concurrency=_number(form, "concurrency"),
        calls_per_minute=_number(form, "calls_per_minute") or 0,
    )


def secrets_of(form: Form, kind: str) -> dict[str, str] | None:
    """Return the secrets that were typed, None for none."""
    typed = {field.name: form.text(field.name) for field in SECRETS[kind]}
    given = {name: value if name == "password" else value.strip() for name, value in typed.items()}
    return {name: value for name, value in given.items() if value} or None


def apps_of(form: Form) -> list[int] | None:
    """Return the apps that may use the connection, None for every app."""
    return None if form.text("every_app") != "no" else _apps(form)


def is_id(text: str) -> bool:
    """Return whether a text is the id of something."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _apps(form: Form) -> list[int]:
    return [int(text) for text in form.all("apps") if is_id(text)]


def _number(form: Form, name: str) -> int | None:
    text = form.text(name).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid(f'"{text[:40]}" is no whole number.', hint="Write digits only.", field=name)
    return int(text)
