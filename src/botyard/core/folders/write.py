"""Make, rename and delete folders."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, IllegalTransition
from botyard.core import events
from botyard.core.folders.model import DEFAULT, Folder, check_name
from botyard.core.folders.read import free, get, search, sql
from botyard.storage import Tx


def create(tx: Tx, *, workspace_id: int, name: str, actor: str, now: int) -> Folder:
    """Make a folder of that name. Raises AlreadyExists, also for DEFAULT, and Invalid."""
    clean = check_name(name)
    known = search(tx, workspace_id=workspace_id)
    if clean == DEFAULT or any(each.declared and each.name == clean for each in known):
        raise _taken(clean)
    folder_id, slug = free(workspace_id, clean, [each for each in known if each.name != clean])
    folder = Folder(id=folder_id, slug=slug, name=clean)
    tx.run(sql.create, id=folder.id, workspace_id=workspace_id, slug=slug, name=clean, actor=actor, now=now)
    _tell(tx, folder, "folder.created", {"name": clean, "slug": slug}, workspace_id=workspace_id, actor=actor, now=now)
    return folder


def rename(tx: Tx, *, workspace_id: int, folder: str, name: str, actor: str, now: int) -> Folder:
    """Give a folder (its id, slug or name) another name; what lies in it stays in it.

    Its id and slug stay, so that programs that name it by them go on. Raises NotFound, Invalid, AlreadyExists for the
    name of another folder, and IllegalTransition for DEFAULT.
    """
    present = get(tx, workspace_id=workspace_id, folder=folder)
    clean = check_name(name)
    _check_not_default(present, "renamed")
    if clean == present.name:
        return present
    if any(each.name == clean for each in search(tx, workspace_id=workspace_id)):
        raise _taken(clean)
    if not present.declared:
        tx.run(
            sql.create,
            id=present.id,
            workspace_id=workspace_id,
            slug=present.slug,
            name=present.name,
            actor=actor,
            now=now,
        )
    tx.run(sql.rename, id=present.id, name=clean)
    for move in (sql.move_automations, sql.move_queues, sql.move_assets, sql.move_credentials, sql.move_log_tables):
        tx.run(move, workspace_id=workspace_id, old=present.name, new=clean)
    renamed = Folder(id=present.id, slug=present.slug, name=clean)
    data = {"name": [present.name, clean]}
    _tell(tx, renamed, "folder.renamed", data, workspace_id=workspace_id, actor=actor, now=now)
    return renamed


def delete(tx: Tx, *, workspace_id: int, folder: str, actor: str, now: int) -> Folder:
    """Remove a folder (its id, slug or name) in which nothing lies, and return what it was.

    Raises NotFound, and IllegalTransition for DEFAULT and for a folder that holds something.
    """
    present = get(tx, workspace_id=workspace_id, folder=folder)
    _check_not_default(present, "deleted")
    if not tx.run(sql.delete, id=present.id, workspace_id=workspace_id, name=present.name):
        raise IllegalTransition(
            f'The folder "{present.name}" is not empty.', hint="Move or delete what lies in it first."
        )
    data = {"name": present.name}
    _tell(tx, present, "folder.deleted", data, workspace_id=workspace_id, actor=actor, now=now)
    return present


def _check_not_default(folder: Folder, done: str) -> None:
    if folder.name == DEFAULT:
        raise IllegalTransition(f"The folder DEFAULT cannot be {done}.", hint="Every workspace has it.")


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(f'The folder "{name}" exists.', hint="Use it, or choose another name.", field="name")


def _tell(tx: Tx, folder: Folder, kind: str, data: dict[str, Any], *, workspace_id: int, actor: str, now: int) -> None:
    events.record(
        tx, workspace_id=workspace_id, kind=kind, entity="folder", entity_id=folder.id, actor=actor, now=now, data=data
    )
