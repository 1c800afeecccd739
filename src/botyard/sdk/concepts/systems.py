"""Systems that start automations from outside."""

from __future__ import annotations

from botyard.sdk.calls import Call, get, make, patch, post
from botyard.sdk.faces import C, Group, call, fields, listing
from botyard.sdk.paging import Listing, pages
from botyard.wire import systems as wire

_ALL = "/api/v1/systems"
_ONE = "/api/v1/systems/{system}"


class Systems(Group[C]):
    """Systems that ask for work over the task queue of ELMA."""

    @listing
    def list(
        self, *, state: str | None = None, text: str | None = None, limit: int | None = None
    ) -> Listing[wire.SystemView]:
        """List systems by name."""
        return pages(_ALL, wire.SystemPage, lambda page: page.systems, limit=limit, state=state, text=text)

    @call
    def get(self, system: str) -> Call[wire.SystemView]:
        """Read one system."""
        return get(_ONE, wire.SystemView, system)

    @fields(wire.CreateSystem)
    def create(self, body: wire.CreateSystem) -> Call[wire.NewSystemView]:
        """Ask for a system: it has a token at once, and is answered when an administrator has allowed it."""
        return make(_ALL, body, wire.NewSystemView)

    @fields(wire.UpdateSystem)
    def update(self, system: str, body: wire.UpdateSystem) -> Call[wire.SystemView]:
        """Change the fields that are given."""
        return patch(_ONE, body, wire.SystemView, system)

    @call
    def allow(self, system: str) -> Call[wire.SystemView]:
        """Let a system in."""
        return post(f"{_ONE}/allow", None, wire.SystemView, system, repeatable=True)

    @call
    def lock(self, system: str) -> Call[wire.SystemView]:
        """Refuse a system from now on; its tasks go on."""
        return post(f"{_ONE}/lock", None, wire.SystemView, system, repeatable=True)

    @fields(wire.RotateSystem)
    def rotate(self, system: str, body: wire.RotateSystem) -> Call[wire.NewSystemView]:
        """Give a system another token; the earlier one ends at once, or after an overlap."""
        return post(f"{_ONE}/rotate", body, wire.NewSystemView, system)
