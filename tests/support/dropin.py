"""Run a script with our drop-in modules under the import names of the vendors' packages.

    python tests/support/dropin.py botcity.maestro=botyard.sdk.botcity script.py argument ...

Several names are separated by commas. Whatever the script imports below such a name is our module; nothing of a
vendor is loaded.
"""

from __future__ import annotations

import importlib
import pkgutil
import runpy
import sys
from pathlib import Path
from types import ModuleType


def alias(name: str, ours: str) -> None:
    """Make our package, with all its submodules, importable under another name."""
    package = importlib.import_module(ours)
    sys.modules[name] = package
    for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{ours}."):
        sys.modules[name + found.name.removeprefix(ours)] = importlib.import_module(found.name)
    _make_parents(name)


def _make_parents(name: str) -> None:
    parent, _, last = name.rpartition(".")
    if parent:
        module = sys.modules.setdefault(parent, ModuleType(parent))
        module.__path__ = []
        setattr(module, last, sys.modules[name])
        _make_parents(parent)


def main() -> None:
    """Alias, then run the script as if it had been started itself."""
    names, script, *arguments = sys.argv[1:]
    for pair in names.split(","):
        alias(*pair.split("="))
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
