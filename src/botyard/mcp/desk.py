"""What all tools share: the client, the record of each use, and refusals as sentences."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from mcp.server.mcpserver.exceptions import ToolError

from botyard.sdk import AsyncBotyard
from botyard.sdk.errors import CallError

Answer = dict[str, Any]
Function = Callable[..., Awaitable[Answer]]


class Tool(NamedTuple):
    """A tool: its function, the permission without which it is not offered, and whether it changes anything."""

    function: Function
    permission: str
    changes: bool = False
    destroys: bool = False


class Desk:
    """The place from which tools are used, with one client and for one assistant, whose name is recorded."""

    def __init__(self, yard: AsyncBotyard, *, assistant: str) -> None:
        self.yard = yard
        self.assistant = assistant

    def recorded(self, function: Function) -> Function:
        """Return the function with its use recorded before it, and refusals turned into what an assistant is told.

        The record names the tool, its first argument as the target, and the other arguments without their values,
        which may hold what nobody else should read.
        """
        signature = inspect.signature(function)
        defaults = {name: parameter.default for name, parameter in signature.parameters.items()}

        @functools.wraps(function)
        async def use(*args: Any, **kwargs: Any) -> Answer:
            given = signature.bind(*args, **kwargs).arguments
            first = next(iter(given), None)
            names = [name for name, value in given.items() if name != first and value != defaults[name]]
            target = "" if first is None else str(given[first])[:200]
            try:
                await self.yard.audit.note_tool(
                    function.__name__, target=target, arguments=names, client=self.assistant
                )
                return await function(*args, **kwargs)
            except CallError as error:
                raise ToolError(str(error)) from error

        return use
