"""The folders of a workspace: what lies in each, making, renaming and deleting them."""

from __future__ import annotations

from typing import Any

from botyard.base.exceptions import AlreadyExists, IllegalTransition, Invalid
from botyard.console.frame import done, page
from botyard.console.wording import count_of
from botyard.core import folders
from botyard.core.folders import Contents, Folder
from botyard.storage import Tx
from botyard.web import Request, Response

_KINDS = (
    ("automations", "automation"),
    ("queues", "queue"),
    ("assets", "asset"),
    ("credentials", "credential"),
    ("log_tables", "log table"),
)


async def show(request: Request) -> Response:
    """Show the folders by name."""
    return await _show(request)


async def create(request: Request) -> Response:
    """Make a folder."""
    name = (await request.form()).text("name")
    try:
        made = await request.change(folders.create, audit_target=_target, name=name, **_who(request))
    except (AlreadyExists, Invalid) as error:
        return await _show(request, name=name, error=error)
    return done("/folders", f"The folder {made.name} is there.")


async def rename(request: Request) -> Response:
    """Give a folder another name."""
    name = (await request.form()).text("name")
    renamed = await request.change(
        folders.rename, audit_target=_target, folder=request.path["id"], name=name, **_who(request)
    )
    return done("/folders", f"The folder is called {renamed.name} now; programs that know it by its id or slug go on.")


async def delete(request: Request) -> Response:
    """Remove an empty folder."""
    gone = await request.change(folders.delete, audit_target=_target, folder=request.path["id"], **_who(request))
    return done("/folders", f"The folder {gone.name} is gone.")


async def _show(
    request: Request, *, name: str = "", error: AlreadyExists | IllegalTransition | Invalid | None = None
) -> Response:
    context = await request.db.read(_context, workspace_id=request.caller.workspace_id)
    said = {"problem": error.message if error else "", "hint": error.hint if error else "", "name": name}
    status = 400 if error else 200
    return page(request, "pages/folders.html", section="/folders", block="main", status=status, **said, **context)


def _who(request: Request) -> dict[str, Any]:
    return {"workspace_id": request.caller.workspace_id, "actor": request.caller.actor, "now": request.now}


def _target(folder: Folder) -> str:
    return folder.name


def _context(tx: Tx, *, workspace_id: int) -> dict[str, Any]:
    found = folders.search(tx, workspace_id=workspace_id)
    held = folders.contents(tx, workspace_id=workspace_id)
    empty = sum(folder.name not in held for folder in found)
    return {
        "folders": [(folder, contents_of(held.get(folder.name))) for folder in found],
        "default": folders.DEFAULT,
        "answer": count_of(len(found), "folder") + (f", {empty} of them empty." if empty else "."),
    }


def contents_of(held: Contents | None) -> list[str]:
    """Return what lies in a folder, as words."""
    counts = [(getattr(held, kind), word) for kind, word in _KINDS] if held is not None else []
    return [count_of(total, word) for total, word in counts if total]
