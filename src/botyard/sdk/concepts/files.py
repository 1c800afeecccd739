"""Files that belong to apps."""

from __future__ import annotations

from botyard.sdk.calls import Call, content, delete, get, upload
from botyard.sdk.content import Source
from botyard.sdk.faces import C, Group, call, download, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import appfiles as wire

_ALL = "/api/v1/apps/{app}/files"
_ONE = "/api/v1/apps/{app}/files/{path}"

App = str | int


class AppFiles(Group[C]):
    """Files that belong to apps."""

    @listing
    def list(self, app: App, *, limit: int | None = None) -> Listing[wire.AppFileView]:
        """List the files of an app by path."""
        return pages(_ALL, wire.AppFilePage, lambda page: page.files, app, limit=limit)

    @call
    def get(self, app: App, path: str) -> Call[wire.AppFileView]:
        """Describe a file."""
        return get(_ONE, wire.AppFileView, app, path)

    @download
    def content(self, app: App, path: str) -> Call[None]:
        """Fetch the bytes of a file."""
        return content(f"{_ONE}/content", app, path)

    @call
    def upload(
        self,
        app: App,
        path: str,
        content: Source,
        *,
        media_type: str = "application/octet-stream",
        public: bool = False,
        overwrite: bool = False,
    ) -> Call[wire.AppFileView]:
        """Keep a file at a path. One that is there stays, unless it may be overwritten.

        Whoever knows the address of a `public` file can read it.
        """
        return upload(
            _ALL,
            content,
            wire.AppFileView,
            app,
            media_type=media_type,
            repeatable=overwrite,
            path=path,
            public=public,
            overwrite=overwrite,
        )

    @call
    def delete(self, app: App, path: str) -> Call[None]:
        """Delete a file for good; whoever knew its address finds nothing there."""
        return delete(_ONE, app, path)
