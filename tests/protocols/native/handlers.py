"""What the source of a handler says that it decodes, reads of the query, and answers with."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
import typing
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from botyard.web import sse

_PACKAGE = "botyard.protocols.native"


def reached(handler: Any) -> list[FunctionType]:
    """Return a handler and every function of the native protocol that it may call, in a fixed order."""
    found: dict[FunctionType, None] = {handler: None}
    waiting = [handler]
    while waiting:
        for function in _named(waiting.pop()):
            if function not in found:
                found[function] = None
                waiting.append(function)
    return list(found)


def _named(function: FunctionType) -> Iterator[FunctionType]:
    for node in ast.walk(parsed(function)):
        value = value_of(node, function) if isinstance(node, ast.Name | ast.Attribute) else None
        if isinstance(value, FunctionType) and value.__module__.startswith(_PACKAGE):
            yield value


@functools.cache
def parsed(function: FunctionType) -> ast.Module:
    """Return the syntax tree of a function."""
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def value_of(node: ast.AST, function: FunctionType) -> Any:
    """Return what an expression stands for among the globals of a function's module, None for nothing known."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return None if node.id in function.__code__.co_varnames else function.__globals__.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = value_of(node.value, function)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
    try:
        return eval(compile(ast.Expression(node), "handler", "eval"), function.__globals__)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 -- an expression over variables has no value here
        return None


def calls(handler: Any, name: str) -> Iterator[tuple[ast.Call, FunctionType]]:
    """Yield every call of something called `name`, by the handler or what it reaches."""
    for function in reached(handler):
        for node in ast.walk(parsed(function)):
            if isinstance(node, ast.Call) and _last_name(node.func) == name:
                yield node, function


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def decoded(handler: Any) -> set[Any]:
    """Return the types that the handler decodes its body as."""
    return {value_of(call.args[0], function) for call, function in calls(handler, "json")}


def asked(handler: Any) -> dict[str, dict[str, Any]]:
    """Return the query parameters that the handler reads, with what it says of numbers; "" is a name not known."""
    found: dict[str, dict[str, Any]] = {}
    for call, function in calls(handler, "query_int"):
        found |= _number(call, function, int)
    for call, function in calls(handler, "query_float"):
        found |= _number(call, function, float)
    for call, function in [*calls(handler, "get"), *calls(handler, "query_all")]:
        if "query" in ast.unparse(call.func):
            found.setdefault(str(value_of(call.args[0], function) or ""), {"kind": str})
    return found


def _number(call: ast.Call, function: FunctionType, kind: type) -> dict[str, dict[str, Any]]:
    said = {str(word.arg): value_of(word.value, function) for word in call.keywords}
    return {str(value_of(call.args[0], function) or ""): {"kind": kind, **said}}


def answered(handler: Any) -> tuple[set[int], set[Any]]:
    """Return the statuses that a handler answers with, and the types of JSON where its source tells."""
    statuses = {204 for _ in calls(handler, "no_content")} | {200 for _ in calls(handler, "file_response")}
    statuses |= {200 for name in ("Response", "StreamResponse") for _ in calls(handler, name)}
    statuses |= {200 for call, function in calls(handler, "stream") if value_of(call.func, function) is sse.stream}
    kinds = set()
    for call, function in calls(handler, "json_response"):
        words = {word.arg: word.value for word in call.keywords}
        statuses |= set(_constants(words["status"])) if "status" in words else {200}
        kinds.add(type_of(call.args[0], function))
    return statuses, kinds - {None, Any}


def _constants(node: ast.expr) -> Iterator[int]:
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant):
        yield int(str(node.value))


def type_of(node: ast.expr, function: FunctionType) -> Any:
    """Return the type of an expression in a function, None where it cannot be told."""
    if isinstance(node, ast.Await):
        return type_of(node.value, function)
    if isinstance(node, ast.Name):
        return _type_of_variable(node.id, function)
    if not isinstance(node, ast.Call):
        return None
    if _last_name(node.func) in {"read", "write", "change"}:
        return _returned(value_of(node.args[0], function))
    called = value_of(node.func, function)
    return called if isinstance(called, type) else _returned(called)


def _type_of_variable(name: str, function: FunctionType) -> Any:
    for node in ast.walk(parsed(function)):
        if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
            return type_of(node.value, function)
    return None


def _returned(function: Callable[..., Any] | None) -> Any:
    if not isinstance(function, FunctionType):
        return None
    return typing.get_type_hints(function).get("return")
