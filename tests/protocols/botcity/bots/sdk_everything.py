"""Run by the interpreter of a real SDK: `server login key label`. All scenarios in one process, counting what they use.

The last line of its output is JSON: the public methods and properties of the SDK that no scenario touched.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import sys
from collections.abc import Callable
from typing import Any

from botcity.maestro import BotMaestroSDK, model  # type: ignore[import-not-found]

try:
    from botcity.maestro.datapool import DataPool, DataPoolEntry  # type: ignore[import-not-found]
except ImportError:  # the oldest SDK
    POOLS: tuple[type, ...] = ()
else:
    POOLS = (DataPool, DataPoolEntry)

CLASSES = (BotMaestroSDK, model.AutomationTask, model.Artifact, model.ServerMessage, *POOLS)
#: Switches of the client itself, which send nothing.
LOCAL = {"BotMaestroSDK.timeout"}


def main(*arguments: str) -> None:
    used: set[str] = set()
    known = {name for cls in CLASSES for name in watch(cls, used)}
    run("sdk_by_hand", *arguments)
    run("sdk_credentials", list(arguments[:3]))
    run("sdk_records", *arguments)
    if POOLS:
        run("sdk_datapools", list(arguments[:3]))
    run("sdk_models", *arguments)
    sys.stdout.write("\n" + json.dumps({"known": sorted(known), "unused": sorted(known - used - LOCAL)}))


def run(scenario: str, *arguments: Any) -> None:
    importlib.import_module(scenario).main(*arguments)


def watch(cls: type, used: set[str]) -> list[str]:
    """Note in `used` whatever is called or read of a class; return the names of all that could be."""
    names = []
    for name in [name for base in cls.__mro__[:-1] for name in vars(base) if not name.startswith("_")]:
        held = inspect.getattr_static(cls, name)
        label = f"{cls.__name__}.{name}"
        if isinstance(held, property):
            note = noting(held.fget, label, used)
            setattr(cls, name, property(note, held.fset, held.fdel))
        elif isinstance(held, staticmethod | classmethod):
            setattr(cls, name, type(held)(noting(held.__func__, label, used)))
        elif inspect.isfunction(held):
            setattr(cls, name, noting(held, label, used))
        else:
            continue
        names.append(label)
    return names


def noting(function: Any, label: str, used: set[str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def noted(*arguments: Any, **named: Any) -> Any:
        used.add(label)
        return function(*arguments, **named)

    return noted


if __name__ == "__main__":
    main(*sys.argv[1:])
