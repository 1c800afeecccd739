"""A package is the code of an automation: a zip archive, stored once by its SHA-256 and never changed.

Each upload becomes a version of the package. A version, once stored, always means the same bytes, unless
a dialect's upload replaces them, and then the earlier ones stay under another name; which version new tasks run is the
package's *released* version. The archive is checked before it is stored (type, names, sizes, the
file that the dialect starts from), so that a runner never meets a package that cannot start.
"""

from botyard.core.packages.model import DIALECTS, Manifest, Package, PackageVersion
from botyard.core.packages.reading import read_archive
from botyard.core.packages.versions import (
    find,
    find_by_digest,
    get,
    get_version,
    has_version,
    list_versions,
    make,
    release,
    remove_version,
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
    "get",
    "get_version",
    "has_version",
    "list_versions",
    "make",
    "read_archive",
    "release",
    "remove_version",
    "store_version",
    "unreferenced",
]
