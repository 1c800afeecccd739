"""Build hook: take the client side, and nothing else, out of the tree that the server is built from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What belongs to the client side, below `botyard`; what is not there yet is left out.
PARTS = ("__init__.py", "py.typed", "wire", "sdk", "bot")


class ClientSideHook(BuildHookInterface[BuilderConfig]):
    """Include the modules of the client side, and the license."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Say which files go where."""
        if self.target_name != "wheel":
            raise ValueError("The tree of botyard-sdk is that of botyard: build a wheel of it, and no sdist.")
        package = Path(self.root).parents[1] / "src" / "botyard"
        files = {str(package / part): f"botyard/{part}" for part in PARTS if (package / part).exists()}
        build_data["force_include"] |= files
