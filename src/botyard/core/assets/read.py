"""Find assets; what is secret in them stays where it is."""

from __future__ import annotations

from botyard.base import jsontext
from botyard.base.exceptions import NotFound, closest
from botyard.core import audit, folders, tasks, vault
from botyard.core.assets.model import Asset, NewAsset
from botyard.core.tasks import AttemptRef
from botyard.core.uses import allowed_to, check_use
from botyard.core.vault import RootKeys
from botyard.storage import Tx, load_queries

sql = load_queries(__package__)

READS_WINDOW = 20_000


def get(tx: Tx, *, workspace_id: int, name: str, folder: str | None = None, attempt: AttemptRef | None = None) -> Asset:
    """Return an asset of a folder (its id, slug or name), else of DEFAULT. Raises NotFound.

    Who names no folder also finds an asset of another one, as long as no second one has its name: programs are shown
    asking for a credential by its name alone (seed bv-runtime, section 6).
    For an attempt also Denied, when its automation does not declare the asset.
    """
    check_use(tx, workspace_id=workspace_id, attempt=attempt, kind="assets", name=name)
    for place in places(tx, workspace_id=workspace_id, folder=folder, attempt=attempt):
        found = find(tx, workspace_id=workspace_id, name=name, folder=place)
        if found is not None:
            return found
    alone = None if folder and folder.strip() else only(tx, workspace_id=workspace_id, name=name)
    if alone is not None:
        return alone
    known = names(tx, workspace_id=workspace_id)
    if name in known:
        raise NotFound(f'The asset "{name[:100]}" is not in this folder.', hint="It is in another one: name that.")
    raise NotFound(
        f'The asset "{name[:100]}" does not exist.',
        hint=closest(name[:100], known) or "Check its name and folder, or create it.",
    )


def get_by_id(tx: Tx, *, workspace_id: int, asset_id: int) -> Asset:
    """Return the asset of that id. Raises NotFound."""
    row = tx.one(sql.by_id, workspace_id=workspace_id, id=asset_id)
    if row is None:
        raise NotFound(f"The asset {asset_id} does not exist.", hint="It may have been deleted; look at the list.")
    return Asset.from_row(row)


def find(tx: Tx, *, workspace_id: int, name: str, folder: str) -> Asset | None:
    """Return the asset of that name in the folder of that name, or None."""
    row = None if "\0" in name + folder else tx.one(sql.find, workspace_id=workspace_id, name=name, folder=folder)
    return Asset.from_row(row) if row else None


def only(tx: Tx, *, workspace_id: int, name: str) -> Asset | None:
    """Return the asset of that name when there is one in the whole workspace, and None when there are several."""
    rows = [] if "\0" in name else tx.all(sql.named, workspace_id=workspace_id, name=name)
    return Asset.from_row(rows[0]) if len(rows) == 1 else None


def places(tx: Tx, *, workspace_id: int, folder: str | None, attempt: AttemptRef | None) -> list[str]:
    """Return the names of the folders to look in, one after the other. Raises NotFound for an unknown folder.

    Who names no folder looks in that of its automation, and who is no attempt in DEFAULT.
    """
    if folder and folder.strip():
        name = folders.get(tx, workspace_id=workspace_id, folder=folder).name
    elif attempt is not None:
        name = tasks.get(tx, workspace_id=workspace_id, task_id=attempt.task_id).folder
    else:
        name = folders.DEFAULT
    return list(dict.fromkeys((name, folders.DEFAULT)))


def search(
    tx: Tx,
    *,
    workspace_id: int,
    text: str | None = None,
    folder: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int = 50,
    attempt: AttemptRef | None = None,
) -> list[Asset]:
    """Return assets in the order of (name, folder), those after the pair `after`; of one folder by its name.

    For an attempt those that its automation declares.
    """
    allowed = allowed_to(tx, workspace_id=workspace_id, attempt=attempt, kind="assets")
    pattern = (text or "").replace("\0", "").lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    name, place = after or ("", "")
    rows = tx.all(
        sql.search,
        workspace_id=workspace_id,
        pattern=f"%{pattern}%",
        any_folder=int(folder is None),
        folder=folder or "",
        name=name,
        place=place,
        any_name=int(allowed is None),
        names=jsontext.encode(sorted(allowed or ())),
        limit=limit,
    )
    return [Asset.from_row(row) for row in rows]


def names(tx: Tx, *, workspace_id: int, limit: int = 1000) -> list[str]:
    """Return the first `limit` names in their order."""
    return [row["name"] for row in tx.all(sql.names, workspace_id=workspace_id, limit=limit)]


def in_use(tx: Tx, *, workspace_id: int, label: str) -> Asset | None:
    """Return an asset of that name in any folder, or None; for those who declare what they use."""
    row = tx.one(sql.any_folder, workspace_id=workspace_id, name=label)
    return Asset.from_row(row) if row else None


def reads_of(tx: Tx, asset: Asset, *, limit: int) -> list[audit.Entry]:
    """Return who read its secret, newest first, as far as the newest `READS_WINDOW` rows of the audit tell."""
    found = audit.search(
        tx,
        workspace_id=asset.workspace_id,
        action="asset.read",
        target=asset.name,
        since=asset.created_at,
        limit=2 * limit,
        window=READS_WINDOW,
    )
    return [entry for entry in found if entry.data.get("folder") == asset.folder][:limit]


def count(tx: Tx, *, workspace_id: int) -> int:
    """Return how many assets there are."""
    row = tx.one(sql.count, workspace_id=workspace_id)
    return int(row["total"]) if row else 0


def differs(tx: Tx, *, root_keys: RootKeys, workspace_id: int, asset: NewAsset) -> list[str]:
    """Return which parts of an asset that exists differ from `asset`: value, username, secret, description."""
    present = find(tx, workspace_id=workspace_id, name=asset.name, folder=asset.folder)
    if present is None:
        return []
    differing = [
        part for part in ("value", "username", "description") if getattr(present, part) != getattr(asset, part)
    ]
    if asset.secret is not None:
        found = vault.unseal(tx, root_keys=root_keys, workspace_id=workspace_id, names=[present.place])
        if found.get(present.place) != asset.secret:
            differing.append("secret")
    return differing
