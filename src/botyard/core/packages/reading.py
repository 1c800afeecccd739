"""Judging an archive before it becomes a package: can it be unpacked safely, what starts it, what is its version."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import BinaryIO

from botyard.base.exceptions import Invalid
from botyard.core.packages.model import DIALECTS, Manifest
from botyard.wire import archive, bvproject

_REQUIREMENTS = ("pylock.toml", "requirements.lock", "requirements.txt")
#: Folders of a machine or a tool, which the vendor of Bot Velocity forbids in a package.
_NOT_PACKED = frozenset({".venv", "__pycache__", "dist", ".git"})


def read_archive(source: Path | BinaryIO, *, dialect: str | None = None) -> Manifest:
    """Return what a zip archive holds, having read it whole; `dialect` None means what its files say.

    Raises Invalid for an archive outside the limits, without the file its dialect starts from, or of no dialect.
    Slow for large archives: call it outside of a transaction.
    """
    try:
        listing = archive.inspect(source)
        dialect = _detected(listing) if dialect is None else _known(dialect)
        described = archive.read(source, bvproject.FILE if dialect == "botvelocity" else "pyproject.toml")
    except archive.ArchiveError as error:
        raise Invalid(
            str(error),
            hint="Make the archive anew, or let botyard deploy make it.",
            code="bad_archive",
        ) from None
    entry = DIALECTS[dialect]
    if listing.find(entry) is None:
        raise Invalid(
            f'The package has no "{entry}", the file that a {dialect} package starts from.',
            hint=f'Put "{entry}" at the top of the folder, or name another dialect.',
            code="no_entry_file",
        )
    project = _project(described or b"", listing) if dialect == "botvelocity" else None
    return Manifest(
        dialect=dialect,
        entry=project.default.command if project else entry,
        version=project.version if project else _own_version(described),
        files=len(listing.members),
        inflated=listing.inflated,
        folder=listing.folder,
        requirements=any(listing.find(name) for name in _REQUIREMENTS),
        project=project,
    )


def _detected(listing: archive.Listing) -> str:
    """Return the dialect by the files of a package; plain when nothing says otherwise."""
    return next((dialect for dialect, entry in DIALECTS.items() if listing.find(entry)), "plain")


def _known(dialect: str) -> str:
    if dialect not in DIALECTS:
        raise Invalid(
            f'"{dialect[:40]}" is not a dialect.',
            hint=f"Use one of {', '.join(DIALECTS)}.",
            field="dialect",
        )
    return dialect


def _project(described: bytes, listing: archive.Listing) -> bvproject.Project:
    """Return what a Bot Velocity package says of itself, having compared it with what the package holds."""
    for member in listing.members:
        if found := _NOT_PACKED.intersection(member.path.split("/")):
            raise Invalid(
                f'The package holds a folder "{min(found)}".',
                hint="Build it with bv build, or leave such folders out.",
                code="bad_archive",
            )
    try:
        project = bvproject.parse(described)
    except bvproject.ProjectError as error:
        raise Invalid(str(error), hint=f"Correct {bvproject.FILE} and build again.", code="bad_project") from None
    for entry in project.entrypoints:
        if entry.command.endswith(".py") and listing.find(entry.command) is None:
            raise Invalid(
                f'The entrypoint "{entry.name}" starts "{entry.command}", which the package does not hold.',
                hint="Name a file of the package, or module:function.",
                code="no_entry_file",
            )
    return project


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
