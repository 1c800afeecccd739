"""The package of an action: one file, and what it needs installed. The same code always gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from collections.abc import Sequence

import msgspec

from botyard.base.exceptions import Invalid
from botyard.core import packages
from botyard.wire import automio

DIALECT = automio.DIALECT
MAX_SOURCE = 1024 * 1024
#: The oldest time a zip archive can hold.
_TIME = (1980, 1, 1, 0, 0, 0)


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """The archive of an action's code; `content` has to be in the file store before it is deployed."""

    source: str
    content: bytes
    digest: str
    manifest: packages.Manifest


def package_of(source: str, requirements: Sequence[str]) -> Package:
    """Return the package of a main file. Raises Invalid for a text that no file can hold."""
    main = _encoded(source)
    files = {
        automio.ENTRY: main,
        "requirements.txt": "".join(f"{r}\n" for r in automio.completed(requirements)).encode(),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system = 3
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    content = buffer.getvalue()
    manifest = packages.Manifest(
        dialect=DIALECT,
        entry=automio.ENTRY,
        files=len(files),
        inflated=sum(map(len, files.values())),
        requirements=True,
    )
    return Package(source=source, content=content, digest=hashlib.sha256(content).hexdigest(), manifest=manifest)


def _encoded(source: str) -> bytes:
    try:
        raw = source.encode()
    except UnicodeEncodeError:
        raise Invalid("The code holds half a surrogate pair.", hint="Send whole characters.", field="code") from None
    if len(raw) > MAX_SOURCE:
        raise Invalid(
            f"The code takes {len(raw)} bytes.",
            hint=f"Keep it under {MAX_SOURCE >> 20} MiB.",
            field="code",
            code="too_large",
        )
    if b"\0" in raw:
        raise Invalid("The code holds the NUL character.", hint="Leave it out.", field="code")
    return raw
