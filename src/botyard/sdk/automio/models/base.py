"""The base of all models: fields as attributes, and to and from plain objects and JSON."""

from __future__ import annotations

import pprint
from typing import Any, Self

import msgspec

from botyard.sdk.automio.encoding import encode


class Model(msgspec.Struct, kw_only=True):
    """A value of the wire. Keys that it does not know are left out when it is read.

    Fields may be read as `value.name` and as `value["name"]`. Values are checked when they are read from the server;
    limits on the length of texts are the server's business.
    """

    def __getitem__(self, name: str) -> Any:
        """Return a field, so that a value may be used like the JSON object that it came from."""
        if name in self.__struct_fields__:
            return getattr(self, name)
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field, or `default` when the model has none of that name."""
        return getattr(self, name) if name in self.__struct_fields__ else default

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that are set, by their names on the wire."""
        pairs = zip(self.__struct_encode_fields__, self.__struct_fields__, strict=True)
        return {wire: _plain(value) for wire, name in pairs if (value := getattr(self, name)) is not None}

    def model_dump(self, *, by_alias: bool = False, exclude_none: bool = False) -> dict[str, Any]:
        """Return all fields as a plain object."""
        names = self.__struct_encode_fields__ if by_alias else self.__struct_fields__
        values = {key: _plain(getattr(self, name)) for key, name in zip(names, self.__struct_fields__, strict=True)}
        return {key: value for key, value in values.items() if value is not None} if exclude_none else values

    def to_json(self) -> str:
        """Return the fields that are set as JSON."""
        return encode(self.to_dict()).decode()

    def model_dump_json(self) -> str:
        """Return all fields as JSON."""
        return encode(self.model_dump()).decode()

    def to_str(self) -> str:
        """Return the fields as text for people."""
        return pprint.pformat(self.model_dump())

    @classmethod
    def from_dict(cls, obj: dict[str, Any]) -> Self:
        """Make a value of a plain object. Raises ValueError when it does not fit."""
        return msgspec.convert(obj, cls)

    @classmethod
    def from_json(cls, json_str: str | bytes) -> Self:
        """Make a value of JSON. Raises ValueError when it does not fit."""
        return msgspec.json.decode(json_str, type=cls)

    model_validate = from_dict
    model_validate_json = from_json


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.to_dict()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
