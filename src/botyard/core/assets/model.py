"""What an asset is, and what its parts may be."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import Invalid
from botyard.core import folders
from botyard.core.vault import Secret
from botyard.storage import Row

Type = Literal["text", "int", "bool", "secret", "credential"]

TYPES = ("text", "int", "bool", "secret", "credential")
SECRET_TYPES = ("secret", "credential")
MAX_VALUE = 64 * 1024
MAX_DESCRIPTION = 1000
_MAX_INT = 2**63

# Clients put names into addresses as they are, so a name has nothing that an address reads in its own way.
_NAME = re.compile(r"[A-Za-z0-9_.-]+(?: +[A-Za-z0-9_.-]+)*")


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """An asset without what is secret: `value` is None for a secret and a credential."""

    id: int
    workspace_id: int
    folder: str
    name: str
    type: Type
    description: str
    value: str | int | bool | None
    username: str | None
    #: Grows by one each time the value changes.
    version: int
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str
    #: When its secret was last read, within a few seconds, and by whom; None until then.
    read_at: int | None
    read_by: str | None

    @property
    def is_secret(self) -> bool:
        """Whether a part of it is kept in the vault."""
        return self.type in SECRET_TYPES

    @property
    def place(self) -> str:
        """The name under which the vault keeps its secret."""
        return f"asset/{self.id}"

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the asset of a row."""
        return cls(**{**row, "value": None if row["value"] is None else jsontext.decode(row["value"])})


class NewAsset(msgspec.Struct, frozen=True, kw_only=True):
    """An asset to write; `value` for text, int and bool, `secret` for a secret and the password of a credential.

    Without its value, secret or user name it can only change one that exists, which keeps them.
    """

    name: str
    type: Type
    folder: str = folders.DEFAULT
    description: str = ""
    value: str | int | bool | None = None
    username: str | None = None
    secret: Secret | None = None


def checked(
    *,
    name: Any,
    type: Any,  # noqa: A002 -- the word that everybody uses
    value: Any = None,
    username: Any = None,
    password: Any = None,
    folder: Any = None,
    description: Any = "",
    whole: bool = True,
) -> NewAsset:
    """Return an asset as it is stored. Raises Invalid naming the part at fault, and never shows a secret.

    Unless it shall be `whole`, a value, user name or password that is None is left out.
    """
    if type not in TYPES:
        raise Invalid(f"{ascii(type)[:40]} is not a type.", hint=f"Use one of {', '.join(TYPES)}.", field="type")
    for field, part in (("folder", folder), ("description", description)):
        if not isinstance(part, str | None):
            raise Invalid(f'"{field}" must be a text.', field=field)
    credential, hidden = type == "credential", type in SECRET_TYPES
    secret = password if credential else value if hidden else None
    if not credential and (username is not None or password is not None):
        raise Invalid("Only a credential has a user name and a password.", hint="Give a value.", field="username")
    if credential and value is not None:
        raise Invalid("A credential has no value.", hint="Give username and password.", field="value")
    return NewAsset(
        name=check_name(name),
        type=type,
        folder=folders.check_name(folder) if folder else folders.DEFAULT,
        description=text.prose(description or "", field="description", limit=MAX_DESCRIPTION),
        value=check_value(type, value) if not hidden and (whole or value is not None) else None,
        username=check_username(username) if credential and (whole or username is not None) else None,
        secret=check_secret(secret, field="password" if credential else "value")
        if hidden and (whole or secret is not None)
        else None,
    )


def check_name(name: Any) -> str:
    """Return a name as it is stored. Raises Invalid for one that could not be part of an address as it is."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > 100 or set(name) <= {"."}:
        raise Invalid(
            f"{ascii(name)[:80]} cannot be the name of an asset.",
            hint="Use up to 100 letters, digits and _ . - with spaces between words.",
            field="name",
        )
    return name


def check_value(type: Type, value: Any) -> str | int | bool:  # noqa: A002
    """Return a value that fits a type. Raises Invalid (code "wrong_asset_type") for one that does not."""
    fits = {
        "text": isinstance(value, str),
        "int": isinstance(value, int) and not isinstance(value, bool) and -_MAX_INT <= value < _MAX_INT,
        "bool": isinstance(value, bool),
    }
    if not fits.get(type, False):
        raise Invalid(
            f"The value does not fit an asset of the type {type}.",
            hint="Send a value of this type, or use the call for secrets.",
            field="value",
            code="wrong_asset_type",
        )
    if isinstance(value, str):
        return text.prose(value, field="value", limit=MAX_VALUE)
    return bool(value) if isinstance(value, bool) else int(value)


def check_username(username: Any) -> str:
    """Return a user name as it is stored. Raises Invalid."""
    if not isinstance(username, str):
        raise Invalid("A credential needs a user name, which is a text.", field="username")
    return text.prose(username, field="username", limit=text.MAX_NAME)


def check_secret(value: Any, *, field: str) -> Secret:
    """Return a secret text. Raises Invalid, which never shows the value."""
    if not isinstance(value, str):
        raise Invalid(f'"{field}" must be a text.', hint="Write other things as JSON text.", field=field)
    if len(value.encode("utf-8", "surrogatepass")) > MAX_VALUE:
        raise Invalid(f'"{field}" is too long.', hint=f"Keep it to {MAX_VALUE} bytes.", field=field, code="too_large")
    return Secret(value)
