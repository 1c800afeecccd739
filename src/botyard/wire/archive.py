"""Reading package archives that somebody else made: zip only, every limit enforced before and during inflation.

Both ends use this: the server before it stores a package, the runner before it writes a file of one. The names in
an archive are untrusted text, and so are the sizes it declares. Only the standard library is needed.
"""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

MAX_ENTRIES = 20_000
MAX_INFLATED = 1024**3
MAX_RATIO = 200
#: An entry that inflates to less than this may compress as well as it likes.
RATIO_EXEMPT = 1024**2
MAX_DEPTH = 20
MAX_PATH_BYTES = 1024
MAX_NAME_BYTES = 255
#: The list of contents: enough for 20,000 ordinary names, too little for a million empty ones.
MAX_DIRECTORY_BYTES = 8 * 1024**2

_CHUNK = 256 * 1024
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_ENTRY_MARK = b"PK\x01\x02"
_ZIP64_MARK = b"PK\x06\x07"
_ZIP64_LOCATOR_SIZE = 20
_LOCAL_HEADER_SIZE = 30
_ENCRYPTED = 0x1


class ArchiveError(ValueError):
    """The archive is not accepted; the text is a sentence that names the entry at fault."""


class Member(NamedTuple):
    """One regular file: its path below the package's root, with "/" between the parts, and its inflated size."""

    path: str
    size: int
    executable: bool
    entry: zipfile.ZipInfo


class Listing(NamedTuple):
    """What an archive holds. `folder` is the one extra top folder that was taken off every path, or empty."""

    members: tuple[Member, ...]
    folder: str
    inflated: int

    def find(self, path: str) -> Member | None:
        """Return the member at `path`, or None."""
        return next((member for member in self.members if member.path == path), None)


def inspect(source: Path | BinaryIO, *, inflate: bool = True) -> Listing:
    """Return what a zip archive holds, having checked every name, type and declared size.

    With `inflate` every entry is also read once, so that checksums and real sizes are proven. Raises ArchiveError.
    """
    with _opened(source) as archive:
        listing = _listing(archive)
        if inflate:
            for member in listing.members:
                for _ in _inflated(archive, member):
                    pass
    return listing


def read(source: Path | BinaryIO, path: str, *, limit: int = 1024**2) -> bytes | None:
    """Return the content of one file of the archive, or None when there is none. Raises ArchiveError over `limit`."""
    with _opened(source) as archive:
        member = _listing(archive).find(path)
        if member is None:
            return None
        if member.size > limit:
            raise ArchiveError(f'"{path}" is larger than {limit} bytes.')
        return b"".join(_inflated(archive, member))


def extract(source: Path | BinaryIO, target: Path) -> Listing:
    """Write the archive's files below `target`, an existing empty folder of the caller's own.

    Files get mode 0600 (0700 when marked executable), folders 0700. Nothing outside `target` is touched and nothing
    is overwritten. Raises ArchiveError; what was written until then stays for the caller to remove.
    """
    with _opened(source) as archive:
        listing = _listing(archive)
        for member in listing.members:
            destination = target.joinpath(*member.path.split("/"))
            destination.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            mode = 0o700 if member.executable else 0o600
            handle = os.open(
                destination,
                os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0),
                mode,
            )
            with os.fdopen(handle, "wb") as file:
                for chunk in _inflated(archive, member):
                    file.write(chunk)
    return listing


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[zipfile.ZipFile]:
    file = source.open("rb") if isinstance(source, Path) else source
    try:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            yield archive
    except ArchiveError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        UnicodeError,
    ) as error:
        raise ArchiveError(f"The archive is damaged: {str(error) or type(error).__name__}.") from None
    except (ValueError, struct.error, OverflowError) as error:
        raise ArchiveError(f"The archive is damaged: {error}.") from None
    finally:
        if isinstance(source, Path):
            file.close()


def _check_directory(file: BinaryIO) -> None:
    """Refuse an oversized list of contents before zipfile makes an object for each of its entries."""
    size = file.seek(0, os.SEEK_END)
    tail_size = min(size, _END.size + 65_535)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = _end_record(tail)
    if at < 0 or len(tail) - at < _END.size:
        raise ArchiveError("This is not a zip archive.")
    if tail[max(0, at - _ZIP64_LOCATOR_SIZE) : at].startswith(_ZIP64_MARK):
        raise ArchiveError("The archive uses the zip64 form, which no package within the limits needs.")
    _, _, _, _, entries, directory_size, _, _ = _END.unpack_from(tail, at)
    if entries > MAX_ENTRIES:
        raise ArchiveError(f"The archive has {entries} entries; {MAX_ENTRIES} are allowed.")
    start = size - tail_size + at - directory_size
    if directory_size > MAX_DIRECTORY_BYTES or start < 0:
        raise ArchiveError("The archive's list of contents is damaged or too large.")
    file.seek(start)
    if file.read(directory_size).count(_ENTRY_MARK) > MAX_ENTRIES:
        raise ArchiveError(f"The archive has more than {MAX_ENTRIES} entries.")


