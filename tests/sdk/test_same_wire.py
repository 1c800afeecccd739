"""What a server is asked, and what a bot gets back, is the same with the vendors' packages and with our modules."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from tests.support.answering import Answer, Answering, Asked, answering
from tests.support.processes import clean_environment

HERE = Path(__file__).parent
TASK = {"id": 7, "state": "RUNNING", "parameters": {"x": "ação"}, "finishStatus": None, "inputFile": {"id": 1}}
ENTRY = {"id": "5", "dataPoolLabel": "pool", "state": "PROCESSING", "values": {"a": 1}, "priority": 3, "taskId": None}
POOL = {"id": "1", "label": "pool", "name": None, "schema": [{"label": "a", "type": "TEXT"}], "active": True}
TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
ITEM = {"id": "bbbbbbbb-0000-4000-8000-000000000000", "payload": {"n": 1}, "priority": 3, "retries": 2}
#: Likewise of Bot Velocity, whose paths begin with a tenant.
VELOCITY = "(GET|POST|PUT) /acme/orchestrator_"
VELOCITY_ANSWERS: list[tuple[str, Answer]] = [
    (r".*/text500", Answer(b"broken", 500, TEXT)),
    *((rf".*\b{status}(/.*)?", Answer({"detail": "x" * 8 + "a1" * 20}, status)) for status in (401, 403, 404, 500)),
    (rf"{VELOCITY}/assets/name/text", Answer({"name": "text", "type": "text", "value": "ação"})),
    (rf"{VELOCITY}/assets/name/int", Answer({"name": "int", "type": "INT", "value": "7"})),
    (rf"{VELOCITY}/assets/name/int é", Answer({"name": "int", "type": "int", "value": "many"})),
    (rf"{VELOCITY}/assets/name/bool", Answer({"name": "bool", "type": "bool", "value": True})),
    (rf"{VELOCITY}/assets/name/bool no", Answer({"name": "bool", "type": "bool", "value": "no"})),
    (rf"{VELOCITY}/assets/name/nothing", Answer({"name": "nothing", "type": "text", "value": None})),
    (rf"{VELOCITY}/assets/.*", Answer({"name": "any", "value": 7})),
    (rf"{VELOCITY}/runtime/credentials/.*", Answer({"username": "bot"})),
    (rf"{VELOCITY}/runtime/secrets/resolve/bare", Answer("s3cret")),
    (rf"{VELOCITY}/runtime/secrets/resolve/single", Answer({"plain": "s3cret"})),
    (rf"{VELOCITY}/runtime/secrets/resolve/null", Answer({"value": None})),
    (rf"{VELOCITY}/runtime/secrets/resolve/.*", Answer({"value": "s3cret"})),
    (rf"{VELOCITY}/queue-items/add/.*", Answer({"id": ITEM["id"]}, 201)),
    (rf"{VELOCITY}/queue-items/next/empty", Answer(b"", 204)),
    (rf"{VELOCITY}/queue-items/next/null", Answer(b"null")),
    (rf"{VELOCITY}/queue-items/next/strange é", Answer({**ITEM, "queue_name": "q", "priority": "9", "retries": "x"})),
    (rf"{VELOCITY}/queue-items/next/.*", Answer({**ITEM, "reference": "A"})),
    (rf"{VELOCITY}/html", Answer(b"<html>", headers=TEXT)),
    (rf"{VELOCITY}/.*", Answer({"fine": True})),
]
#: Pattern of method and path → the answer; the first that fits counts.
ANSWERS: list[tuple[str, Answer]] = [
    (r".*404", Answer({"message": "there is none"}, 404)),
    (r".*/version", Answer({"version": "4.0.0"})),
    (r".*/login", Answer({"accessToken": "t0ken", "organizationLabel": "acme"})),
    (r"POST /api/v2/error", Answer({"id": 3}, 201)),
    (r"GET .*/entry-list", Answer([{"columns": {"a": 1, "b": None}}])),
    (r"(POST|DELETE) /api/v2/(log/.+|message)", Answer("ação".encode(), headers=TEXT)),
    (r".*/log(/.*)?", Answer({"label": "log", "columns": [{"label": "a", "name": "A"}, {"label": "b", "name": "B"}]})),
    (r"GET .*/artifact/7/file", Answer(bytes(range(256)), headers=(("Content-Type", "application/octet-stream"),))),
    (r".*/artifact.*", Answer({"id": 7, "fileName": "relatório.csv"})),
    (r"GET .*/key/key", Answer("ação".encode(), headers=TEXT)),
    (r"GET .*/credential/missing", Answer({"message": "none"}, 404)),
    (r".*/credential.*", Answer({"label": "set", "secrets": [{"key": "k", "value": "v", "valid": True, "id": 1}]})),
    (r".*/summary.*", Answer({"countPending": 2, "active": True})),
    (r".*/push", Answer({**ENTRY, "state": "PENDING"})),
    (r".*/entry/pending/cancel", Answer({**ENTRY, "state": "CANCELED"})),
    (r".*/entry/pending", Answer({**ENTRY, "state": "PENDING"})),
    (r"GET .*/(entry/5|pull)", Answer(ENTRY)),
    (r".*/datapool.*", Answer(POOL)),
    (r".*", Answer(TASK)),
]
HEADERS = (
    "accept",
    "token",
    "organization",
    "authorization",
    "x-organization",
    "x-odd",
    "x-robot-token",
    "x-folder-id",
)
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: What only one of the two asks, on purpose.
IGNORED = re.compile(r"DELETE /api/v2/workspace/login|GET /api/v2/maestro/version")

Command = Callable[[str], list[str]]


def answer(asked: Asked) -> Answer:
    if asked.path.startswith("/acme/orchestrator_/"):
        return velocity_answer(asked)
    told = next(
        told for pattern, told in ANSWERS if re.fullmatch(pattern, f"{asked.method} {asked.path.partition('?')[0]}")
    )
    saved = re.fullmatch(r"/api/v2/datapool/pool/entry/5", asked.path) and asked.method == "POST"
    return Answer({**ENTRY, **json.loads(asked.body)}) if saved else told


def velocity_answer(asked: Asked) -> Answer:
    """Answer by the path, with the name of the queue or of the secret at its end."""
    address = urlsplit(asked.path)
    name = dict(parse_qsl(address.query)).get("queue_name") or ""
    if address.path.endswith(("/queue-items/add", "/secrets/resolve")):
        name = asked.json.get("queue_name") or asked.json["name"]
    place = f"{asked.method} {unquote(address.path)}" + (f"/{name}" if name else "")
    return next(told for pattern, told in VELOCITY_ANSWERS if re.fullmatch(pattern, place))


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    """Yield a server that answers as that of the vendor does."""
    with answering(answer) as running:
        yield running


def conversation(server: Answering, command: list[str], script: str, *more: str) -> tuple[list[Any], list[Any]]:
    """Return what the server was asked, and what the script made of the answers."""
    server.asked.clear()
    done = subprocess.run(
        [*command, str(HERE / script), server.url, *more],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, str] = {}
    asked = [plain(one, seen) for one in server.asked if not IGNORED.fullmatch(f"{one.method} {one.path}")]
    return asked, json.loads(done.stdout)


def plain(asked: Asked, seen: dict[str, str]) -> tuple[Any, ...]:
    """Return a request without what two clients may do differently: order of the query, spelling, boundaries, times."""
    address = urlsplit(asked.path)
    headers = [asked.headers[name] for name in HEADERS]
    kind = (asked.headers["content-type"] or "").partition(";")[0]
    body: Any = asked.body
    if kind == "multipart/form-data":
        body = re.findall(rb'name="[^"]*"; filename="[^"]*"', asked.body), asked.body.count(b"a;b\r\n")
    elif asked.body:
        text = UUID.sub(lambda found: seen.setdefault(found[0], f"id {len(seen)}"), asked.body.decode())
        text = re.sub(r'(?<="duration_ms":)\s*\d+', "0", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", lambda found: re.sub(r"\d", "9", found[0]), text)
        body = json.loads(text) if kind == "application/json" else text
    return asked.method, unquote(address.path), sorted(parse_qsl(address.query)), headers, kind, body


@pytest.mark.parametrize(
    ("client", "ours", "script"),
    [
        ("botcity-0.9.1", "botyard.sdk.botcity", "wire_botcity.py"),
        ("botvelocity-2026.2.81610", "botyard.sdk.botvelocity", "wire_botvelocity.py"),
        ("maestro-client-1.0.1", "botyard.sdk.maestro_client", "wire_maestro_client.py"),
    ],
)
def test_requests_and_results_are_the_same(
    *, client: str, ours: str, script: str, server: Answering, client_command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "relatório.csv"
    file.write_bytes(b"a;b\r\n" * 10)
    more = (str(file),) if script == "wire_botcity.py" else ()
    asked, results = conversation(server, client_command(client), script, *more)
    own_asked, own_results = conversation(server, client_command(ours), script, *more)
    assert len(results) >= 40
    assert len(asked) >= 40
    assert [pair for pair in zip(asked, own_asked, strict=True) if pair[0] != pair[1]] == []
    assert [pair for pair in zip(results, own_results, strict=True) if pair[0] != pair[1]] == []
