"""Storing, releasing and finding the versions of packages."""

from __future__ import annotations

import re

import msgspec

from botyard.base import ids, jsontext
from botyard.base.exceptions import AlreadyExists, IllegalTransition, Invalid, NotFound
from botyard.core.packages.model import Manifest, Package, PackageVersion
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

#: What follows the name of a version, before a number, where its bytes were replaced by others.
REPLACED = "+replaced."

_LATEST = 2**62
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+!-]{0,63}")


def make(tx: Tx, *, workspace_id: int, name: str, dialect: str, now: int) -> Package:
    """Return the package, made when missing, and hold it so that two uploads to it follow each other."""
    (row,) = tx.all(
        sql.lock_package,
        id=ids.uuid7(),
        workspace_id=workspace_id,
        name=name,
        dialect=dialect,
        created_at=now,
    )
    return Package.from_row(row)


def store_version(
    tx: Tx,
    *,
    workspace_id: int,
    name: str,
    manifest: Manifest,
    digest: str,
    size: int,
    version: str | None,
    actor: str,
    now: int,
    replace: bool = False,
) -> tuple[PackageVersion, bool]:
    """Return the version that holds these bytes and whether it is new; the package is made when missing.

    Without `version` it is the manifest's, else the next whole number. Bytes stored before keep the version they have,
    whatever was asked for. Raises AlreadyExists when the version holds other bytes. With `replace` the version is the
    one asked for in any case, and other bytes that it held stay under another name, `<version>+replaced.<number>`,
    for attempts that run them and for the history.
    """
    package = make(tx, workspace_id=workspace_id, name=name, dialect=manifest.dialect, now=now)
    wanted = version or manifest.version
    row = tx.one(sql.get_version, package_id=package.id, version=wanted) if wanted else None
    if row is None and not (wanted and replace):
        row = tx.one(sql.find_same, package_id=package.id, digest=digest)
    if row is not None and row["digest"] != digest and replace:
        _set_aside(tx, package, row["version"])
        row = None
    if row is None:
        (row,) = tx.all(
            sql.create_version,
            workspace_id=workspace_id,
            package_id=package.id,
            version=_checked(wanted) if wanted else _next_number(tx, package),
            dialect=manifest.dialect,
            digest=digest,
            size=size,
            entry=manifest.entry,
            manifest=jsontext.encode(msgspec.to_builtins(manifest)),
            created_at=now,
            created_by=actor,
        )
        return PackageVersion.from_row(row), True
    if row["digest"] != digest:
        raise AlreadyExists(
            f'Version {wanted} of "{name}" exists and holds other bytes; a version never changes.',
            hint="Deploy with another --version, or raise the version in the package's own manifest.",
            code="version_exists",
        )
    return PackageVersion.from_row(row), False


def release(tx: Tx, *, package_id: str, version: str) -> None:
    """Make `version` the one that new attempts run. Raises NotFound when it was never stored."""
    if not tx.run(sql.release, package_id=package_id, version=version):
        raise NotFound(f"Version {version[:64]} does not exist.", hint="Deploy it first.")


def find(tx: Tx, *, workspace_id: int, name: str) -> Package | None:
    """Return the package of that name, or None."""
    row = tx.one(sql.find_package, workspace_id=workspace_id, name=name.replace("\0", ""))
    return Package.from_row(row) if row else None


def get_version(tx: Tx, *, workspace_id: int, package_id: str, version: str) -> PackageVersion:
    """Return one version. Raises NotFound, for another workspace's as for one that never was."""
    row = tx.one(sql.get_version, package_id=package_id, version=version)
    if row is None or row["workspace_id"] != workspace_id:
        raise NotFound(f"Version {version[:64]} does not exist.", hint="Deploy it first.")
    return PackageVersion.from_row(row)


def has_version(tx: Tx, *, package_id: str, version: str) -> bool:
    """Tell whether a version is stored."""
    return tx.one(sql.get_version, package_id=package_id, version=version.replace("\0", "")) is not None