def _end_record(tail: bytes) -> int:
    """Find the record that zipfile will use: the one without a comment first, else the last in the file."""
    plain = len(tail) - _END.size
    if plain >= 0 and tail[plain : plain + 4] == _END_MARK and tail[-2:] == b"\0\0":
        return plain
    return tail.rfind(_END_MARK)


def _listing(archive: zipfile.ZipFile) -> Listing:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ArchiveError(f"The archive has {len(entries)} entries; {MAX_ENTRIES} are allowed.")
    _check_overlap(entries)
    files = [(entry, parts) for entry in entries if (parts := _checked_parts(entry)) and not _is_folder(entry)]
    files = [(entry, parts) for entry, parts in files if parts[0] != "__MACOSX" and parts[-1] != ".DS_Store"]
    inflated = sum(entry.file_size for entry, _ in files)
    if inflated > MAX_INFLATED:
        raise ArchiveError(f"The archive inflates to {inflated} bytes; {MAX_INFLATED} are allowed.")
    folder = _extra_folder([parts for _, parts in files])
    skip = 1 if folder else 0
    members = tuple(
        Member(
            "/".join(parts[skip:]),
            entry.file_size,
            bool(entry.external_attr >> 16 & stat.S_IXUSR),
            entry,
        )
        for entry, parts in files
    )
    _check_distinct(members)
    return Listing(members, folder, inflated)


def _checked_parts(entry: zipfile.ZipInfo) -> list[str]:
    """Return the parts of an entry's path, having refused everything but a plain file or folder below the root."""
    name = entry.orig_filename
    shown = ascii(name[:120])[1:-1]
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > _is_folder(entry):
        raise ArchiveError(f'"{shown}" is not a regular file or folder; links and devices are not accepted.')
    if entry.flag_bits & _ENCRYPTED:
        raise ArchiveError(f'"{shown}" is encrypted.')
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f'"{shown}" is compressed by a method other than deflate.')
    if _is_folder(entry) and entry.file_size:
        raise ArchiveError(f'"{shown}" is a folder with content of its own.')
    if entry.file_size > max(RATIO_EXEMPT, entry.compress_size * MAX_RATIO):
        raise ArchiveError(f'"{shown}" inflates to more than {MAX_RATIO} times its size.')
    parts = (name[:-1] if _is_folder(entry) else name).split("/")
    if problem := _path_problem(name, parts):
        raise ArchiveError(f'The path "{shown}" is not accepted: {problem}.')
    return parts


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    # Not entry.is_dir(): that one fails on a name that is empty or begins with a NUL.
    return entry.orig_filename.endswith("/")


def _path_problem(name: str, parts: list[str]) -> str:
    """Return what is wrong with a path, or nothing."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    problems = {
        "it is absolute": name.startswith("/"),
        "it holds a backslash or a colon": "\\" in name or ":" in name,
        "it holds a control character": any(ord(letter) < 32 or ord(letter) == 127 for letter in name),
        'a part of it is empty, "." or ".."': any(part in ("", ".", "..") for part in parts),
        "a part of it ends in a space or a dot": any(part.endswith((" ", ".")) for part in parts),
        f"it is more than {MAX_DEPTH} levels deep": len(parts) > MAX_DEPTH,
        "it is too long": sum(map(len, encoded)) > MAX_PATH_BYTES or max(map(len, encoded)) > MAX_NAME_BYTES,
    }
    return next((problem for problem, found in problems.items() if found), "")


def _check_overlap(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse entries that share bytes: the trick that makes one compressed block inflate many times."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise ArchiveError(f'"{ascii(entry.orig_filename[:120])[1:-1]}" shares its bytes with another entry.')
        end = entry.header_offset + _LOCAL_HEADER_SIZE + entry.compress_size


def _extra_folder(paths: list[list[str]]) -> str:
    tops = {parts[0] for parts in paths}
    return tops.pop() if len(tops) == 1 and all(len(parts) > 1 for parts in paths) else ""


def _check_distinct(members: tuple[Member, ...]) -> None:
    """Refuse paths that are one and the same on a file system that ignores case, and files that are also folders."""
    files: set[str] = set()
    folders: dict[str, str] = {}
    for member in members:
        folded = _folded(member.path)
        if folded in files:
            raise ArchiveError(f'"{member.path}" is in the archive twice, if upper and lower case count as the same.')
        files.add(folded)
        parent = member.path.rpartition("/")[0]
        while parent:
            if folders.setdefault(_folded(parent), parent) != parent:
                raise ArchiveError(f'The folder "{parent}" is in the archive in two spellings.')
            parent = parent.rpartition("/")[0]
    if both := files & folders.keys():
        raise ArchiveError(f'"{min(both)}" is both a file and a folder.')


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _inflated(archive: zipfile.ZipFile, member: Member) -> Iterator[bytes]:
    """Yield the content; never more than the size that the checks were made with, whatever the stream holds."""
    left = member.size
    with archive.open(member.entry) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise ArchiveError(f'"{member.path}" is larger than it says.')
            yield chunk
    if left:
        raise ArchiveError(f'"{member.path}" is shorter than it says.')
