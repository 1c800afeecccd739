"""Files that belong to apps."""

from __future__ import annotations

import msgspec


class AppFileView(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an app. Whoever knows the `url` of a public one can read it."""

    path: str
    original_name: str
    media_type: str
    digest: str
    size: int
    public: bool
    url: str
    created_at: str
    created_by: str


class AppFilePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of files of an app by path; pass `next` as `after` for the following one."""

    files: list[AppFileView]
    next: str | None = None
