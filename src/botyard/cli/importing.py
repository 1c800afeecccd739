"""`botyard import`: apply what botyard export wrote, with the packages that an archive holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botyard.cli import options

if TYPE_CHECKING:
    from botyard.cli.exporting.write import Packed
    from botyard.sdk import Botyard


def import_(
    *,
    file: Annotated[Path, typer.Argument(help="A workspace file, or an archive of one.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
    data: options.Data = options.DEFAULT_DATA,
    server: options.Server = None,
    token: options.Token = None,
    workspace: options.Workspace = None,
    json: options.Json = False,
) -> None:
    """Make a workspace hold what a file or an archive of botyard export holds, and deploy the packages in it."""
    reach: dict[str, Any] = {"data": data, "server": server, "token": token, "workspace": workspace}
    if file.suffix != ".zip":
        from botyard.cli import apply

        apply.apply(file=file, dry_run=dry_run, json=json, **reach)
        return
    with tempfile.TemporaryDirectory(prefix="botyard-import-") as folder:
        _unpack(file, Path(folder))
        _import(Path(folder), dry_run=dry_run, json=json, reach=reach)


def _unpack(file: Path, folder: Path) -> None:
    from botyard.cli.exporting.write import DOCUMENT
    from botyard.sdk.errors import Refused
    from botyard.wire import archive

    if not file.is_file():
        raise Refused(f"{file} does not exist.", hint="Give the path of an archive that botyard export wrote.")
    try:
        archive.extract(file, folder)
    except archive.ArchiveError as error:
        raise Refused(f"{file}: {error}", hint="Give an archive that botyard export wrote.") from None
    if not (folder / DOCUMENT).is_file():
        raise Refused(f"{file} holds no {DOCUMENT}.", hint="Give an archive that botyard export wrote.")


def _import(folder: Path, *, dry_run: bool, json: bool, reach: dict[str, Any]) -> None:
    from botyard.cli import apply, output, session
    from botyard.cli.exporting.write import DOCUMENT

    packed = _packages(folder)
    with output.progress("Importing"), session.connect(**reach, timeout=300.0) as yard:
        reply = apply.send(yard, folder / DOCUMENT, name=DOCUMENT, dry_run=dry_run)
        deployed = [] if dry_run else [_deploy(yard, folder, one) for one in packed]
    if json:
        output.json({"changes": reply.changes, "dry_run": reply.dry_run, "packages": deployed})
        return
    apply.report(reply)
    for one in deployed:
        print(f"Version {one['version']} of {one['automation']} is released.")


def _packages(folder: Path) -> list[Packed]:
    """Return the packages that an archive holds. Raises Refused for a list that does not fit its files."""
    import msgspec

    from botyard.cli.exporting.write import PACKAGES, Packed
    from botyard.sdk.errors import Refused

    listed = folder / PACKAGES
    if not listed.is_file():
        return []
    try:
        packed = msgspec.json.decode(listed.read_bytes(), type=list[Packed])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{PACKAGES} is damaged: {error}.", hint="Export the workspace again.") from None
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for one in packed:
        # Only what the archive holds is sent, whatever its list says.
        if one.path not in there:
            raise Refused(f"{one.path} is not in the archive.", hint="Export the workspace again.")
    return packed


def _deploy(yard: Botyard, folder: Path, one: Packed) -> dict[str, str]:
    content = (folder / one.path).read_bytes()
    done = yard.automations.deploy(one.automation, content, version=one.version, dialect=one.dialect)
    return {"automation": done.automation, "version": done.version}
