"""The vault keeps secrets so that a stolen database gives none away.

Each version of a secret is encrypted with a key of its own; that key is wrapped by a key of the workspace, and that by
the root key, which lies in a file outside the database. Every ciphertext is bound to its workspace, name and version,
so that a row moved elsewhere does not open. Rotation wraps keys anew while everything stays readable. Who may read
what is decided by the concepts that keep secrets here, such as credentials.
"""

from botyard.core.vault.replaced import forget_replaced, replaced_for
from botyard.core.vault.rootkeys import RootKey, RootKeys
from botyard.core.vault.rotate import Rotation, rotate
from botyard.core.vault.secret import Secret
from botyard.core.vault.state import State, check, state
from botyard.core.vault.values import forget, put, unseal

__all__ = [
    "RootKey",
    "RootKeys",
    "Rotation",
    "Secret",
    "State",
    "check",
    "forget",
    "forget_replaced",
    "put",
    "replaced_for",
    "rotate",
    "state",
    "unseal",
]
