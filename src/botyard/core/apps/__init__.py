"""An app is a home for actions, connections, cached values and files that belong together.

It lives in one workspace, which its clients call their organization. Whoever speaks for an app holds an App-Token: it
stands for the app, for one person and for the workspace, and opens nothing else. While an action of the app runs, the
token of its attempt is an App-Token as well, and ends with it.
"""

from botyard.core.apps.delete import delete
from botyard.core.apps.model import App, check_id, check_slug
from botyard.core.apps.read import find, get, list_all, named, names_app, only
from botyard.core.apps.write import DEFAULT_SLUG, create, make_default, update

__all__ = [
    "DEFAULT_SLUG",
    "App",
    "check_id",
    "check_slug",
    "create",
    "delete",
    "find",
    "get",
    "list_all",
    "make_default",
    "named",
    "names_app",
    "only",
    "update",
]
