"""Replays recorded conversations: each file in `cases/` is a list of requests with the answers they must get.

[[step]]
request = "POST /api/v2/task"
as = "login"                 # whose token: login, foreign, viewer, attempt, or none (the default is login)
headers = { x = "y" }
json = { activityLabel = "TestCI" }     # or body = "raw text", or file = "content of the part `file`"
                                        # or zip = { "bot.py" = "content" }, an archive as the part `file`
status = 200
expect = { state = "START", id = "<int>" }     # keys that must be there; "<int>", "<text>", "<date>" match any
lacks = ["stack"]
save = { task = "id" }       # later steps write {task} for the value
"""

from __future__ import annotations

import io
import json
import re
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

CASES = Path(__file__).parent / "cases"

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+00:00")
_PLACEHOLDERS = {
    "<int>": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "<text>": lambda value: isinstance(value, str) and value != "",
    "<date>": lambda value: isinstance(value, str) and _DATE.fullmatch(value) is not None,
    "<null>": lambda value: value is None,
    "<object>": lambda value: isinstance(value, dict),
}


def names() -> list[str]:
    """Return the names of all recorded conversations."""
    return sorted(path.stem for path in CASES.glob("*.toml"))


async def replay(name: str, client: httpx2.AsyncClient, values: dict[str, Any], tokens: Mapping[str, str]) -> None:
    """Send every step of a conversation and compare the answers."""
    steps = tomllib.loads((CASES / f"{name}.toml").read_text("utf-8"))["step"]
    for number, step in enumerate(steps, 1):
        reply = await _send(client, step, values, tokens)
        where = f"{name} step {number}, {step['request']}: {reply.status_code} {reply.text[:500]}"
        assert reply.status_code == step["status"], where
        if "text" in step:
            assert reply.text == step["text"], where
        for header, wanted in step.get("answers", {}).items():
            assert reply.headers.get(header) == wanted, f"{where} {header}: {reply.headers.get(header)}"
        body = reply.json() if reply.headers.get("content-type", "").startswith("application/json") else None
        if reply.status_code >= 400:
            assert isinstance(body, dict), where
            assert isinstance(body["message"], str), where
            assert body["message"], where
        _compare(_filled(step.get("expect", {}), values), body, where)
        assert not set(step.get("lacks", ())) & set(body if isinstance(body, dict) else ()), where
        for variable, key in step.get("save", {}).items():
            values[variable] = _pick(body, key)


async def _send(
    client: httpx2.AsyncClient, step: Mapping[str, Any], values: Mapping[str, Any], tokens: Mapping[str, str]
) -> httpx2.Response:
    method, _, path = _filled(step["request"], values).partition(" ")
    headers = {name: _filled(value, values) for name, value in step.get("headers", {}).items()}
    speaker = step.get("as", "login")
    if speaker != "none":
        headers.setdefault("token", tokens[speaker])
    if "zip" in step:
        return await client.request(method, path, headers=headers, files={"file": ("bot.zip", _zip(step["zip"]))})
    if "file" in step:
        return await client.request(method, path, headers=headers, files={"file": ("x.bin", step["file"].encode())})
    content: bytes | None = None
    if "json" in step:
        content = json.dumps(_filled(step["json"], values), separators=(",", ":")).encode()
        headers.setdefault("content-type", "application/json")
    elif "body" in step:
        content = _filled(step["body"], values).encode("latin-1")
    return await client.request(method, path, headers=headers, content=content)


def _zip(members: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    """Return `value` with every {name} replaced; a text that is nothing but {name} becomes the value itself."""
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if not isinstance(value, str):
        return value
    alone = re.fullmatch(r"\{(\w+)\}", value)
    if alone and alone[1] in values:
        return values[alone[1]]
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found[1], found[0])), value)


def _pick(body: Any, path: str) -> Any:
    for key in path.split("."):
        body = body[int(key)] if isinstance(body, list) else body[key]
    return body


def _compare(wanted: Any, got: Any, where: str) -> None:
    if isinstance(wanted, dict):
        if not wanted:
            assert got is None or isinstance(got, (dict, list)), where
            return
        assert isinstance(got, dict), where
        for key, item in wanted.items():
            assert key in got, f"{where}: {key} is missing"
            _compare(item, got[key], f"{where}: {key}")
    elif isinstance(wanted, list):
        assert isinstance(got, list), where
        assert len(wanted) == len(got), where
        for item, other in zip(wanted, got, strict=True):
            _compare(item, other, where)
    elif isinstance(wanted, str) and wanted in _PLACEHOLDERS:
        assert _PLACEHOLDERS[wanted](got), f"{where}: {got!r}"
    else:
        assert type(wanted) is type(got), f"{where}: {got!r}"
        assert wanted == got, f"{where}: {got!r}"
