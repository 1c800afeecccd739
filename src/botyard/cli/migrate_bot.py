"""`botyard migrate-bot`: tell, and on wish change, which lines of a bot name a vendor's library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botyard.cli import options

if TYPE_CHECKING:
    from botyard.cli.imports import Reading

#: What is in these folders is not the bot's own.
_LEFT_ALONE = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"})
#: Where a project of Bot Velocity says what it depends on.
_PROJECT = "bvproject.yaml"


def migrate_bot(
    *,
    path: Annotated[Path, typer.Argument(help="A bot's folder, or one file of it.", exists=True, show_default=False)],
    write: Annotated[bool, typer.Option("--write", help="Change the files.")] = False,
    json: options.Json = False,
) -> None:
    """Show which import lines of a bot would name Botyard's own modules instead of a vendor's library.

    Nothing is changed without --write. Bots also run unchanged; this is for leaving the vendor's package behind.
    """
    from botyard.cli import output

    found = [(file, reading) for file in _files(path) for reading in _read(file) if reading.changes or reading.remarks]
    if write:
        for file, reading in found:
            if reading.changes:
                _replace(file, reading.text)
    if json:
        output.json({"written": write, "files": [_described(file, path, reading) for file, reading in found]})
        return
    _tell(found, path, written=write)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path).parts[:-1]
        if any(part in _LEFT_ALONE or part.startswith(".") for part in inside) or file.is_symlink():
            continue
        if file.is_file() and (file.suffix == ".py" or file.name == _PROJECT or _is_list(file)):
            yield file


def _is_list(file: Path) -> bool:
    return file.name.startswith("requirements") and file.suffix in (".txt", ".in", ".lock")


def _read(file: Path) -> Iterator[Reading]:
    """Yield what a file holds; one that cannot be read yields a remark."""
    from botyard.cli.imports import Reading, Remark, read_code, read_project, read_requirements

    read = read_requirements if _is_list(file) else read_project if file.name == _PROJECT else read_code
    try:
        yield read(file.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        yield Reading("", [], [Remark(1, "The file is not UTF-8 and was not read.")])
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        yield Reading("", [], [Remark(line, f"The file is not Python that this version reads ({error}).")])


def _replace(file: Path, text: str) -> None:
    """Write a file as a whole: it has its old or its new text whatever happens."""
    other = file.with_name(f".{file.name}.botyard")
    other.write_bytes(text.encode())
    other.chmod(file.stat().st_mode)
    other.replace(file)


def _described(file: Path, root: Path, reading: Reading) -> dict[str, Any]:
    return {
        "file": _shown(file, root),
        "changes": [change._asdict() for change in reading.changes],
        "remarks": [remark._asdict() for remark in reading.remarks],
    }


def _shown(file: Path, root: Path) -> str:
    return str(file.relative_to(root)) if root.is_dir() else str(file)


def _tell(found: list[tuple[Path, Reading]], root: Path, *, written: bool) -> None:
    changes = sum(len(reading.changes) for _, reading in found)
    if not found:
        print("Nothing names a vendor's library.")
        return
    for file, reading in found:
        name = _shown(file, root)
        for change in reading.changes:
            print(f"{name}:{change.line}\n  - {change.before}")
            if change.after:
                print(f"  + {change.after}")
        for remark in reading.remarks:
            print(f"{name}:{remark.line}\n  ! {remark.text} Look at it yourself.")
    lines = "1 line" if changes == 1 else f"{changes} lines"
    print(f"{lines} changed." if written else f"{lines} would change; --write changes them.")
