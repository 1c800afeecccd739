"""For code inside a task: parameters, log, progress, queue items, secrets, files, spans, and how it ends.

    from botyard import bot

    @bot.main
    def work(month: str):
        for item in bot.queue("invoices").items():
            with item:
                bot.log.info("Checking", number=item["number"])
        return {"month": month}

    work()

Everything here is of the task that the process was started for. Without one the same code runs with a folder,
`botyard-local` or the one that BOTYARD_LOCAL names; `local` opens another.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

if TYPE_CHECKING:
    from botyard.bot.errors import BusinessError, Interrupted, NotInTask
    from botyard.bot.given import Context
    from botyard.bot.handles import Login, Secret
    from botyard.bot.items import Item, Queue
    from botyard.bot.logs import Log, LogHandler
    from botyard.bot.session import Bot, Cache
    from botyard.bot.spans import Span

    context: Context
    parameters: dict[str, Any]
    interrupted: bool
    log: Log
    cache: Cache
    _bot = Bot.__new__(Bot)
    raise_on_interrupt = _bot.raise_on_interrupt
    log_handler = _bot.log_handler
    progress = _bot.progress
    queue = _bot.queue
    secret = _bot.secret
    asset = _bot.asset
    artifact = _bot.artifact
    report_error = _bot.report_error
    alert = _bot.alert
    message = _bot.message
    span = _bot.span
    carry = _bot.carry
    output = _bot.output
    finish = _bot.finish
    flush = _bot.flush

P = ParamSpec("P")
T = TypeVar("T")

_CLASSES = {
    "Bot": "session",
    "BusinessError": "errors",
    "Cache": "session",
    "Context": "given",
    "Interrupted": "errors",
    "Item": "items",
    "Log": "logs",
    "LogHandler": "logs",
    "Login": "handles",
    "NotInTask": "errors",
    "Queue": "items",
    "Secret": "handles",
    "Span": "spans",
}
_OF_BOT = (
    "alert",
    "artifact",
    "asset",
    "cache",
    "carry",
    "context",
    "finish",
    "flush",
    "interrupted",
    "log",
    "log_handler",
    "message",
    "output",
    "parameters",
    "progress",
    "queue",
    "raise_on_interrupt",
    "report_error",
    "secret",
    "span",
)

__all__ = [
    "Bot",
    "BusinessError",
    "Cache",
    "Context",
    "Interrupted",
    "Item",
    "Log",
    "LogHandler",
    "Login",
    "NotInTask",
    "Queue",
    "Secret",
    "Span",
    "alert",
    "artifact",
    "asset",
    "cache",
    "carry",
    "context",
    "current",
    "finish",
    "flush",
    "interrupted",
    "local",
    "log",
    "log_handler",
    "main",
    "message",
    "output",
    "parameters",
    "progress",
    "queue",
    "raise_on_interrupt",
    "report_error",
    "run",
    "secret",
    "span",
    "traced",
]

_lock = threading.RLock()
_bots: list[Bot] = []


def current() -> Bot:
    """Return the bot of this process, made when it is first asked for. Raises NotInTask."""
    if not _bots:
        with _lock:
            if not _bots:
                _bots.append(_made())
    return _bots[0]


def local(folder: str | os.PathLike[str] | None = None, *, parameters: Mapping[str, Any] | None = None) -> Bot:
    """Let this process work with a folder from now on, whatever it was started for, and return its bot.

    `parameters` stand for those of the folder and of the command line; tests of bots give them.
    """
    from botyard.bot.folder import FOLDER, Local
    from botyard.bot.session import Bot

    path = Path(folder or os.environ.get("BOTYARD_LOCAL") or FOLDER)
    bot = Bot(Local(path, parameters=parameters, arguments=sys.argv[1:]))
    with _lock:
        _bots[:] = [bot]
    return bot


def run(function: Callable[..., Any]) -> Any:
    """Run the function of a bot, give it the parameters that it names, and return what it returns.

    What it returns is the output of the task; None leaves the one that was set. Interrupted ends the task as partial.
    Any other exception is reported and raised, so that the task fails; a BusinessError is raised without a report. A
    coroutine function runs in an event loop of its own.
    """
    from botyard.bot.entry import run as run_of

    return run_of(current(), function)


def main(function: Callable[..., Any]) -> Callable[[], Any]:
    """Let a function be the bot: calling it, without arguments, is `run(function)`."""

    @functools.wraps(function)
    def start() -> Any:
        return run(function)

    return start


@overload
def traced(function: Callable[P, T], /) -> Callable[P, T]: ...
@overload
def traced(
    *, name: str | None = None, arguments: bool = False, result: bool = False
) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
def traced(function: Any = None, /, *, name: str | None = None, arguments: bool = False, result: bool = False) -> Any:
    """Let each call of a function be a span; with `arguments` and `result` also what went in and came out."""
    from botyard.bot.spans import traced as traced_by

    def decorate(decorated: Callable[..., Any]) -> Callable[..., Any]:
        return traced_by(_take, decorated, name=name, arguments=arguments, result=result)

    return decorate if function is None else decorate(function)


def _take(span: Span) -> None:
    current().backend.span(span)


def _made() -> Bot:
    from botyard.bot.remote import Remote, belongs_to_task
    from botyard.bot.session import Bot

    return Bot(Remote(os.environ)) if belongs_to_task(os.environ) else local()


def __getattr__(name: str) -> Any:
    if name in _OF_BOT:
        return getattr(current(), name)
    if name in _CLASSES:
        value = globals()[name] = getattr(import_module(f"{__name__}.{_CLASSES[name]}"), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
