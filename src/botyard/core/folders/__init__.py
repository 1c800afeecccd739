"""Folders: groups of automations, queues, assets and credentials of one workspace.

A folder is known by an id, by a slug of plain letters that fits into a header or an address, and by its name. It need
not be made before something is put into it; making it gives it a slug of its own. Every workspace has the folder
DEFAULT. A folder that is renamed keeps its id and slug.
"""

from botyard.core.folders.model import DEFAULT, Contents, Folder, check_name, id_of, slug_of
from botyard.core.folders.read import contents, find, get, name_for, page, search
from botyard.core.folders.write import create, delete, rename

__all__ = [
    "DEFAULT",
    "Contents",
    "Folder",
    "check_name",
    "contents",
    "create",
    "delete",
    "find",
    "get",
    "id_of",
    "name_for",
    "page",
    "rename",
    "search",
    "slug_of",
]
