"""Starts one entrypoint of a Bot Velocity package: `python botvelocity.py <context file> <package> <command>`.

It is the parent of everything a bot sees of its execution: the vendor's SDK is given the context and the file to
refresh it from, SIGTERM makes every later call of the SDK fail, and what the function returns is left as the output.
Written with the standard library alone, because it runs in the environment of the bot.
"""

from __future__ import annotations

import ast
import asyncio
import importlib
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
    result = resolve(Path(package), command)()
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    if result is not None:
        keep(result)


def connect(file: Path) -> None:
    """Give the SDK its context and obey a stop; a bot without the SDK needs neither."""
    try:
        runtime = importlib.import_module("bv.runtime.context")
    except ModuleNotFoundError as error:
        if error.name not in {"bv", "bv.runtime", "bv.runtime.context"}:
            raise
        return
    runtime.set_runtime_context(**json.loads(file.read_text("utf-8")))
    runtime.set_runtime_context_path(str(file))
    reading, writing = os.pipe()
    # The mark takes a lock that the interrupted code may hold: a signal handler only wakes the thread that sets it.
    signal.signal(signal.SIGTERM, lambda *_: os.write(writing, b"!") and None)
    threading.Thread(target=expire, args=(reading, runtime, file), name="botyard-stop", daemon=True).start()


def expire(reading: int, runtime: Any, file: Path) -> None:
    """Wait for the stop, then make the SDK refuse every call."""
    os.read(reading, 1)
    runtime.set_runtime_context_path(str(file.with_name("stopped")))  # no such file: nothing is refreshed any more
    runtime.mark_execution_expired(STOPPED)
    for delay in MARK_AGAIN:
        time.sleep(delay)
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
