"""What a credential is, and what its parts may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from botyard.base import jsontext, text
from botyard.base.exceptions import Invalid
from botyard.core.vault import Secret
from botyard.storage import Row

MAX_KEYS = 200
MAX_VALUE_BYTES = 64 * 1024
DEFAULT_FOLDER = "DEFAULT"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One name in a set: what may be known about its value without reading it."""

    name: str
    #: Grows by one each time the value changes.
    version: int
    updated_at: int
    updated_by: str
    #: When the value was last read, within a few seconds, and by whom; None until then.
    read_at: int | None
    read_by: str | None


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A set of secrets, without their values."""

    id: int
    workspace_id: int
    label: str
    folder: str
    created_at: int
    created_by: str
    updated_at: int
    #: In the order in which they were given.
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, row: Row, keys: Iterable[Row]) -> Credential:
        """Return the credential of its row and those of its keys."""
        return msgspec.convert(row | {"keys": list(keys)}, cls)

    def find(self, name: str) -> Key | None:
        """Return the key of that name, or None."""
        return next((key for key in self.keys if key.name == name), None)


def vault_name(credential_id: int, key: str) -> str:
    """Return the name under which the vault keeps a value."""
    return f"credential/{credential_id}/{key}"


def check_label(label: str) -> str:
    """Return a label as it is stored. Raises Invalid for one that could not be part of an address."""
    return text.label(label)


def check_key(name: str) -> str:
    """Return the name of a key as it is stored. Raises Invalid for one that could not be part of an address."""
    return text.label(name, field="key", limit=text.MAX_NAME)


def text_of(value: Any, *, field: str = "value") -> Secret:
    """Return a JSON scalar as a secret text: numbers and booleans as JSON writes them, null as nothing.

    Raises Invalid, which never shows the value, for lists and objects, and for what is too long.
    """
    if isinstance(value, (dict, list)):
        raise Invalid(
            f'"{field}" must be a text, a number, a boolean or null.',
            hint="Write an object or a list as JSON text.",
            field=field,
        )
    if value is None:
        return Secret("")
    plain = value if isinstance(value, str) else jsontext.encode(value)
    if len(plain.encode()) > MAX_VALUE_BYTES:
        raise Invalid(
            f'"{field}" is {len(plain.encode())} bytes long.',
            hint=f"Keep it to {MAX_VALUE_BYTES}; larger things are files.",
            field=field,
            code="too_large",
        )
    return Secret(plain)


def checked_secrets(pairs: Iterable[tuple[str, Any]], *, field: str = "secrets") -> Mapping[str, Secret]:
    """Return keys and values as they are stored, in their order. Raises Invalid naming the part at fault."""
    checked: dict[str, Secret] = {}
    for name, value in pairs:
        clean = check_key(name)
        if clean in checked:
            raise Invalid(f'The key "{clean}" is given twice.', hint="Give each key once.", field=field)
        checked[clean] = text_of(value, field=f"{field}.{clean}")
    if len(checked) > MAX_KEYS:
        raise Invalid(f"{len(checked)} keys are too many for one set.", hint=f"Keep it to {MAX_KEYS}.", field=field)
    return checked
