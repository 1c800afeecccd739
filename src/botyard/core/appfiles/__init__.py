"""Files that an app keeps under paths of its own, for its actions and for whoever it shows them to.

A file is known by its path within the app, and by an address. A public file can be read by everybody who knows the
address, any other only with a token of the app.
"""

from botyard.core.appfiles.keep import check_free, check_path, delete, find_public, get, keep, list_all, unreferenced
from botyard.core.appfiles.model import AppFile, key_of_url

__all__ = [
    "AppFile",
    "check_free",
    "check_path",
    "delete",
    "find_public",
    "get",
    "keep",
    "key_of_url",
    "list_all",
    "unreferenced",
]
