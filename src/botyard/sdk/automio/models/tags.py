"""Tags of tables."""

from __future__ import annotations

import datetime as dt

import msgspec

from botyard.sdk.automio.models.base import Model


class Tag(Model, kw_only=True):
    """A word that rows of a table may carry."""

    id: str | None = msgspec.field(default=None, name="_id")
    name: str
    organization_id: int | None = None
    collection_name: str | None = None
    description: str | None = None
    color: str | None = None
    count: int | None = None
    created_at: dt.datetime | None = msgspec.field(default=None, name="createdAt")
    updated_at: dt.datetime | None = msgspec.field(default=None, name="updatedAt")