def remove_version(tx: Tx, *, workspace_id: int, name: str, version: str) -> PackageVersion:
    """Delete a version with what was replaced under its name; return what it was.

    When it was the released one, nothing is released afterwards. Raises NotFound, and IllegalTransition while an
    attempt runs it.
    """
    package = get(tx, workspace_id=workspace_id, name=name)
    package = make(tx, workspace_id=workspace_id, name=name, dialect=package.dialect, now=package.created_at)
    removed = get_version(tx, workspace_id=workspace_id, package_id=package.id, version=version)
    names = [row["version"] for row in tx.all(sql.version_names, package_id=package.id)]
    going = [version, *(other for other in names if _is_aside(other, version))]
    for each in going:
        if tx.one(sql.is_running, package_id=package.id, version=each):
            raise IllegalTransition(
                f'Version {each} of "{name}" is being run.', hint="Wait for its tasks to end, or cancel them."
            )
    for each in going:
        tx.run(sql.unrelease, package_id=package.id, version=each)
        tx.run(sql.delete_version, package_id=package.id, version=each)
    return removed


def get(tx: Tx, *, workspace_id: int, name: str) -> Package:
    """Return the package of that name. Raises NotFound."""
    found = find(tx, workspace_id=workspace_id, name=name)
    if found is None:
        raise NotFound(f'The package "{name[:100]}" does not exist.', hint="Check the name, or upload it first.")
    return found


def find_by_digest(tx: Tx, *, workspace_id: int, digest: str) -> PackageVersion | None:
    """Return a version of this workspace that holds these bytes, or None."""
    row = tx.one(sql.find_by_digest, workspace_id=workspace_id, digest=digest)
    return PackageVersion.from_row(row) if row else None


def list_versions(tx: Tx, *, package_id: str, before: str | None = None, limit: int = 100) -> list[PackageVersion]:
    """Return versions, newest first; `before` is the last one of the page before. Raises Invalid for one never made."""
    at, name = _LATEST, ""
    if before is not None:
        last = tx.one(sql.get_version, package_id=package_id, version=before.replace("\0", ""))
        if last is None:
            raise Invalid("The position is none of a page.", hint="Pass next of the page before.", field="before")
        at, name = last["created_at"], last["version"]
    rows = tx.all(sql.list_versions, package_id=package_id, at=at, name=name, limit=limit)
    return [PackageVersion.from_row(row) for row in rows]


def unreferenced(tx: Tx, *, digests: list[str]) -> set[str]:
    """Return those of `digests` that no version of any workspace holds."""
    rows = tx.all(sql.referenced, digests=jsontext.encode(digests))
    return set(digests) - {row["digest"] for row in rows}


def _set_aside(tx: Tx, package: Package, version: str) -> None:
    """Make room under a version's name."""
    aside = f"{version}{REPLACED}"
    used = [row["version"] for row in tx.all(sql.version_names, package_id=package.id)]
    number = 1 + max((int(name.removeprefix(aside)) for name in used if _is_aside(name, version)), default=0)
    tx.run(sql.rename_version, package_id=package.id, version=version, name=f"{aside}{number}")


def _is_aside(name: str, version: str) -> bool:
    return re.fullmatch(re.escape(f"{version}{REPLACED}") + "[0-9]{1,9}", name) is not None


def _next_number(tx: Tx, package: Package) -> str:
    versions = [row["version"] for row in tx.all(sql.version_names, package_id=package.id)]
    return str(
        max(
            (int(version) for version in versions if re.fullmatch("[0-9]{1,9}", version)),
            default=0,
        )
        + 1
    )


def _checked(version: str) -> str:
    if not _VERSION.fullmatch(version):
        raise Invalid(
            f'"{ascii(version[:80])[1:-1]}" cannot be a version.',
            hint="Use up to 64 letters, digits and . _ + ! - and start with a letter or a digit.",
            field="version",
        )
    return version
