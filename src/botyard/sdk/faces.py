"""How a call that is written once becomes a method of both clients.

    class Tasks(Group[C]):
        @call
        def get(self, task_id: int) -> Call[TaskView]: ...

`yard.tasks.get(7)` sends it and returns a TaskView when `yard` is a `Botyard`; of an `AsyncBotyard` it returns a
coroutine of one. `Tasks.get(7)` is the call itself, as data. Type checkers see the same parameters each time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, get_type_hints, overload

from botyard.sdk.calls import Call
from botyard.sdk.content import AsyncContent, Content
from botyard.sdk.feeds import AsyncLive, Feed, Live
from botyard.sdk.native import AsyncClient, Client
from botyard.sdk.paging import AsyncItems, Items, Listing

P = ParamSpec("P")
T = TypeVar("T")
B = TypeVar("B")
C = TypeVar("C")
A1 = TypeVar("A1")
A2 = TypeVar("A2")
A3 = TypeVar("A3")

#: Several calls in a row: yields each, is sent its answer, and returns what comes of them.
Steps = Generator[Call[Any], Any, T]


class Group(Generic[C]):
    """The calls about one concept, of one client."""

    def __init__(self, client: Any) -> None:
        self._client = client


class _Face:
    """What the descriptors below share: `build` makes the data, `way` names the client's method that carries it out."""

    way = "send"

    def __init__(self, build: Callable[..., Any], struct: Callable[..., Any] | None = None) -> None:
        self._build = build
        #: What the keyword arguments make up.
        self.struct = struct
        self.name = build.__name__
        self._data: Callable[..., Any] | None = None
        self.__doc__ = build.__doc__

    def build(self, *args: Any, **kwargs: Any) -> Any:
        """Return the call as data."""
        if self.struct is None:
            return self._build(None, *args, **kwargs)
        return self._build(None, *args, self.struct(**kwargs))

    def parameters(self) -> list[inspect.Parameter]:
        """Return what a caller gives, with the types themselves rather than their names."""
        types = get_type_hints(self._build) | (get_type_hints(self.struct) if self.struct else {})
        return [one.replace(annotation=types.get(one.name, Any)) for one in self._signature().parameters.values()]

    def _signature(self) -> inspect.Signature:
        """Return what a caller gives."""
        found = inspect.signature(self._build)
        given = list(found.parameters.values())[1:]
        if self.struct is not None:
            given = [*given[:-1], *inspect.signature(self.struct).parameters.values()]
        return found.replace(parameters=given, return_annotation=inspect.Signature.empty)

    def _bound(self, group: Any) -> Any:
        if group is None:
            self._data = self._data or self._as_function(_as_data)
            return self._data
        made = self._as_function(getattr(group._client, self.way))  # noqa: SLF001 -- a face is part of the group
        # The next look-up finds it there without asking this descriptor.
        group.__dict__[self.name] = made
        return made

    def _as_function(self, carry_out: Callable[[Any], Any]) -> Callable[..., Any]:
        """Return a function that makes the data and has it carried out; `help` shows what it takes."""

        def function(*args: Any, **kwargs: Any) -> Any:
            return carry_out(self.build(*args, **kwargs))

        function.__name__ = function.__qualname__ = self.name
        function.__doc__ = self.__doc__
        function.__module__ = self._build.__module__
        function.__signature__ = self._signature()  # type: ignore[attr-defined]
        return function


def _as_data(made: Any) -> Any:
    return made


class call(_Face, Generic[P, T]):  # noqa: N801 -- used as a decorator
    """One request and its answer."""

    def __init__(self, build: Callable[Concatenate[Any, P], Call[T]], struct: Callable[..., Any] | None = None) -> None:
        super().__init__(build, struct)

    @overload
    def __get__(self, group: None, owner: type[object]) -> Callable[P, Call[T]]: ...
    @overload
    def __get__(self, group: Group[Client], owner: type[object]) -> Callable[P, T]: ...
    @overload
    def __get__(self, group: Group[AsyncClient], owner: type[object]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, group: Any, owner: Any) -> Any:
        """Return the call as a method."""
        return self._bound(group)


