"""Assets: named values that bots are configured with, and secrets and credentials that they read when they need them.

A text, a number or a truth lies open. A secret, and the password of a credential, are kept in the vault: they go out
only when they are asked for, each time with an audit row, and are hidden in the log of the attempt that read them. An
asset lies in a folder; who asks in a folder also finds what lies in DEFAULT. An automation that declares what it uses
reads those assets only.
"""

from botyard.core.assets.model import SECRET_TYPES, TYPES, Asset, NewAsset, check_value, checked
from botyard.core.assets.read import READS_WINDOW, count, differs, find, get, get_by_id, in_use, names, reads_of, search
from botyard.core.assets.readers import read_by
from botyard.core.assets.reveal import Revealed, reveal
from botyard.core.assets.write import create, delete, put, set_credential, set_secret, set_value, update

__all__ = [
    "READS_WINDOW",
    "SECRET_TYPES",
    "TYPES",
    "Asset",
    "NewAsset",
    "Revealed",
    "check_value",
    "checked",
    "count",
    "create",
    "delete",
    "differs",
    "find",
    "get",
    "get_by_id",
    "in_use",
    "names",
    "put",
    "read_by",
    "reads_of",
    "reveal",
    "search",
    "set_credential",
    "set_secret",
    "set_value",
    "update",
]
