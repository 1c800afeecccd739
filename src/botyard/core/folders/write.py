"""Make folders."""

from __future__ import annotations

from botyard.base.exceptions import AlreadyExists
from botyard.core import events
from botyard.core.folders.model import DEFAULT, Folder, check_name, id_of, slug_of
from botyard.core.folders.read import search, sql
from botyard.storage import Tx


def create(tx: Tx, *, workspace_id: int, name: str, actor: str, now: int) -> Folder:
    """Make a folder of that name. Raises AlreadyExists, also for DEFAULT, and Invalid."""
    clean = check_name(name)
    known = search(tx, workspace_id=workspace_id)
    if clean == DEFAULT or any(each.declared and each.name == clean for each in known):
        raise AlreadyExists(f'The folder "{clean}" exists.', hint="Use it, or choose another name.", field="name")
    slugs = {each.slug for each in known if each.name != clean}
    wanted = slug_of(workspace_id, clean)
    slug = next(each for n in range(1, 10_000) if (each := wanted if n == 1 else f"{wanted}-{n}") not in slugs)
    folder = Folder(id=id_of(workspace_id, clean), slug=slug, name=clean)
    tx.run(sql.create, id=folder.id, workspace_id=workspace_id, slug=slug, name=clean, actor=actor, now=now)
    events.record(
        tx,
        workspace_id=workspace_id,
        kind="folder.created",
        entity="folder",
        entity_id=folder.id,
        actor=actor,
        now=now,
        data={"name": clean, "slug": slug},
    )
    return folder
