"""Writing a document: as a file with a folder of code, on standard output, or as an archive."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import yaml

from botyard.sdk.errors import Refused

if TYPE_CHECKING:
    from botyard.cli.exporting.document import Found
    from botyard.sdk import Botyard

DOCUMENT = "workspace.yaml"
#: Which packages the archive holds: automation, version and dialect, and the file of each.
PACKAGES = "packages.json"
_TIME = (1980, 1, 1, 0, 0, 0)


class Packed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A package in an archive."""

    automation: str
    version: str
    dialect: str
    path: str


def text_of(found: Found) -> str:
    """Return the document as YAML."""
    return str(yaml.safe_dump(found.document, sort_keys=False, allow_unicode=True, width=120))


def to_output(found: Found) -> None:
    """Print the document. Raises Refused for one with code, which needs files."""
    if found.code:
        raise Refused("This workspace has code, which needs files.", hint="Name a file to write, or an archive.")
    sys.stdout.write(text_of(found))


def to_file(found: Found, target: Path) -> None:
    """Write the document, and its code into a folder beside it."""
    for name, code in found.code.items():
        path = target.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(code.encode())
    _put(target, text_of(found).encode())


def to_archive(found: Found, target: Path, packages_of: Botyard | None) -> None:
    """Write an archive of the document and its code, and of the released packages when there is where to fetch them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, DOCUMENT, text_of(found).encode())
        for name, code in found.code.items():
            _add(archive, name, code.encode())
        if packages_of is not None:
            _add_packages(archive, found, packages_of)
    _put(target, buffer.getvalue())


def _add_packages(archive: zipfile.ZipFile, found: Found, yard: Botyard) -> None:
    packed = []
    for number, (automation, version) in enumerate(found.packages.items(), 1):
        known = yard.packages.get(automation, version)
        path = f"packages/{number}.zip"
        _add(archive, path, yard.packages.content(known.digest).read())
        packed.append(Packed(automation=automation, version=version, dialect=known.dialect, path=path))
    _add(archive, PACKAGES, msgspec.json.encode(packed))


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100644 << 16
    archive.writestr(info, content)


def _put(target: Path, content: bytes) -> None:
    """Write a file that is there whole or as it was."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
