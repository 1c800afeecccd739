"""Automations, the packages that are deployed to them, and folders."""

from __future__ import annotations

from botyard.sdk.calls import Call, content, delete, get, make, patch, post, upload
from botyard.sdk.content import Source
from botyard.sdk.faces import C, Group, call, download, fields, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import assets as folders
from botyard.wire import packages
from botyard.wire import workspace as wire

_ALL = "/api/v1/automations"
_ONE = "/api/v1/automations/{label}"
_VERSIONS = "/api/v1/automations/{label}/versions"
_VERSION = "/api/v1/automations/{label}/versions/{version}"
_FOLDERS = "/api/v1/folders"
_FOLDER = "/api/v1/folders/{folder}"


class Automations(Group[C]):
    """What can be started: a package with its rules."""

    @listing
    def list(self, *, text: str | None = None, limit: int | None = None) -> Listing[wire.AutomationView]:
        """List automations by label."""
        return pages(_ALL, wire.AutomationPage, lambda page: page.automations, text=text, limit=limit)

    @call
    def get(self, label: str) -> Call[wire.AutomationView]:
        """Read one automation."""
        return get(_ONE, wire.AutomationView, label)

    @fields(wire.CreateAutomation)
    def create(self, body: wire.CreateAutomation) -> Call[wire.AutomationView]:
        """Make an automation; it may exist, and be started, before it has a package."""
        return make(_ALL, body, wire.AutomationView)

    @fields(wire.UpdateAutomation)
    def update(self, label: str, body: wire.UpdateAutomation) -> Call[wire.AutomationView]:
        """Change the fields that are given."""
        return patch(_ONE, body, wire.AutomationView, label)

    @call
    def delete(self, label: str) -> Call[None]:
        """Delete an automation of which no task is kept, with its schedules and its package."""
        return delete(_ONE, label)

    @call
    def deploy(
        self,
        label: str,
        archive: Source,
        *,
        version: str | None = None,
        dialect: str | None = None,
        app: str | None = None,
    ) -> Call[wire.Deployed]:
        """Store and release a package, a zip archive. The same bytes again are released with the version they have."""
        return upload(
            f"{_ONE}/deploy",
            archive,
            wire.Deployed,
            label,
            media_type="application/zip",
            repeatable=True,
            version=version,
            dialect=dialect,
            app=app,
        )


class Packages(Group[C]):
    """The versions that were deployed to an automation."""

    @listing
    def list(self, automation: str, *, limit: int | None = None) -> Listing[packages.PackageVersionView]:
        """List the versions of the package of an automation, newest first."""
        return pages(
            _VERSIONS,
            packages.PackageVersionPage,
            lambda page: page.versions,
            automation,
            cursor="before",
            limit=limit,
        )

    @call
    def get(self, automation: str, version: str) -> Call[packages.PackageVersionView]:
        """Describe one version."""
        return get(_VERSION, packages.PackageVersionView, automation, version)

    @call
    def release(self, automation: str, version: str) -> Call[wire.AutomationView]:
        """Make this version the one that new attempts run."""
        return post(f"{_VERSION}/release", None, wire.AutomationView, automation, version, repeatable=True)

    @call
    def delete(self, automation: str, version: str) -> Call[None]:
        """Delete a version that nothing runs; with the released one gone, tasks wait for another."""
        return delete(_VERSION, automation, version)

    @download
    def content(self, digest: str) -> Call[None]:
        """Fetch the archive with this digest."""
        return content("/api/v1/packages/{digest}/content", digest)


class Folders(Group[C]):
    """What automations, queues, credentials and assets lie in."""

    @listing
    def list(self, *, limit: int | None = None) -> Listing[folders.FolderView]:
        """List folders by name, also those that only exist because something lies in them."""
        return pages(_FOLDERS, folders.FolderList, lambda page: page.folders, limit=limit)

    @call
    def get(self, folder: str) -> Call[folders.FolderView]:
        """Describe the folder that an id, a slug or a name stands for."""
        return get(_FOLDER, folders.FolderView, folder)

    @call
    def create(self, name: str) -> Call[folders.FolderView]:
        """Make a folder."""
        return make(_FOLDERS, folders.CreateFolder(name=name), folders.FolderView)

    @call
    def rename(self, folder: str, name: str) -> Call[folders.FolderView]:
        """Give a folder another name; its id and slug stay, and what lies in it."""
        return patch(_FOLDER, folders.RenameFolder(name=name), folders.FolderView, folder)

    @call
    def delete(self, folder: str) -> Call[None]:
        """Remove a folder in which nothing lies."""
        return delete(_FOLDER, folder)
