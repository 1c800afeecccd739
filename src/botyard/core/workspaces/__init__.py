"""Workspaces: walls inside one server.

Everything belongs to exactly one workspace, and a credential opens exactly one. What another workspace holds
looks the same as what does not exist.
"""

from botyard.core.workspaces.model import Workspace
from botyard.core.workspaces.operations import create, get, get_by_id, list_all, missing

__all__ = ["Workspace", "create", "get", "get_by_id", "list_all", "missing"]
