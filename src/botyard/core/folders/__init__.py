"""Folders: groups of automations, queues, assets and credentials of one workspace.

A folder is known by an id, by a slug of plain letters that fits into a header or an address, and by its name. It need
not be made before something is put into it; making it gives it a slug of its own. Every workspace has the folder
DEFAULT.
"""

from botyard.core.folders.model import DEFAULT, Folder, check_name, id_of, slug_of
from botyard.core.folders.read import find, get, search
from botyard.core.folders.write import create

__all__ = ["DEFAULT", "Folder", "check_name", "create", "find", "get", "id_of", "search", "slug_of"]
