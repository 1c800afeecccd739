"""What a value of a wire type looks like: a made-up one per field, so that every answer has an example."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

_MOMENT = "2026-03-02T09:30:00.000+00:00"
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_TEXTS = {
    "actor": "user:ann",
    "attempt": "at_4711_1",
    "authorize_url": "https://login.example.com/authorize?state=b3f1c7d2",
    "automation": "invoices",
    "automation_name": "Send invoices",
    "base_url": "https://crm.example.com/api",
    "claim": "b3f1c7d2",
    "cron": "0 7 * * mon-fri",
    "description": "Sends the invoices of the day.",
    "digest": _DIGEST,
    "dialect": "botcity",
    "display_value": "ACME",
    "entry": "bot.py",
    "file_name": "report.csv",
    "folder": "DEFAULT",
    "full_name": "shop_orders",
    "holder": "at_4711_1",
    "host": "vm-1",
    "integration": "crm",
    "interface": "contacts",
    "key": "crm",
    "kind": "api_key",
    "label": "invoices",
    "level": "info",
    "media_type": "text/csv",
    "message": "12 invoices sent",
    "method": "GET",
    "name": "invoices",
    "namespace": "contacts",
    "next": "invoices",
    "on_lost": "requeue",
    "os": "Linux",
    "overlap": "skip",
    "package_digest": _DIGEST,
    "package_version": "1.4.0",
    "policy": "fifo",
    "queue": "invoices",
    "redirect_uri": "https://botyard.example.com/oauth/callback",
    "reference": "order-17",
    "role": "developer",
    "runner": "vm-1",
    "runner_label": "windows",
    "slug": "shop",
    "state": "running",
    "stream": "stdout",
    "text": "12 invoices found",
    "timezone": "Europe/Berlin",
    "title": "Invoices are sent",
    "token": "by_at_b3f1c7d2_not-a-real-token",
    "url": "https://crm.example.com/api/contacts",
    "value": "https://erp.example.com",
    "verdict": "started",
    "version": "1.4.0",
    "workspace": "main",
}
_NUMBERS = {
    "id": 4711,
    "item": 4711,
    "limit": 50,
    "milliseconds": 42,
    "next": 4711,
    "priority": 5,
    "size": 2048,
    "status": 200,
    "task": 4711,
    "task_id": 4711,
}
_DEPTH = 6
_SEQUENCES = (inspect.ListType, inspect.VarTupleType, inspect.TupleType)


def sample(kind: Any) -> Any:
    """Return a value of a wire type, as JSON has it."""
    return _of(inspect.type_info(kind), "", 0)


def _of(kind: inspect.Type, name: str, depth: int) -> Any:
    if isinstance(kind, inspect.StructType):
        shown = {field.encode_name: _of(field.type, field.name, depth + 1) for field in _shown(kind, depth)}
        return list(shown.values()) if kind.array_like else shown
    if isinstance(kind, inspect.UnionType):
        return _of(_best(kind), name, depth)
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.DictType):
        return {_of(kind.key_type, "key", depth + 1): _of(kind.value_type, "", depth + 1)}
    return _several(kind, name, depth + 1) if isinstance(kind, _SEQUENCES) else _plain(kind, name)


def _several(kind: inspect.Type, name: str, depth: int) -> list[Any]:
    if isinstance(kind, inspect.TupleType):
        return [_of(each, name, depth) for each in kind.item_types]
    if isinstance(kind, inspect.ListType | inspect.VarTupleType) and depth <= _DEPTH:
        return [_of(kind.item_type, name.removesuffix("s"), depth)]
    return []


def _plain(kind: inspect.Type, name: str) -> Any:
    if isinstance(kind, inspect.StrType):
        return _text(name)
    if isinstance(kind, inspect.BoolType):
        return True
    if isinstance(kind, inspect.IntType):
        return _NUMBERS.get(name, 1)
    if isinstance(kind, inspect.FloatType):
        return 1.5
    if isinstance(kind, inspect.EnumType):
        return next(iter(kind.cls)).value
    return {"sent": 12} if isinstance(kind, inspect.AnyType) and name else None


def _text(name: str) -> str:
    if name in ("at", "not_before") or name.endswith(("_at", "_until")):
        return _MOMENT
    return "user:ann" if name.endswith("_by") else _TEXTS.get(name, name or "text")


def _shown(kind: inspect.StructType, depth: int) -> list[inspect.Field]:
    """Return the fields to fill in: of what is sent and may stay unset, none at all would say nothing."""
    fields = [field for field in kind.fields if field.default is not msgspec.UNSET]
    return list(fields or kind.fields[:2]) if depth <= _DEPTH else [field for field in fields if field.required]


def _best(kind: inspect.UnionType) -> inspect.Type:
    """Return the type of a union that says most: not null."""
    return next(each for each in kind.types if not isinstance(each, inspect.NoneType))
