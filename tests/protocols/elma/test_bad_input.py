"""Whatever is sent, the answer can be read by a caller that looks at the body only, and is never a fault of ours."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botyard.protocols.elma.routes import ROUTES
from tests.protocols.elma import seed
from tests.protocols.elma.conftest import Answer, Yard

PATHS = [route.path.removeprefix("/") for route in ROUTES.routes]
DOWNLOAD = "repository/task/download"
UNKNOWN = "5d5ec66f-357d-4c2d-bbc1-2012278d2362"

#: What may be wrong with a task, and a word that the answer must hold.
TASKS: list[tuple[Any, int, str]] = [
    (None, 400, "task"),
    ([], 400, "task"),
    ("x", 400, "task"),
    ({}, 400, "process"),
    ({"process": 7}, 400, "process"),
    ({"process": ""}, 400, "process"),
    ({"process": "a\0b"}, 400, "process"),
    ({"process": "nothing"}, 404, "nothing"),
    ({"process": seed.PROCESS}, 404, seed.PROCESS),
    ({"version": -1}, 400, "version"),
    ({"version": "1"}, 400, "version"),
    ({"version": True}, 400, "version"),
    ({"version": 1.0}, 400, "version"),
    ({"version": 2}, 404, "version 2"),
    ({"version": 2**70}, 404, "version"),
    ({"ctx": {"IntParam_in": 1}}, 400, "ctx"),
    ({"ctx": 5}, 400, "ctx"),
    ({"ctx": "nothing"}, 400, "ctx"),
    ({"ctx": "{"}, 400, "ctx"),
    ({"ctx": "[]"}, 400, "ctx"),
    ({"ctx": "null"}, 400, "ctx"),
    ({"ctx": '"{}"'}, 400, "ctx"),
    ({"ctx": '{"a": NaN}'}, 400, "ctx"),
    ({"ctx": "{}" + " " * 1024 * 1024}, 400, "ctx"),
    ({"ctx": '{"IntParam_in": 7.5}'}, 400, "IntParam_in"),
    ({"ctx": '{"IntParam_in": "7"}'}, 400, "IntParam_in"),
    ({"ctx": '{"intparam_IN": true}'}, 400, "IntParam_in"),
    ({"ctx": '{"DoubleParam_in": "1.5"}'}, 400, "DoubleParam_in"),
    ({"ctx": '{"BoolParam_in": 1}'}, 400, "BoolParam_in"),
    ({"ctx": '{"BoolParam_in": "true"}'}, 400, "BoolParam_in"),
    ({"ctx": '{"DateTimeParam_in": "yesterday"}'}, 400, "DateTimeParam_in"),
    ({"ctx": '{"DateTimeParam_in": 5}'}, 400, "DateTimeParam_in"),
    ({"ctx": '{"StringParam_in": 5}'}, 400, "StringParam_in"),
    ({"ctx": '{"FileParam_in": 5}'}, 400, "FileParam_in"),
    ({"ctx": '{"ArrayParam_in": "http://a/b"}'}, 400, "ArrayParam_in"),
    ({"ctx": '{"ArrayParam_in": [5]}'}, 400, "ArrayParam_in"),
    ({"priority": "URGENT"}, 400, "priority"),
    ({"priority": 1}, 400, "priority"),
    ({"callback": 5}, 400, "callback"),
    ({"callback": "ftp://a/b"}, 400, "callback"),
    ({"callback": "http://"}, 400, "callback"),
]


async def test_what_is_no_json_is_an_error_of_http(yard: Yard) -> None:
    for route in PATHS:
        for raw in (b"", b"{", b"\xff", b"NaN", b'{"a":1}{}', b"[" * 1000, b'{"a":"\\ud800"}', b"<a/>"):
            answer = await yard.send(route, raw)
            assert (answer.http, answer.body["status"]) == (400, 400), (route, raw)
            assert "JSON" in answer.body["ErrorMessage"]


async def test_a_body_that_is_too_large_is_an_error_of_http(yard: Yard) -> None:
    for route in PATHS:
        answer = await yard.send(route, {"auth_tkn": yard.token, "x": "x" * 5 * 1024 * 1024})
        assert (answer.http, answer.body["status"]) == (413, 413), route


async def test_an_unknown_route_is_an_error_of_http(yard: Yard) -> None:
    for route in ("", "orchestra", "orchestra/task", "orchestra/task/create/", "repository/task/x", "x", "%ff", "a//b"):
        answer = await yard.send(route, {"auth_tkn": yard.token})
        assert answer.http in (400, 404), route
        assert answer.body["status"] == answer.http
        assert answer.body["ErrorMessage"]


async def test_other_methods_are_an_error_of_http(yard: Yard, http: Any) -> None:
    for route in PATHS:
        reply = await asyncio.create_task(http.get(f"/v1/{route}"))
        assert reply.status_code == 405
        assert reply.json()["status"] == 405


async def test_json_that_is_no_object_is_told_in_the_body(yard: Yard) -> None:
    bodies: list[Any] = [[], 5, "x", None, True]
    for body in bodies:
        for route in PATHS:
            answer = await yard.send(route, json.dumps(body).encode())
            assert (answer.http, answer.body["status"]) == (400 if route == DOWNLOAD else 200, 400)


async def test_an_unknown_token(yard: Yard) -> None:
    tokens: list[Any] = [None, "", 5, [], {}, "x", UNKNOWN, UNKNOWN + "0", "\0", "0" * 32, "a" * 10_000]
    for token in tokens:
        for route in PATHS:
            answer = await yard.send(route, {"auth_tkn": token, "id": 1, "taskid": 1, "filename": "a", "task": {}})
            assert (answer.http, answer.body["status"]) == (401 if route == DOWNLOAD else 200, 401)
            assert "task" not in answer.body


async def test_each_fault_of_a_task_is_named_and_leaves_nothing(yard: Yard) -> None:
    for task, number, word in TASKS:
        whole = {"process": yard.process, **task} if isinstance(task, dict) and task else task
        answer = await yard.send("orchestra/task/create", {"auth_tkn": yard.token, "task": whole})
        assert (answer.http, answer.body["status"]) == (200, number), (task, answer.body)
        assert word in answer.body["ErrorMessage"], task
        assert list(answer.body) == ["status", "ErrorMessage"]
    assert await yard.tasks() == []


async def test_what_is_not_known_is_ignored_and_what_is_missing_has_a_meaning(yard: Yard) -> None:
    missing: dict[str, Any] = {"version": None, "ctx": None, "priority": None, "callback": None}
    empty: dict[str, Any] = {"ctx": "", "callback": ""}
    for task in ({}, missing, empty):
        extra: dict[str, Any] = {"id": 0, "status": "EMPTY_ST", "metrics": {}, "x": [1], "priority": "EMPTY_P", **task}
        answer = await yard.create(**extra)
        assert answer.body["status"] == 201, answer.body
    assert {task.parameters["IntParam_in"] for task in await yard.tasks()} == {None}


async def test_a_whole_task_object_names_the_task(yard: Yard) -> None:
    created = await yard.create()
    for body in (created.body, {"id": None, **created.body}, created.task):
        answer = await yard.send("orchestra/task/status", {"auth_tkn": yard.token, **body})
        assert answer.task["id"] == created.task["id"]


async def test_what_is_no_id(yard: Yard) -> None:
    ids: list[Any] = [None, "1", 1.5, True, [], {}, ""]
    for task_id in ids:
        for answer in (await yard.status(task_id), await yard.cancel(task_id), await yard.download(task_id, "a")):
            assert answer.body["status"] == 400
            assert "id" in answer.body["ErrorMessage"]


async def test_an_unknown_task(yard: Yard) -> None:
    ids: list[Any] = [0, -1, 955, 2**31, 2**63, 2**70, -(2**70)]
    for task_id in ids:
        for answer in (await yard.status(task_id), await yard.cancel(task_id)):
            assert (answer.http, answer.body) == (200, {"status": 404, "ErrorMessage": f"task {task_id} not found"})
        answer = await yard.download(task_id, "a")
        assert (answer.http, answer.body["status"]) == (404, 404)


async def test_what_is_no_file_name(yard: Yard) -> None:
    names: list[Any] = [None, "", 5, [], {}, True]
    for name in names:
        answer = await yard.download(await yard.made(), name)
        assert (answer.http, answer.body["status"]) == (400, 400)
        assert "filename" in answer.body["ErrorMessage"]


_KEYS = ["auth_tkn", "task", "id", "taskid", "filename", "page", "limit", "process", "version", "ctx", "callback"]
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from([seed.TOKEN, UNKNOWN, "{}", '{"IntParam_in": 1}', "HIGH", "a.txt"])
)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4)
)


async def test_no_body_is_a_fault_of_ours(yard: Yard) -> None:
    await yard.made()
    good = {
        "auth_tkn": yard.token,
        "id": 1,
        "taskid": 1,
        "filename": "a.txt",
        "page": 1,
        "limit": 1,
        "task": {"process": yard.process, "version": 0, "ctx": "{}", "priority": "LOW"},
    }
    loop = asyncio.get_running_loop()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(route=st.sampled_from(PATHS), key=st.sampled_from([*good, "", "task.*"]), value=_VALUES)
    def check(route: str, key: str, value: Any) -> None:
        body: Any = {**good, key: value} if key else value
        if key == "task.*":
            task = dict(value) if isinstance(value, dict) else {"ctx": value}
            body = {**good, "task": {**good["task"], **task}}  # type: ignore[dict-item]
        readable(asyncio.run_coroutine_threadsafe(yard.send(route, body), loop).result(30))

    await asyncio.to_thread(check)


def readable(answer: Answer) -> None:
    """Check that a caller that parses only the body knows what happened."""
    assert answer.http < 500, answer.raw.text
    assert 200 <= answer.body["status"] < 500, answer.raw.text
    assert ("ErrorMessage" in answer.body) == (answer.body["status"] >= 400 and "task" not in answer.body)
