"""Where a document came from, and complaints that name the place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from botyard.base.exceptions import BotyardError, Invalid, closest

T = TypeVar("T")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a document came from: the file's name, and the line of each key by its path (`automations[0].label`)."""

    file: str = "workspace.yaml"
    lines: Mapping[str, int] = {}

    def problem(self, path: str, message: str, hint: str = "") -> Invalid:
        """Return the error for the key at `path`, which names the nearest line known."""
        return Invalid(
            f"{self.file}:{self._line(path)}: {path or 'document'}: {message}",
            hint=hint,
            field=path or None,
        )

    def checked(self, check: Callable[[], T], path: str) -> T:
        """Run a check of the concept itself and give its complaint the place in the document."""
        try:
            return check()
        except BotyardError as error:
            place = f"{path}.{error.field}" if error.field else path
            raise self.problem(place, error.message, error.hint) from None

    def check_keys(self, found: Mapping[Any, Any], known: tuple[str, ...], path: str) -> None:
        """Raise Invalid for the first key that is not one of the known ones."""
        for key in found:
            if key not in known:
                shown = str(key)[:80]
                raise self.problem(
                    f"{path}.{shown}".lstrip("."),
                    "This key is not known.",
                    closest(shown, list(known)) or f"The keys here are {', '.join(known)}.",
                )

    def _line(self, path: str) -> int:
        while path not in self.lines and path:
            path = re.sub(r"(\.[^.\[]*|\[\d+\]|^[^.\[]*)$", "", path)
        return self.lines.get(path, 1)
