"""Export requests by hand: who may send, where spans land, what is kept of them, and what nobody can do with them."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
import zlib
from typing import Any, NamedTuple

import httpx2
import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as checked
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from botyard.base.exceptions import BotyardError, Busy, Denied, Invalid
from botyard.base.settings import Settings
from botyard.core import access, credentials, tasks, traces
from botyard.core.access import Role
from botyard.core.audit import Origin
from botyard.core.credentials import checked_secrets
from botyard.core.tasks import AttemptRef
from botyard.core.vault import RootKeys
from botyard.protocols.otlp import encoding, jsonform, protobuf
from botyard.protocols.otlp.encoding import JSON, MAX_BODY, PROTOBUF
from botyard.protocols.otlp.errors import errors_of
from botyard.server.app import ROOT_KEY_FILE
from botyard.storage import Database, Tx
from botyard.web import Request
from botyard.web.errors import internal_error
from tests.support.work import lease_next, make_runner, make_task, make_workspace

PATH = "/api/v1/otlp/v1/traces"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class World(NamedTuple):
    """A task that a runner holds, one that never ran, and who may speak."""

    workspace_id: int
    attempt: str
    operator: str
    viewer: str
    stranger: str
    task_id: int
    waiting: int


@pytest.fixture
async def world(http: httpx2.AsyncClient, db: Database) -> World:
    del http

    def build(tx: Tx) -> World:
        now = db.now()
        workspace, other = make_workspace(tx, now=now), make_workspace(tx, now=now)
        task = make_task(tx, workspace, now=now)
        lease = lease_next(tx, workspace, make_runner(tx, workspace, now=now), now=now)
        waiting = make_task(tx, workspace, now=now)
        operator, viewer, stranger = (
            access.create_key(
                tx, workspace_id=each.id, name="k", role=role, owner="user:1", now=now, login=each.label
            ).text
            for each, role in ((workspace, Role.OPERATOR), (workspace, Role.VIEWER), (other, Role.ADMIN))
        )
        return World(workspace.id, lease.credential.text, operator, viewer, stranger, task.id, waiting.id)

    return await db.write(build)


def span(span_id: str = SPAN, **fields: Any) -> dict[str, Any]:
    return {"traceId": TRACE, "spanId": span_id, "name": "call", "startTimeUnixNano": "1000", **fields}


def request(*spans: dict[str, Any], **resource: Any) -> dict[str, Any]:
    pairs = [{"key": name, "value": value} for name, value in resource.items()]
    return {"resourceSpans": [{"resource": {"attributes": pairs}, "scopeSpans": [{"spans": list(spans)}]}]}


def said(token: str, kind: str = JSON, **headers: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}", "content-type": kind, **headers}


async def names(db: Database, world: World, task_id: int | None = None) -> list[str]:
    bars = await db.read(traces.bars, workspace_id=world.workspace_id, task_id=task_id or world.task_id)
    return sorted(bar.name for bar in bars)


async def test_only_whoever_reports_on_tasks_may_send(http: httpx2.AsyncClient, world: World, db: Database) -> None:
    body = request(span(), **{"botyard.task.id": {"intValue": str(world.task_id)}})
    for token, status in ((world.viewer, 403), ("nonsense", 401), (world.stranger, 400)):
        reply = await http.post(PATH, json=body, headers=said(token))
        assert (reply.status_code, reply.headers["content-type"]) == (status, JSON)
        assert set(reply.json()) == {"code", "message"}
    assert (await http.post(PATH, json=body)).status_code == 401
    assert await names(db, world) == []
    for token in (world.operator, world.attempt):
        reply = await http.post(PATH, json=body, headers=said(token))
        assert (reply.status_code, reply.json()) == (200, {})
    assert await names(db, world) == ["call"]


async def test_a_header_names_the_task_before_the_span_and_the_span_before_its_resource(
    http: httpx2.AsyncClient, world: World, db: Database
) -> None:
    here = {"intValue": world.task_id}
    wrong = {"stringValue": "987654321"}
    pointed = span("1" * 16, name="span", attributes=[{"key": "botyard.task.id", "value": here}])
    body = request(pointed, span("2" * 16), **{"botyard.task.id": wrong})
    reply = await http.post(PATH, json=body, headers=said(world.operator))
    told = reply.json()["partialSuccess"]
    assert (reply.status_code, told["rejectedSpans"]) == (200, "1")
    assert "987654321" in told["errorMessage"]
    assert await names(db, world) == ["span"]
    headed = said(world.operator, **{"x-botyard-task": str(world.task_id)})
    assert (await http.post(PATH, json=body, headers=headed)).json() == {}
    assert await names(db, world) == ["call", "span"]
    for task, status in (("x", 400), ("0", 400), (str(world.waiting), 400)):
        headed = said(world.operator, **{"x-botyard-task": task})
        reply = await http.post(PATH, json=body, headers=headed)
        assert reply.status_code == status, reply.text
    # An attempt reports on its own task, whatever is claimed.
    assert (
        await http.post(
            PATH, json=request(span("3" * 16, name="own"), **{"botyard.task.id": wrong}), headers=said(world.attempt)
        )
    ).json() == {}
    assert "own" in await names(db, world)


async def test_answers_and_errors_mirror_the_encoding(http: httpx2.AsyncClient, world: World) -> None:
    message = ExportTraceServiceRequest()
    sent = message.resource_spans.add().scope_spans.add().spans
    sent.add(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(SPAN), name="good")
    for trace_id, span_id in ((b"", b"12345678"), (bytes(16), b"12345678"), (b"x" * 16, b""), (b"x" * 16, bytes(8))):
        sent.add(trace_id=trace_id, span_id=span_id, name="bad")
    raw = message.SerializeToString()
    for packing, content in (
        ("identity", raw),
        ("gzip", gzip.compress(raw[:9], mtime=0) + gzip.compress(raw[9:], mtime=0)),
        ("deflate", zlib.compress(raw)),
    ):
        headers = said(world.attempt, PROTOBUF, **{"content-encoding": packing})
        reply = await http.post(PATH, content=content, headers=headers)
        assert (reply.status_code, reply.headers["content-type"]) == (200, PROTOBUF)
        partial = ExportTraceServiceResponse.FromString(reply.content).partial_success
        assert partial.rejected_spans == 4
        assert "2 × A trace id is not 16 bytes" in partial.error_message
    empty = await http.post(PATH, content=b"", headers=said(world.attempt, PROTOBUF))
    assert (empty.status_code, empty.content) == (200, b"")
    refused = await http.post(PATH, content=raw, headers=said("nonsense", PROTOBUF))
    assert (refused.status_code, refused.headers["content-type"], refused.content[:2]) == (401, PROTOBUF, b"\x08\x10")


@pytest.mark.parametrize(
    ("error", "status", "code", "after"),
    [
        (Busy("Full.", retry_after=2.5), 503, 14, "3"),
        (Busy("Too many.", code="rate_limited", retry_after=1), 429, 8, "1"),
        (Denied("No."), 403, 7, None),
        (internal_error(), 500, 13, None),
    ],
)
def test_only_what_may_pass_is_worth_another_try(
    error: BotyardError, status: int, code: int, after: str | None
) -> None:
    for kind in (PROTOBUF, JSON):
        scope = {"headers": [(b"content-type", kind.encode())]}
        answer = errors_of(Request(scope, None, None, "r1")).response(error, "r1")  # type: ignore[arg-type]
        assert (answer.status, answer.media_type.decode()) == (status, kind)
        assert dict(answer.headers).get(b"retry-after", b"").decode() == (after or "")
        if kind == JSON:
            assert json.loads(answer.body)["code"] == code
        else:
            assert answer.body[:2] == bytes([8, code])
            assert error.message.encode() in answer.body


@pytest.mark.parametrize(
    ("kind", "packing", "content", "status"),
    [
        (PROTOBUF, None, b"\xff\xff", 400),
        (PROTOBUF, "gzip", b"not gzip", 400),
        (PROTOBUF, "gzip", gzip.compress(b"x" * 100, mtime=0)[:-9], 400),
        (PROTOBUF, "gzip", gzip.compress(b"\0" * (MAX_BODY + 1)), 413),
        (PROTOBUF, "deflate", zlib.compress(b"\0" * (200 * 1024 * 1024)), 413),
        (PROTOBUF, "br", b"", 415),
        (PROTOBUF, None, b"\0" * (MAX_BODY + 1), 413),
        ("text/plain", None, b"", 415),
        (JSON, None, b"{", 400),
        (JSON, None, b"[]", 400),
        (JSON, None, b'{"resourceSpans": 5}', 400),
        (JSON, None, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "\\ud800"}]}]}]}', 400),
        (JSON, None, b'{"resourceSpans": ' + b"[" * 100_000, 400),
        (JSON, None, b"\xff\xfe", 400),
    ],
)
async def test_what_is_no_export_request_is_refused(
    http: httpx2.AsyncClient, world: World, *, kind: str, packing: str | None, content: bytes, status: int
) -> None:
    headers = said(world.attempt, kind) | ({"content-encoding": packing} if packing else {})
    reply = await http.post(PATH, content=content, headers=headers)
    assert reply.status_code == status, reply.text


async def test_an_unknown_part_of_a_json_request_is_passed_over(
    http: httpx2.AsyncClient, world: World, db: Database
) -> None:
    body = request(span(kind="SPAN_KIND_CLIENT", status=None, events=None, future={"a": [1]}, flags=257))
    assert (await http.post(PATH, json=body, headers=said(world.attempt))).json() == {}
    assert await names(db, world) == ["call"]


async def test_an_attempt_that_has_sent_its_share_has_the_rest_rejected(
    http: httpx2.AsyncClient, world: World, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botyard.core.traces.append.MAX_SPANS", 3)
    many = [span(f"{number:016x}") for number in range(1, 6)]
    told = (await http.post(PATH, json=request(*many), headers=said(world.attempt))).json()["partialSuccess"]
    assert (told["rejectedSpans"], len(await names(db, world))) == ("2", 3)


async def test_secrets_that_the_attempt_has_read_are_hidden_whoever_sends_the_span(
    http: httpx2.AsyncClient, world: World, db: Database, settings: Settings
) -> None:
    def read(tx: Tx) -> None:
        where: dict[str, Any] = {
            "root_keys": RootKeys(settings.data / ROOT_KEY_FILE),
            "workspace_id": world.workspace_id,
            "label": "bank",
            "now": db.now(),
        }
        (attempt,) = tasks.attempts_of(tx, workspace_id=world.workspace_id, task_id=world.task_id)
        ref = AttemptRef(id=attempt.id, task_id=world.task_id, epoch=attempt.epoch)
        origin = Origin(workspace_id=world.workspace_id, actor="attempt:1/1", address="local", request_id="r")
        credentials.create(tx, secrets=checked_secrets({"pin": "canary-5"}.items()), actor="u", **where)
        credentials.reveal(tx, key=None, attempt=ref, origin=origin, **where)

    await db.write(read)
    told = {"stringValue": "it is canary-5"}
    sent = span(
        name="canary-5",
        status={"code": 2, "message": "canary-5 failed"},
        attributes=[{"key": "input.value", "value": told}, {"key": "note", "value": told}],
        events=[{"name": "canary-5", "attributes": [{"key": "pin", "value": told}]}],
    )
    for token, header in ((world.attempt, {}), (world.operator, {"x-botyard-task": str(world.task_id)})):
        assert (await http.post(PATH, json=request(sent), headers=said(token, **header))).json() == {}
        where: dict[str, Any] = {"workspace_id": world.workspace_id, "task_id": world.task_id, "epoch": 1}
        kept = await db.read(traces.get, span_id=SPAN, **where)
        assert "canary" not in repr(kept)
        assert kept.input == "it is [secret]"


async def test_large_requests_are_kept_and_too_many_spans_are_rejected(
    http: httpx2.AsyncClient, world: World, db: Database
) -> None:
    many = [span(f"{number:016x}") for number in range(1, 10_003)]
    reply = await http.post(PATH, json=request(*many), headers=said(world.attempt))
    assert reply.json()["partialSuccess"]["rejectedSpans"] == "2"
    assert len(await names(db, world)) == 10_000


async def test_a_span_hangs_below_the_span_of_another_dialect_that_it_names(
    http: httpx2.AsyncClient, world: World, db: Database
) -> None:
    other = "11111111-2222-4333-8444-555555555555"
    body = request(span(attributes=[{"key": "botyard.parent.span.id", "value": {"stringValue": other}}]))
    assert (await http.post(PATH, json=body, headers=said(world.attempt))).json() == {}
    (bar,) = await db.read(traces.bars, workspace_id=world.workspace_id, task_id=world.task_id)
    assert bar.parent_id == other


def nested(tag: int, content: bytes) -> bytes:
    """Return a field of protobuf that holds another message."""
    length, made = len(content), bytearray([tag])
    while length > 0x7F:
        made.append(length & 0x7F | 0x80)
        length >>= 7
    made.append(length)
    return bytes(made) + content


HALF = MAX_BODY // 2 - 50
BOMBS = {
    "resources": b"\x0a\x00" * HALF,
    "scopes": nested(0x0A, b"\x12\x00" * HALF),
    "spans": nested(0x0A, nested(0x12, b"\x12\x00" * HALF)),
    "events": nested(0x0A, nested(0x12, nested(0x12, b"\x5a\x00" * HALF))),
    "attributes": nested(0x0A, nested(0x12, nested(0x12, b"\x4a\x00" * HALF))),
    "values": nested(0x0A, nested(0x0A, nested(0x0A, nested(0x12, nested(0x2A, b"\x0a\x00" * HALF))))),
}
JSON_BOMBS = {
    "resources": b'{"resourceSpans": [' + b"{}," * (MAX_BODY // 4) + b"{}]}",
    "spans": b'{"resourceSpans": [{"scopeSpans": [{"spans": [' + b"{}," * 900_000 + b"{}]}]}]}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_body_of_very_many_parts_is_refused_before_it_fills_the_memory(name: str) -> None:
    began = time.process_time()
    with pytest.raises(Invalid):
        encoding.decode(PROTOBUF, "gzip", gzip.compress(BOMBS[name], 1, mtime=0))
    assert time.process_time() - began < 10


@pytest.mark.parametrize("tail", [b"", b"\x0b", b"\xff" * 11, b"\x0a", b"\x0a\xff\xff\xff\x7f", b"\x09\x00"])
def test_a_large_body_is_looked_through_before_it_is_decoded(tail: bytes) -> None:
    sent = Span(trace_id=b"a" * 16, span_id=b"b" * 8, name="n" * 600_000)
    sent.attributes.add(key="k").value.array_value.values.add().kvlist_value.values.add(key="x")
    sent.events.add(name="e", time_unix_nano=2**63)
    raw = nested(0x0A, nested(0x12, nested(0x12, sent.SerializeToString())))
    if tail:
        with pytest.raises(Invalid):
            encoding.decode(PROTOBUF, "identity", raw + tail)
    else:
        assert encoding.decode(PROTOBUF, "identity", raw).spans[0].attributes == {"k": [{"x": None}]}


@pytest.mark.parametrize("name", JSON_BOMBS)
def test_a_json_text_of_very_many_parts_is_read_in_moments(name: str) -> None:
    began = time.process_time()
    with contextlib.suppress(Invalid):
        encoding.decode(JSON, "identity", JSON_BOMBS[name])
    assert time.process_time() - began < 10


VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers(-(2**63), 2**63 - 1)
    | strategies.floats()
    | strategies.text(max_size=20)
    | strategies.binary(max_size=20),
    lambda inner: strategies.lists(inner, max_size=4) | strategies.dictionaries(strategies.text(max_size=5), inner),
    max_leaves=12,
)


def any_value(value: Any) -> AnyValue:
    if value is None:
        return AnyValue()
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=map(any_value, value)))
    if isinstance(value, dict):
        pairs = [KeyValue(key=key, value=any_value(item)) for key, item in value.items()]
        return AnyValue(kvlist_value=KeyValueList(values=pairs))
    kinds = {int: "int_value", float: "double_value", str: "string_value", bytes: "bytes_value"}
    return AnyValue(**{kinds[type(value)]: value})


@given(values=strategies.dictionaries(strategies.text(max_size=8), VALUES, max_size=5), numbers=strategies.data())
def test_both_encodings_say_the_same(values: dict[str, Any], numbers: strategies.DataObject) -> None:
    moments = strategies.integers(0, 2**64 - 1)
    sent = Span(
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex(SPAN),
        parent_span_id=numbers.draw(strategies.sampled_from([b"", bytes(8), b"12345678"])),
        name=numbers.draw(strategies.text(max_size=10)),
        kind=numbers.draw(strategies.integers(0, 5)),  # type: ignore[arg-type]
        start_time_unix_nano=numbers.draw(moments),
        end_time_unix_nano=numbers.draw(moments),
        attributes=[KeyValue(key=key, value=any_value(value)) for key, value in values.items()],
    )
    message = ExportTraceServiceRequest()
    message.resource_spans.add().scope_spans.add().spans.append(sent)
    whole = MessageToDict(message, use_integers_for_enums=True)
    for each in whole["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        each.update(traceId=TRACE, spanId=SPAN)
        if "parentSpanId" in each:
            each["parentSpanId"] = sent.parent_span_id.hex()
    assert jsonform.decode(json.dumps(whole).encode()) == protobuf.decode(message.SerializeToString())


@checked(suppress_health_check=[HealthCheck.too_slow])
@given(strategies.binary(max_size=300), strategies.sampled_from([JSON, PROTOBUF]))
def test_bytes_of_any_kind_are_read_or_refused(raw: bytes, kind: str) -> None:
    for packing in ("identity", "gzip", "deflate"):
        try:
            encoding.decode(kind, packing, raw)
        except Invalid:
            continue
