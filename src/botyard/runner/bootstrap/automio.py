"""Starts an action of Automio: `python automio.py <values file> <folder of modules> <script>`.

The script finds what it was run with as global names, and `api` is there without an import: in the script, and in every
module that it imports. What it leaves as `RESULT`, or what its function `main` returns, is the result. Written with the
standard library alone, because it runs in the environment of the bot.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import contextlib
import importlib
import importlib.util
import inspect
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

#: The clients that `api` is made with, the first that is installed; a vendor's was asked for by name.
CLIENTS = ("automio", "robotnikai", "botyard.sdk.automio")
#: Where what `main` returned is kept when the script calls it itself.
RETURNED = "_botyard_returned"


def main() -> None:
    """Run the action to its end; an exception ends this process with its traceback."""
    values, modules, script = sys.argv[1:4]
    sys.argv = [script]
    sys.path[:1] = [modules, str(Path(script).parent)]
    sys.excepthook = show
    signal.signal(signal.SIGTERM, stop)
    module = ModuleType("__main__")
    module.__dict__.update(json.loads(Path(values).read_text("utf-8")))
    module.__dict__["USER_INPUT"] = json.loads(Path(os.environ["BOTYARD_INPUT"]).read_text("utf-8"))
    module.__file__ = script
    sys.modules["__main__"] = module
    give_api()
    run(module, script)


def give_api() -> None:
    """Make `api` known everywhere, as plugins expect it; an action without a client goes without."""
    try:
        for client in CLIENTS:
            if installed(client):
                with without_env_file():
                    wrapper = importlib.import_module(f"{client}.wrapper")
                builtins.api = wrapper.API()  # type: ignore[attr-defined]
                return
    except Exception:  # noqa: BLE001 -- the action may not need it, and says so itself if it does
        traceback.print_exc()
        sys.stderr.write("The client could not be started; `api` is missing.\n")


def installed(client: str) -> bool:
    """Tell whether a client can be imported."""
    try:
        return importlib.util.find_spec(client) is not None
    except ModuleNotFoundError:  # not even the package that it would be in
        return False


@contextlib.contextmanager
def without_env_file() -> Iterator[None]:
    """Keep the client from reading a file `.env` of some folder above it, as it does while it is imported."""
    try:
        dotenv = importlib.import_module("dotenv")
    except ImportError:
        yield
        return
    load = vars(dotenv)["load_dotenv"]
    vars(dotenv)["load_dotenv"] = lambda *_, **__: False
    try:
        yield
    finally:
        vars(dotenv)["load_dotenv"] = load


def run(module: ModuleType, script: str) -> None:
    """Run the script and leave its result."""
    names = module.__dict__
    tree = ast.parse(Path(script).read_bytes(), script)
    calls = Calls()
    code = compile(ast.fix_missing_locations(calls.visit(tree)), script, "exec")
    try:
        exec(code, names)  # noqa: S102 -- running it is what this is for
        if "RESULT" not in names and not calls.found and takes_nothing(names.get("main")):
            names[RETURNED] = names["main"]()
    except SystemExit as end:
        if end.code in (None, 0):
            leave(names)
        raise
    leave(names)


class Calls(ast.NodeTransformer):
    """Keeps what `main` returns where the script calls it at its top, and notes whether it does."""

    def __init__(self) -> None:
        self.found = False

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Note a call of `main`, wherever it stands."""
        self.found |= isinstance(node.func, ast.Name) and node.func.id == "main"
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Turn `main()` and `asyncio.run(main())` as a statement into an assignment."""
        before, self.found = self.found, False
        self.visit(node.value)
        called, self.found = self.found, before or self.found
        if not called or not isinstance(node.value, ast.Call):
            return node
        target = ast.Name(RETURNED, ast.Store())
        return ast.copy_location(ast.Assign([target], node.value), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Leave alone what runs later."""
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Leave alone what runs later."""
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Leave alone what is not the script's own."""
        return node


def takes_nothing(function: Any) -> bool:
    """Tell whether something is a function that can be called without arguments."""
    if not inspect.isfunction(function):
        return False
    needed = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    )
    parameters = inspect.signature(function).parameters.values()
    return not any(each.default is each.empty and each.kind in needed for each in parameters)


def leave(names: dict[str, Any]) -> None:
    """Leave the result as JSON; what JSON does not have, as its text."""
    result = names.get("RESULT", names.get(RETURNED))
    if inspect.iscoroutine(result):
        result = asyncio.run(result)
    if result is None:
        return
    try:
        text = json.dumps(result, allow_nan=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(str(result))
    output = Path(os.environ["BOTYARD_OUTPUT"])
    draft = output.with_name(f".{output.name}")
    draft.write_text(text, "utf-8")
    draft.replace(output)


def stop(number: int, _frame: object) -> None:
    """End the action as if it had asked to exit, so that what it opened is closed."""
    raise SystemExit(128 + number)


def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback that begins with the action's own code."""
    own = trace
    while own is not None and own.tb_frame.f_code.co_filename == __file__:
        own = own.tb_next
    traceback.print_exception(kind, error, own or trace)


if __name__ == "__main__":
    main()
