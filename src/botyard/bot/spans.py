"""Spans: what a bot spends its time on, in a tree that follows calls, coroutines and carried threads."""

from __future__ import annotations

import inspect
import itertools
import os
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import lru_cache, wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

import msgspec

from botyard.bot.encoding import payload

P = ParamSpec("P")
T = TypeVar("T")

#: Takes a span when it begins, and again when it ends.
Take = Callable[["Span"], None]

_current: ContextVar[Span | None] = ContextVar("botyard.span", default=None)
_numbers = itertools.count(1)
_prefix = os.urandom(6).hex()


def _forked() -> None:
    global _prefix  # noqa: PLW0603 -- ids are one process's
    _prefix = os.urandom(6).hex()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class Span:
    """One piece of work, from entering it to leaving it. `input` and `output` are any values, `tag` adds tags."""

    __slots__ = (
        "_given",
        "_input",
        "_output",
        "_parent",
        "_started",
        "_tags",
        "_take",
        "_token",
        "ended",
        "id",
        "message",
        "name",
        "waiting",
    )

    def __init__(
        self, take: Take, name: str, *, given: Any = msgspec.UNSET, tags: dict[str, Any] | None = None
    ) -> None:
        self.id = f"{_prefix}{next(_numbers):x}"
        self.name = name
        #: Why it failed; None when it did not.
        self.message: str | None = None
        #: When it ended, in nanoseconds; 0 while it goes on.
        self.ended = 0
        #: Whether it lies where spans wait to be sent.
        self.waiting = False
        self._take = take
        self._input = None if given is msgspec.UNSET else payload(given)
        self._output: msgspec.Raw | None = None
        self._tags = tags or {}
        self._parent: Span | None = None
        self._started = 0
        self._token: Token[Span | None] | None = None

    def _set_input(self, value: Any) -> None:
        self._input = payload(value)

    def _set_output(self, value: Any) -> None:
        self._output = payload(value)

    #: What went in and what came out: set them to any values, they are kept as JSON.
    input = property(lambda self: self._input, _set_input)
    output = property(lambda self: self._output, _set_output)

    def tag(self, **tags: Any) -> None:
        """Add tags; one that is there already is replaced."""
        self._tags = self._tags | tags

    def fail(self, message: str) -> None:
        """Let the span end as an error although nothing is raised."""
        self.message = message

    def __enter__(self) -> Self:
        self._parent = _current.get()
        self._token = _current.set(self)
        self._started = time.time_ns()
        self._take(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended = max(time.time_ns(), self._started)
        if kind is not None and self.message is None:
            self.message = f"{kind.__name__}: {error}"
        if self._token is not None:
            _current.reset(self._token)
            self._token = None
        self._take(self)

    def told(self) -> dict[str, Any]:
        """Return what is known of it now, as the server takes it."""
        known: dict[str, Any] = {
            "span_id": self.id,
            "name": self.name,
            "parent_id": None if self._parent is None else self._parent.id,
            "started_at": _text(self._started),
            "input": self._input,
            "tags": payload(self._tags) if self._tags else None,
        }
        ended = self.ended
        if ended:
            known |= {
                "ended_at": _text(ended),
                "duration": (ended - self._started) // 1000,
                "status": "ok" if self.message is None else "error",
                "message": self.message,
                "output": self._output,
            }
        return known


def _text(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1000:06}Z"


@lru_cache(maxsize=16)  # spans that are sent together have few seconds among them
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def traced(take: Take, function: Callable[P, T], *, name: str | None, arguments: bool, result: bool) -> Callable[P, T]:
    """Return the function, each call of which is a span; of a coroutine function until it has returned."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError("A generator is no span: use `with bot.span(...)` where it is iterated over.")
    named = name or function.__qualname__.replace("<locals>.", "")
    signature = inspect.signature(function) if arguments else None

    def begun(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
        span = Span(take, named)
        if signature is not None:
            span.input = _bound(signature, args, kwargs)
        return span

    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
            with begun(args, kwargs) as span:
                value = await function(*args, **kwargs)
                if result:
                    span.output = value
                return value

        return cast("Callable[P, T]", awaited)

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        with begun(args, kwargs) as span:
            value = function(*args, **kwargs)
            if result:
                span.output = value
            return value

    return called


def _bound(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return arguments by the names of their parameters, without the object of a method."""
    try:
        found = dict(signature.bind(*args, **kwargs).arguments)
    except TypeError:  # the call itself is going to say what is wrong
        return {"args": args, "kwargs": kwargs}
    found.pop("self", None)
    found.pop("cls", None)
    return found
