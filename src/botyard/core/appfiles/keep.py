"""Keep files of apps, find them, delete them."""

from __future__ import annotations

from botyard.base import jsontext, text
from botyard.base.exceptions import AlreadyExists, Invalid, NotFound
from botyard.core.access import tokens
from botyard.core.appfiles.model import AppFile, key_of_url
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

MAX_PATH = 500


def check_path(path: str) -> str:
    """Return a path in the form it is kept in: relative, with single slashes. Raises Invalid."""
    parts = [part for part in path.strip().split("/") if part]
    if not parts or not set(parts).isdisjoint({".", ".."}) or "\\" in path:
        raise Invalid(
            f"{ascii(path)[:80]} is no path of a file.", hint="Write reports/march.csv, for example.", field="path"
        )
    return text.name("/".join(parts), field="path", limit=MAX_PATH)


def check_free(tx: Tx, *, workspace_id: int, app_id: int, path: str) -> None:
    """Raise AlreadyExists when the app has a file at the path."""
    if tx.one(sql.by_path, workspace_id=workspace_id, app_id=app_id, path=path) is not None:
        raise _taken(path)


def keep(
    tx: Tx,
    *,
    workspace_id: int,
    app_id: int,
    path: str,
    original_name: str,
    media_type: str,
    digest: str,
    size: int,
    public: bool,
    overwrite: bool,
    actor: str,
    now: int,
) -> AppFile:
    """Record a file whose bytes are in the file store. Raises AlreadyExists unless it may `overwrite`, and Invalid."""
    path = check_path(path)
    row = tx.one(
        sql.keep,
        workspace_id=workspace_id,
        app_id=app_id,
        path=path,
        object_key=tokens.new_id(),
        original_name=text.file_name(original_name or path, field="file"),
        media_type=text.name(media_type or "application/octet-stream", field="content_type", limit=200),
        digest=digest,
        size=size,
        public=int(public),
        overwrite=int(overwrite),
        actor=actor,
        now=now,
    )
    if row is None:
        raise _taken(path)
    return AppFile.from_row(row)


def get(tx: Tx, *, workspace_id: int, app_id: int, path: str | None = None, url: str | None = None) -> AppFile:
    """Return the file of an app at a path or an address. Raises NotFound, and Invalid when neither is given."""
    if path:
        row = tx.one(sql.by_path, workspace_id=workspace_id, app_id=app_id, path=check_path(path))
    elif url:
        key = key_of_url(url)
        row = tx.one(sql.by_key, object_key=key) if key else None
        if row is not None and (row["workspace_id"], row["app_id"]) != (workspace_id, app_id):
            row = None
    else:
        raise Invalid("No file is named.", hint="Send a path or a public_url.", field="path")
    if row is None:
        raise _missing(path or url or "")
    return AppFile.from_row(row)


def list_all(tx: Tx, *, workspace_id: int, app_id: int, after: str = "", limit: int = 50) -> list[AppFile]:
    """Return the files of an app by their paths, those after the path `after`."""
    rows = tx.all(sql.list_all, workspace_id=workspace_id, app_id=app_id, after=after.replace("\0", ""), limit=limit)
    return [AppFile.from_row(row) for row in rows]


def find_public(tx: Tx, *, object_key: str) -> AppFile:
    """Return the public file of an address. Raises NotFound, for one that is not public as for one that is not."""
    row = tx.one(sql.by_key, object_key=object_key.replace("\0", ""))
    if row is None or not row["public"]:
        raise _missing(object_key)
    return AppFile.from_row(row)


def delete(tx: Tx, *, workspace_id: int, app_id: int, path: str) -> AppFile:
    """Delete a file and return what it was. Raises NotFound."""
    row = tx.one(sql.delete, workspace_id=workspace_id, app_id=app_id, path=check_path(path))
    if row is None:
        raise _missing(path)
    return AppFile.from_row(row)


def unreferenced(tx: Tx, *, digests: list[str]) -> set[str]:
    """Return those of `digests` that no file of an app holds."""
    rows = tx.all(sql.referenced, digests=jsontext.encode(digests))
    return set(digests) - {row["digest"] for row in rows}


def _taken(path: str) -> AlreadyExists:
    return AlreadyExists(f'There is a file "{path[:200]}" already.', hint="Send overwrite, or another path.")


def _missing(named: str) -> NotFound:
    return NotFound(f'The file "{named[:200]}" does not exist.', hint="Check its path.")