class _Fields(Generic[P, B]):
    """See `fields`."""

    def __init__(self, struct: Callable[P, B]) -> None:
        self._struct = struct

    @overload
    def __call__(self, build: Callable[[Any, B], Call[T]]) -> call[P, T]: ...
    @overload
    def __call__(self, build: Callable[[Any, A1, B], Call[T]]) -> call[Concatenate[A1, P], T]: ...
    @overload
    def __call__(self, build: Callable[[Any, A1, A2, B], Call[T]]) -> call[Concatenate[A1, A2, P], T]: ...
    @overload
    def __call__(self, build: Callable[[Any, A1, A2, A3, B], Call[T]]) -> call[Concatenate[A1, A2, A3, P], T]: ...
    def __call__(self, build: Any) -> Any:
        """Return the decorated call."""
        return call(build, self._struct)


def fields(struct: Callable[P, B]) -> _Fields[P, B]:
    """Let a call take the fields of its body as keyword arguments: its last parameter is the body."""
    return _Fields(struct)


class listing(_Face, Generic[P, T]):  # noqa: N801 -- used as a decorator
    """A list, to be iterated over with `for` or `async for`."""

    way = "iterate"

    def __init__(self, build: Callable[Concatenate[Any, P], Listing[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, group: None, owner: type[object]) -> Callable[P, Listing[T]]: ...
    @overload
    def __get__(self, group: Group[Client], owner: type[object]) -> Callable[P, Items[T]]: ...
    @overload
    def __get__(self, group: Group[AsyncClient], owner: type[object]) -> Callable[P, AsyncItems[T]]: ...
    def __get__(self, group: Any, owner: Any) -> Any:
        """Return the list as a method."""
        return self._bound(group)


class download(_Face, Generic[P]):  # noqa: N801 -- used as a decorator
    """Bytes to fetch."""

    way = "fetch"

    def __init__(self, build: Callable[Concatenate[Any, P], Call[None]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, group: None, owner: type[object]) -> Callable[P, Call[None]]: ...
    @overload
    def __get__(self, group: Group[Client], owner: type[object]) -> Callable[P, Content]: ...
    @overload
    def __get__(self, group: Group[AsyncClient], owner: type[object]) -> Callable[P, AsyncContent]: ...
    def __get__(self, group: Any, owner: Any) -> Any:
        """Return the bytes as a method."""
        return self._bound(group)


class live(_Face, Generic[P, T]):  # noqa: N801 -- used as a decorator
    """What happens as it happens, to be iterated over with `for` or `async for`."""

    way = "follow"

    def __init__(self, build: Callable[Concatenate[Any, P], Feed[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, group: None, owner: type[object]) -> Callable[P, Feed[T]]: ...
    @overload
    def __get__(self, group: Group[Client], owner: type[object]) -> Callable[P, Live[T]]: ...
    @overload
    def __get__(self, group: Group[AsyncClient], owner: type[object]) -> Callable[P, AsyncLive[T]]: ...
    def __get__(self, group: Any, owner: Any) -> Any:
        """Return the stream as a method."""
        return self._bound(group)


class steps(_Face, Generic[P, T]):  # noqa: N801 -- used as a decorator
    """Several calls in a row, written as a generator of them."""

    way = "run"

    def __init__(self, build: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        super().__init__(build)

    @overload
    def __get__(self, group: None, owner: type[object]) -> Callable[P, Steps[T]]: ...
    @overload
    def __get__(self, group: Group[Client], owner: type[object]) -> Callable[P, T]: ...
    @overload
    def __get__(self, group: Group[AsyncClient], owner: type[object]) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, group: Any, owner: Any) -> Any:
        """Return the steps as a method."""
        return self._bound(group)
