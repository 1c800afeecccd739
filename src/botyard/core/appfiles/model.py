"""What a file of an app is, and its address."""

from __future__ import annotations

import re
from typing import Self
from urllib.parse import urlsplit

import msgspec

from botyard.storage import Row

_ADDRESS = re.compile(r"/+api/+apps/+[^/]+/+files/+content/+([0-9A-Za-z]{22})/*")


class AppFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file; `object_key` is random and changes with the bytes, so that an address always means the same ones."""

    workspace_id: int
    app_id: int
    path: str
    object_key: str
    original_name: str
    media_type: str
    digest: str
    size: int
    public: bool
    created_at: int
    created_by: str

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the file that a row of `app_files` holds."""
        return cls(**{**row, "public": bool(row["public"])})

    @property
    def address(self) -> str:
        """The path of its address on this server."""
        return f"/api/apps/{self.app_id}/files/content/{self.object_key}/"


def key_of_url(url: str) -> str | None:
    """Return the object key in the address of a file, None when it is the address of something else."""
    try:
        found = _ADDRESS.fullmatch(urlsplit(url.strip()).path)
    except ValueError:
        return None
    return found[1] if found else None
