"""A package is the code of an automation: a zip archive, stored once by its SHA-256 and never changed.

Each upload becomes a version of the package. A version, once stored, always means the same bytes; which version new
tasks run is the package's *released* version. The archive is checked before it is stored (type, names, sizes, the
file that the dialect starts from), so that a runner never meets a package that cannot start.
"""

from botyard.core.packages.model import DIALECTS, Manifest, Package, PackageVersion
from botyard.core.packages.reading import read_archive
from botyard.core.packages.versions import (
    find,
    find_by_digest,
    get_version,
    list_versions,
    release,
    store_version,
    unreferenced,
)

__all__ = [
    "DIALECTS",
    "Manifest",
    "Package",
    "PackageVersion",
    "find",
    "find_by_digest",
    "get_version",
    "list_versions",
    "read_archive",
    "release",
    "store_version",
    "unreferenced",
]
