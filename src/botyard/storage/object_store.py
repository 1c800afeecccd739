"""Files in an object store: one API for S3, Google Cloud Storage, Azure and others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from botyard.base.exceptions import Invalid


class ObjectShelf:
    """Files under `sha256/` in an object store; credentials come from the store's usual environment variables."""

    def __init__(self, url: str) -> None:
        try:
            self._store: ObjectStore = from_url(url)
        except (BaseError, ValueError) as error:
            raise Invalid(
                f"The address of the object store cannot be used: {error}",
                hint="Write it like s3://bucket/prefix, gs://bucket/prefix or az://container/prefix.",
                field="blobs",
            ) from error

    def keep(self, file: Path, digest: str) -> None:
        """Upload a temporary file under its name and remove it; the store makes it durable before it answers."""
        _call(obstore.put, self._store, _key(digest), file)
        file.unlink()

    def fetch(self, digest: str, spool: Path) -> BinaryIO:
        """Return a local copy, open for reading and gone when closed. Raises FileNotFoundError."""
        result = _call(obstore.get, self._store, _key(digest))
        file = spool.open("w+b")
        spool.unlink()
        try:
            for chunk in result.stream():
                file.write(chunk)
            file.seek(0)
        except BaseException as error:
            file.close()
            if isinstance(error, BaseError):
                raise OSError(str(error)) from error
            raise
        return file

    def size(self, digest: str) -> int:
        """Return the size in bytes. Raises FileNotFoundError."""
        size: int = _call(obstore.head, self._store, _key(digest))["size"]
        return size

    def delete(self, digest: str, *, older_than: float | None = None) -> bool:
        """Remove a file, only when it was written before `older_than` if given; say whether it is gone."""
        try:
            found = _call(obstore.head, self._store, _key(digest))
            if older_than is not None and found["last_modified"].timestamp() >= older_than:
                return False
            _call(obstore.delete, self._store, _key(digest))
        except FileNotFoundError:
            return False
        return True

    def older(self, than: float) -> list[str]:
        """Return the digests of files written before a moment in seconds."""
        return [
            entry["path"].rsplit("/", 1)[-1]
            for page in _call(obstore.list, self._store, "sha256")
            for entry in page
            if entry["last_modified"].timestamp() < than
        ]


def _key(digest: str) -> str:
    return f"sha256/{digest[:2]}/{digest}"


def _call(fn: Callable[..., Any], *args: Any) -> Any:
    """Call the library; its errors become those of the operating system, which the caller knows."""
    try:
        return fn(*args)
    except (NotFoundError, FileNotFoundError) as error:
        raise FileNotFoundError(str(error)) from error
    except BaseError as error:
        raise OSError(str(error)) from error
