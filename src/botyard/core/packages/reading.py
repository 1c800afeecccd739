"""Judging an archive before it becomes a package: can it be unpacked safely, what starts it, what is its version."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import BinaryIO

from botyard.base.exceptions import Invalid, Unsupported
from botyard.core.packages.model import DIALECTS, Manifest
from botyard.wire import archive

_KNOWN_ELSEWHERE = {"bvproject.yaml": "botvelocity"}


def read_archive(source: Path | BinaryIO, *, dialect: str | None = None) -> Manifest:
    """Return what a zip archive holds, having read it whole; `dialect` None means what its files say.

    Raises Invalid for an archive outside the limits or without the file its dialect starts from, and Unsupported
    for a dialect this server does not run. Slow for large archives: call it outside of a transaction.
    """
    try:
        listing = archive.inspect(source)
        project = archive.read(source, "pyproject.toml")
    except archive.ArchiveError as error:
        raise Invalid(
            str(error),
            hint="Make the archive anew, or let botyard deploy make it.",
            code="bad_archive",
        ) from None
    dialect = dialect or _detected(listing)
    _check_dialect(dialect)
    entry = DIALECTS[dialect]
    if listing.find(entry) is None:
        raise Invalid(
            f'The package has no "{entry}", the file that a {dialect} package starts from.',
            hint=f'Put "{entry}" at the top of the folder, or name another dialect.',
            code="no_entry_file",
        )
    return Manifest(
        dialect=dialect,
        entry=entry,
        version=_own_version(project),
        files=len(listing.members),
        inflated=listing.inflated,
        folder=listing.folder,
        requirements=listing.find("requirements.txt") is not None,
    )


def _detected(listing: archive.Listing) -> str:
    if listing.find(DIALECTS["botcity"]):
        return "botcity"
    return next(
        (dialect for name, dialect in _KNOWN_ELSEWHERE.items() if listing.find(name)),
        "plain",
    )


def _check_dialect(dialect: str) -> None:
    if dialect in DIALECTS:
        return
    if dialect in _KNOWN_ELSEWHERE.values():
        raise Unsupported(
            f"This server does not run {dialect} packages.",
            hint=f"It runs {', '.join(DIALECTS)}.",
        )
    raise Invalid(
        f'"{dialect[:40]}" is not a dialect.',
        hint=f"Use one of {', '.join(DIALECTS)}.",
        field="dialect",
    )


def _own_version(project: bytes | None) -> str | None:
    """Return `[project] version` of a pyproject.toml; a file that cannot be read gives none, as pip decides there."""
    try:
        version = tomllib.loads((project or b"").decode()).get("project", {}).get("version")
    except (
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        AttributeError,
        RecursionError,
    ):
        return None
    return version if isinstance(version, str) else None
