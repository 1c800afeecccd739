"""The routes of native v1 about the versions of an automation's package, and deleting automations."""

from __future__ import annotations

from botyard.core.access import Permission
from botyard.protocols.native import versions
from botyard.protocols.native.queries import LIMIT
from botyard.web.declaring import Query
from botyard.web.routing import Route
from botyard.wire import native as wire

_READ, _WRITE = Permission.PACKAGES_READ, Permission.PACKAGES_WRITE
_ONE = "/automations/{label}/versions/{version}"
_BEFORE = Query("before", "Go on behind this version: `next` of the page before.")
_CONFLICT = ("illegal_transition",)

VERSION_ROUTES = [
    Route(
        "DELETE",
        "/automations/{label}",
        versions.delete_automation,
        Permission.AUTOMATIONS_WRITE,
        problems=("has_history", *_CONFLICT),
        name="automations_delete",
    ),
    Route(
        "GET",
        "/automations/{label}/versions",
        versions.search,
        _READ,
        query=(_BEFORE, LIMIT),
        gives=wire.PackageVersionPage,
        name="packages_search",
    ),
    Route("GET", _ONE, versions.get, _READ, gives=wire.PackageVersionView, name="packages_get"),
    Route("POST", f"{_ONE}/release", versions.release, _WRITE, gives=wire.AutomationView, name="packages_release"),
    Route("DELETE", _ONE, versions.delete, _WRITE, problems=_CONFLICT, name="packages_delete"),
]
