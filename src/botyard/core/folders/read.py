"""Find folders by id, slug or name."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import count

from botyard.base.exceptions import NotFound, closest
from botyard.core.folders.model import DEFAULT, Contents, Folder, check_name, id_of, slug_of
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

#: How many folders a list tells of.
_MOST = 10_000


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


def name_for(tx: Tx, *, workspace_id: int, folder: str) -> str:
    """Return the name of the folder to put something into, for its name, id or slug; for another text that itself.

    Raises Invalid for what cannot be the name of a folder.
    """
    clean = check_name(folder)
    known = search(tx, workspace_id=workspace_id)
    if any(each.name == clean for each in known):
        return clean
    return next((each.name for each in known if clean in (each.id, each.slug)), clean)


def search(tx: Tx, *, workspace_id: int, limit: int = 1000) -> list[Folder]:
    """Return folders in the order of names: those that were made, those that something is in, and DEFAULT."""
    rows = tx.all(sql.declared, workspace_id=workspace_id, limit=limit)
    known = {row["name"]: Folder(id=row["id"], slug=row["slug"], name=row["name"]) for row in rows}
    used = {row["name"] for row in tx.all(sql.used, workspace_id=workspace_id, limit=limit)}
    for name in sorted({DEFAULT, *used} - known.keys()):
        folder_id, slug = free(workspace_id, name, list(known.values()))
        known[name] = Folder(id=folder_id, slug=slug, name=name, declared=False)
    return [known[name] for name in sorted(known)]


def page(tx: Tx, *, workspace_id: int, after: str | None = None, limit: int = 50) -> list[Folder]:
    """Return folders in the order of names, those after the name `after`."""
    known = search(tx, workspace_id=workspace_id, limit=_MOST)
    return [each for each in known if after is None or each.name > after][:limit]


def contents(tx: Tx, *, workspace_id: int) -> dict[str, Contents]:
    """Return what lies in each folder, by its name; a folder that is empty is left out."""
    found: dict[str, dict[str, int]] = {}
    for row in tx.all(sql.contents, workspace_id=workspace_id):
        found.setdefault(row["name"], {})[row["kind"]] = row["total"]
    return {name: Contents(**totals) for name, totals in found.items()}


def free(workspace_id: int, name: str, known: Sequence[Folder]) -> tuple[str, str]:
    """Return the id and the slug of a new folder of that name.

    They are those that the name gives, unless a folder that was renamed since has kept them.
    """
    ids, slugs = {each.id for each in known}, {each.slug for each in known}
    wanted = slug_of(workspace_id, name)
    folder_id = next(
        each for n in count() if (each := id_of(workspace_id, name if n == 0 else f"{name}/{n}")) not in ids
    )
    return folder_id, next(each for n in count(1) if (each := wanted if n == 1 else f"{wanted}-{n}") not in slugs)
