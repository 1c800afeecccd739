"""Find folders by id, slug or name."""

from __future__ import annotations

import unicodedata

from botyard.base.exceptions import NotFound, closest
from botyard.core.folders.model import DEFAULT, Folder
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)


def get(tx: Tx, *, workspace_id: int, folder: str) -> Folder:
    """Return the folder that an id, a slug or a name stands for, in this order. Raises NotFound."""
    found = find(tx, workspace_id=workspace_id, folder=folder)
    if found is None:
        names = [each.name for each in search(tx, workspace_id=workspace_id)]
        raise NotFound(
            f'The folder "{folder[:100]}" does not exist.',
            hint=closest(folder[:100], names) or "Check its name, or create it.",
        )
    return found


def find(tx: Tx, *, workspace_id: int, folder: str) -> Folder | None:
    """Return the folder that an id, a slug or a name stands for, or None."""
    wanted = unicodedata.normalize("NFC", folder).strip()
    known = search(tx, workspace_id=workspace_id)
    for key in ("id", "slug", "name"):
        for each in known:
            if getattr(each, key) == wanted:
                return each
    return None


def search(tx: Tx, *, workspace_id: int, limit: int = 1000) -> list[Folder]:
    """Return folders in the order of names: those that were made, those that something is in, and DEFAULT."""
    rows = tx.all(sql.declared, workspace_id=workspace_id, limit=limit)
    known = {row["name"]: Folder(id=row["id"], slug=row["slug"], name=row["name"]) for row in rows}
    used = {row["name"] for row in tx.all(sql.used, workspace_id=workspace_id, limit=limit)}
    for name in sorted({DEFAULT, *used} - known.keys()):
        known[name] = Folder.implied(workspace_id, name)
    return [known[name] for name in sorted(known)]
