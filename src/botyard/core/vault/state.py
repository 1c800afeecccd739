"""Whether this server can open the secrets of its database, and the keys of workspaces."""

from __future__ import annotations

from typing import Literal, NamedTuple

from botyard.base.exceptions import Busy, Invalid
from botyard.core.vault import envelope
from botyard.core.vault.rootkeys import RootKey, RootKeys
from botyard.storage import Row, Tx, load_queries

sql = load_queries(__package__)

State = Literal["open", "sealed"]

#: How many keys one term may wrap before a new term begins: far below what random nonces allow.
MAX_USES = 2**24


class WorkspaceKey(NamedTuple):
    """The key of a workspace in one of its terms."""

    term: int
    key: bytes


def check(tx: Tx, *, root_keys: RootKeys) -> State:
    """Return whether secrets can be opened; for the start of a server.

    Sealed means that the database holds secrets and there is no key file. A file that is missing is made while no
    secret exists. Raises Invalid for a file that cannot be used or that belongs to another database.
    """
    row = tx.one(sql.state)
    if row is None:
        _make(root_keys)
        return "open"
    if not root_keys.load():
        return "sealed"
    used = {row["root_id"], *(key["root_id"] for key in tx.all(sql.root_ids))}
    found = root_keys.find(row["root_id"])
    if found is None or any(root_keys.find(root_id) is None for root_id in used) or not _opens(found, row):
        raise Invalid(
            f"The root key in {root_keys.path} is not the one that the secrets of this database were encrypted with.",
            hint="Put back the key file that belongs to this database, or name it with BOTYARD_KEY_FILE; "
            "nothing was changed.",
            code="wrong_root_key",
        )
    return "open"


def state(tx: Tx, *, root_keys: RootKeys) -> State:
    """Return whether secrets can be opened now."""
    row = tx.one(sql.state)
    return "open" if row is None or root_keys.find(row["root_id"]) is not None else "sealed"


def root_for_writing(tx: Tx, *, root_keys: RootKeys) -> RootKey:
    """Return the root key that wraps what is new; the first call ever decides for the database."""
    row = tx.one(sql.state)
    if row is None:
        try:
            root = root_keys.create()
        except (OSError, Invalid):
            raise root_keys.sealed() from None
        tx.run(sql.begin, root_id=root.id, check_value=check_value(root))
        row = tx.one(sql.state)
    return root_keys.get(row["root_id"] if row else "")


def key_for_writing(tx: Tx, *, root_keys: RootKeys, workspace_id: int, now: int, uses: int = 1) -> WorkspaceKey:
    """Return the workspace's newest key, counting `uses` of it; a key that is missing or used up begins a new term."""
    row = tx.one(sql.use_key, workspace_id=workspace_id, uses=uses)
    if row is None or row["uses"] > MAX_USES:
        new_term(tx, root_keys=root_keys, workspace_id=workspace_id, now=now)
        row = tx.one(sql.use_key, workspace_id=workspace_id, uses=uses)
    if row is None:
        raise Busy("The keys of this workspace are being changed.", hint="Try again.")
    return unwrapped(row, root_keys=root_keys, workspace_id=workspace_id)


def new_term(tx: Tx, *, root_keys: RootKeys, workspace_id: int, now: int) -> None:
    """Give the workspace a new key, unless somebody else does so at this moment."""
    root = root_for_writing(tx, root_keys=root_keys)
    last = tx.one(sql.last_term, workspace_id=workspace_id)
    term = (last["term"] or 0) + 1 if last else 1
    wrapped = envelope.encrypt(root.key, envelope.new_key(), "workspace key", root.id, workspace_id, term)
    tx.run(sql.add_key, workspace_id=workspace_id, term=term, root_id=root.id, wrapped_key=wrapped, now=now)


def unwrapped(row: Row, *, root_keys: RootKeys, workspace_id: int) -> WorkspaceKey:
    """Return the workspace key of a row with term, root_id and wrapped_key. Raises Busy when sealed, DoesNotOpen."""
    root = root_keys.get(row["root_id"])
    context = ("workspace key", root.id, workspace_id, row["term"])
    return WorkspaceKey(row["term"], envelope.decrypt(root.key, row["wrapped_key"], *context))


def check_value(root: RootKey) -> str:
    """Return a known text encrypted with a root key, by which the key proves itself."""
    return envelope.encrypt(root.key, root.id.encode(), "check", root.id)


def _opens(root: RootKey, row: Row) -> bool:
    try:
        return envelope.decrypt(root.key, row["check_value"], "check", root.id) == root.id.encode()
    except envelope.DoesNotOpen:
        return False


def _make(root_keys: RootKeys) -> None:
    try:
        root_keys.create()
    except OSError as error:
        raise Invalid(
            f"The root key file {root_keys.path} cannot be made: {error.strerror}.",
            hint="Make its folder writable, or name another place with BOTYARD_KEY_FILE.",
            code="bad_key_file",
        ) from None
