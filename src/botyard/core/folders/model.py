"""What a folder is, and how its id and slug come from its name."""

from __future__ import annotations

import re
import unicodedata
import uuid

import msgspec

from botyard.base import text

DEFAULT = "DEFAULT"
MAX_NAME = 100

_NAMESPACE = uuid.UUID("2a2d0c84-8b0b-5a07-9a55-9f4bb9f6c1e3")


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder; `declared` is False for one that only exists because something is in it."""

    id: str
    slug: str
    name: str
    declared: bool = True


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """How much of each kind lies in a folder."""

    automations: int = 0
    queues: int = 0
    assets: int = 0
    credentials: int = 0
    log_tables: int = 0

    @property
    def total(self) -> int:
        """How much lies in it altogether."""
        return self.automations + self.queues + self.assets + self.credentials + self.log_tables


def id_of(workspace_id: int, name: str) -> str:
    """Return the id of a folder, which its workspace and first name determine."""
    return str(uuid.uuid5(_NAMESPACE, f"{workspace_id}/{name}"))


def slug_of(workspace_id: int, name: str) -> str:
    """Return the slug that a name gives: small letters, digits and hyphens; of another script, the head of the id."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or f"folder-{id_of(workspace_id, name)[:8]}"


def check_name(name: str) -> str:
    """Return a folder's name as it is stored. Raises Invalid."""
    return text.name(name, field="folder", limit=MAX_NAME)
