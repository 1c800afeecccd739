"""What a package and its versions are."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Self

import msgspec

from botyard.base import jsontext
from botyard.storage import Row
from botyard.wire.bvproject import FILE, Project

#: The dialects whose packages this server runs, with the file that each of them has to hold.
DIALECTS = MappingProxyType(
    {"botcity": "bot.py", "botvelocity": FILE, "plain": "main.py", "automio": "main.py", "elma": "main.py"}
)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What reading an archive found out; stored with the version."""

    #: One of DIALECTS.
    dialect: str
    #: The file to start, relative to the package's root; for botvelocity the command of the default entrypoint.
    entry: str
    #: The version the package gives itself (`pyproject.toml`, `bvproject.yaml`), or None.
    version: str | None = None
    #: Number of files, and the bytes they take when unpacked.
    files: int = 0
    inflated: int = 0
    #: The one folder that everything was inside of and that unpacking takes away, or empty.
    folder: str = ""
    #: Whether the package lists requirements to install.
    requirements: bool = False
    #: What a botvelocity package says of itself.
    project: Project | None = None


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A named series of versions; `released` is the version that new attempts run, None before the first."""

    id: str
    workspace_id: int
    name: str
    dialect: str
    released: str | None
    created_at: int

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the package that a row of `packages` holds."""
        return cls(**row)


class PackageVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable version: `digest` is the SHA-256 of its archive in hex, `size` its bytes."""

    workspace_id: int
    package_id: str
    version: str
    dialect: str
    digest: str
    size: int
    entry: str
    manifest: dict[str, Any]
    created_at: int
    created_by: str

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the version that a row of `package_versions` holds."""
        return cls(**{**row, "manifest": jsontext.decode(row["manifest"])})
