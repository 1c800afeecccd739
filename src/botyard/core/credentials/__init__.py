"""Credentials: sets of named secrets that bots read when they need them, such as a user name and a password.

A set has a label and keys; each key has a value that is kept in the vault, and a version that grows when the value
changes. Values go out to bots and to programs with a key of a developer, and each time an audit row says to whom;
people see names, versions and when a value was last read. An automation that declares what it uses reads those sets
only.
"""

from botyard.core.credentials.model import Credential, Key, check_label, checked_secrets, text_of
from botyard.core.credentials.read import find, get, names, search
from botyard.core.credentials.readers import READS_TOPIC, read_by
from botyard.core.credentials.reveal import Revealed, reveal
from botyard.core.credentials.write import create, delete, delete_key, differs, put_key, replace

__all__ = [
    "READS_TOPIC",
    "Credential",
    "Key",
    "Revealed",
    "check_label",
    "checked_secrets",
    "create",
    "delete",
    "delete_key",
    "differs",
    "find",
    "get",
    "names",
    "put_key",
    "read_by",
    "replace",
    "reveal",
    "search",
    "text_of",
]
