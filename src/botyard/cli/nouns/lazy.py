"""Groups of commands that come into being when somebody looks into them."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cached_property
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from botyard.cli.nouns import NOUNS


class Noun(TyperGroup):
    """The commands of one noun; its module is loaded with the first look at them."""

    def __init__(self, name: str, module: str, about: str) -> None:
        self._module = module
        super().__init__(name=name, help=about, no_args_is_help=True, rich_markup_mode=None)

    @property
    def commands(self) -> MutableMapping[str, Any]:
        """The commands by name."""
        return self._loaded

    @commands.setter
    def commands(self, given: MutableMapping[str, Any]) -> None:
        """Leave what the group is made with, which is nothing, aside."""

    @cached_property
    def _loaded(self) -> MutableMapping[str, Any]:
        from botyard.cli.nouns.build import built

        app: typer.Typer = built(import_module(f"botyard.cli.nouns.{self._module}"), str(self.name))
        # A callback keeps a noun with a single command a group.
        app.callback()(_nothing)
        return get_group(app).commands


def _nothing() -> None:
    pass


def nouns() -> list[Noun]:
    """Return every noun, none of them loaded."""
    return [Noun(name, module, about) for name, (module, about) in NOUNS.items()]
