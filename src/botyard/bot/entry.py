"""How a bot begins and ends: a function whose return value is the output of the task."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from botyard.bot.errors import BusinessError, Interrupted
from botyard.bot.session import Bot
from botyard.sdk.errors import CallError


def run(bot: Bot, function: Callable[..., Any]) -> Any:
    """Run the function of a bot, give it the parameters that it names, and return what it returns.

    What it returns is the output of the task; None leaves the one that is there. Interrupted ends the task as partial.
    Any other exception is reported and raised, so that the task fails; a BusinessError is raised without a report.
    """
    try:
        with _ending_on_signal():
            value = _called(bot, function)
        if value is not None:
            bot.output(value)
        if not bot.finished and (bot.worked or bot.backend.dialect == "botcity"):
            bot.finish(partial=bot.failed_items > 0)
    except Interrupted as stop:
        bot.log.warning(str(stop) or "The bot was interrupted.")
        bot.finish(partial=True, message="Interrupted.")
        return None
    except Exception as error:
        _report(bot, error)
        raise
    else:
        return value
    finally:
        bot.flush(bot.backend.patience)


def _called(bot: Bot, function: Callable[..., Any]) -> Any:
    value = function(**_arguments(bot, function))
    return asyncio.run(_awaited(value)) if inspect.isawaitable(value) else value


async def _awaited(value: Any) -> Any:
    return await value


def _arguments(bot: Bot, function: Callable[..., Any]) -> dict[str, Any]:
    """Return the parameters of the task that the function names. Raises TypeError for one that is missing."""
    wanted = inspect.signature(function).parameters.values()
    if any(each.kind is each.VAR_KEYWORD for each in wanted):
        return dict(bot.parameters)
    named = [each for each in wanted if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    if not named:
        return {}
    missing = [each.name for each in named if each.default is each.empty and each.name not in bot.parameters]
    if missing:
        raise TypeError(f"The task has no parameter {', '.join(missing)}, which {function.__qualname__} needs.")
    return {each.name: bot.parameters[each.name] for each in named if each.name in bot.parameters}


def _report(bot: Bot, error: Exception) -> None:
    """Report what the bot failed with; where that fails, the exception itself matters more.

    A bot of the dialect botcity has to say that it failed, besides ending so.
    """
    with contextlib.suppress(CallError):
        if not isinstance(error, BusinessError):
            bot.report_error(error)
        if bot.backend.dialect == "botcity" and not bot.finished:
            bot.finish(failed=True, message=f"{type(error).__name__}: {error}")


@contextlib.contextmanager
def _ending_on_signal() -> Iterator[None]:
    """Let TERM, by which a runner stops a bot, end it like an exception does: nothing that it wrote is lost."""
    usual = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or usual is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
