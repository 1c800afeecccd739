"""Folders: listed, made, renamed and deleted when they are empty."""

from __future__ import annotations

from botyard.core import folders
from botyard.core.folders import Folder
from botyard.protocols.native import asking, views
from botyard.web.request import Request
from botyard.web.response import Response, json_response, no_content
from botyard.wire import native as wire


async def list_all(request: Request) -> Response:
    """List folders by name, also those that only exist because something lies in them."""
    limit = asking.limit_of(request)
    found = await request.db.read(
        folders.page,
        workspace_id=request.caller.workspace_id,
        after=asking.text_of(request, "after"),
        limit=limit,
    )
    last = views.next_of(found, limit)
    return json_response(wire.FolderList(folders=[_view(folder) for folder in found], next=last and last.name))


async def get(request: Request) -> Response:
    """Describe the folder that an id, a slug or a name stands for."""
    found = await request.db.read(folders.get, workspace_id=request.caller.workspace_id, folder=request.path["folder"])
    return json_response(_view(found))


async def create(request: Request) -> Response:
    """Make a folder."""
    call = await request.json(wire.CreateFolder)
    made = await request.change(
        folders.create,
        audit_target=_target,
        workspace_id=request.caller.workspace_id,
        name=call.name,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_view(made), status=201)


async def rename(request: Request) -> Response:
    """Give a folder another name; its id and slug stay, and what lies in it."""
    call = await request.json(wire.RenameFolder)
    renamed = await request.change(
        folders.rename,
        audit_target=_target,
        workspace_id=request.caller.workspace_id,
        folder=request.path["folder"],
        name=call.name,
        actor=request.caller.actor,
        now=request.now,
    )
    return json_response(_view(renamed))


async def delete(request: Request) -> Response:
    """Remove a folder in which nothing lies."""
    await request.change(
        folders.delete,
        audit_target=_target,
        workspace_id=request.caller.workspace_id,
        folder=request.path["folder"],
        actor=request.caller.actor,
        now=request.now,
    )
    return no_content()


def _target(folder: Folder) -> str:
    return folder.name


def _view(found: Folder) -> wire.FolderView:
    return wire.FolderView(id=found.id, slug=found.slug, name=found.name, declared=found.declared)
