"""Starts one entrypoint of a Bot Velocity package: `python botvelocity.py <context file> <package> <command>`.

It is the parent of everything a bot sees of its execution: the SDK, the vendor's or ours, is given the context and the
file to refresh it from, SIGTERM makes every later call of it fail, and what the function returns is left as the output.
Written with the standard library alone, because it runs in the environment of the bot.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
import importlib.util
import inspect
import json
import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: The modules that bots talk to the orchestrator with: the vendor's, and ours in its place.
RUNTIMES = ("bv.runtime", "botyard.sdk.botvelocity")
STOPPED = "The execution was stopped by the orchestrator."
#: A call that was under way may take the mark off again, so it is set several times.
MARK_AGAIN = (0.05, 0.2, 1.0, 3.0)


def main() -> None:
    """Run the bot to its end; an exception of the bot ends this process with its traceback."""
    context, package, command = sys.argv[1:4]
    sys.argv = [command]
    sys.path.pop(0)
    connect(Path(context))
    sys.path.insert(0, package)
    try:
        result = resolve(Path(package), command)()
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
    except ModuleNotFoundError as error:
        explain(error)
        raise
    if result is not None:
        keep(result)


def connect(file: Path) -> None:
    """Give each SDK that is installed its context and obey a stop; a bot without any needs neither."""
    found = [importlib.import_module(f"{name}.context") for name in RUNTIMES if installed(name)]
    if not found:
        return
    for runtime in found:
        runtime.set_runtime_context(**json.loads(file.read_text("utf-8")))
        runtime.set_runtime_context_path(str(file))
    reading, writing = os.pipe()
    # The mark takes a lock that the interrupted code may hold: a signal handler only wakes the thread that sets it.
    signal.signal(signal.SIGTERM, lambda *_: os.write(writing, b"!") and None)
    threading.Thread(target=expire, args=(reading, found, file), name="botyard-stop", daemon=True).start()


def installed(module: str) -> bool:
    """Tell whether a module can be imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that it would be in
        return False


def explain(error: ModuleNotFoundError) -> None:
    """Say what a package needs that wants to talk to the orchestrator and has nothing to do so."""
    if any(error.name and f"{name}.".startswith(f"{error.name}.") for name in RUNTIMES):
        error.msg += "; the requirements of this package have to name bv-runtime or botyard-sdk"


def expire(reading: int, runtimes: list[Any], file: Path) -> None:
    """Wait for the stop, then make every SDK refuse every call."""
    os.read(reading, 1)
    for runtime in runtimes:
        runtime.set_runtime_context_path(str(file.with_name("stopped")))  # no such file: nothing is refreshed any more
    for delay in (0, *MARK_AGAIN):
        time.sleep(delay)
        for runtime in runtimes:
            runtime.mark_execution_expired(STOPPED)


def resolve(package: Path, command: str) -> Callable[[], Any]:
    """Return what a command calls: a function, the function `main` of a script, or the whole script."""
    module, _, function = command.partition(":")
    if not function:
        script = package / command
        if not defines_main(script):
            return lambda: runpy.run_path(str(script), run_name="__main__") and None
        module, function = command.removesuffix(".py").replace("/", "."), "main"
    found: Callable[[], Any] = getattr(importlib.import_module(module), function)
    return found


def defines_main(script: Path) -> bool:
    """Tell whether a script has a function `main` at its top."""
    statements = ast.parse(script.read_bytes(), str(script)).body
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "main" for node in statements)


def keep(result: Any) -> None:
    """Leave a result as the output: as JSON, or as the text that printing it gives."""
    try:
        text = json.dumps(result, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(str(result))
    output = Path(os.environ["BOTYARD_OUTPUT"])
    draft = output.with_name(f".{output.name}")
    draft.write_text(text, "utf-8")
    draft.replace(output)


if __name__ == "__main__":
    main()
