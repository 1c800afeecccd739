"""Dialects that keys are made for. Two clients that speak to the same API share one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: What `connect` calls a dialect, where keys and routes know it by another name.
_FAMILIES: Mapping[str, str] = MappingProxyType({"maestro-client": "botcity"})


def family(dialect: str) -> str:
    """Return the dialect whose routes serve `dialect`."""
    return _FAMILIES.get(dialect, dialect)
