"""Logging in and off, and what becomes of answers that a server should not give."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from botyard.sdk import transport
from botyard.sdk.botcity import BotMaestroSDK, Column, DataPool, DataPoolEntry
from botyard.sdk.failures import HTTPError, Unreachable
from tests.support.answering import Answer, Answering, Asked, answering
from tests.support.processes import free_port

ENTRY = {"id": "5", "dataPoolLabel": "pool", "state": "PROCESSING", "values": {"n": 1}}


class Portal:
    """Answers a session, and everything else with what a test says."""

    def __init__(self) -> None:
        self.version: Any = {"version": "4.0.0"}
        self.login = Answer({"accessToken": "t0ken", "organizationLabel": "acme"})
        self.rest: Callable[[Asked], Answer] = lambda _: Answer({})

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/api/v2/maestro/version":
            return self.version if isinstance(self.version, Answer) else Answer(self.version)
        if asked.path == "/api/v2/workspace/login":
            return self.login if asked.method == "POST" else Answer(b"", 204)
        return self.rest(asked)


@pytest.fixture
def portal() -> Portal:
    """Return what is answered."""
    return Portal()


@pytest.fixture
def server(portal: Portal) -> Iterator[Answering]:
    """Yield the server."""
    with answering(portal) as running:
        yield running
    transport.close()


@pytest.fixture
def sdk(server: Answering) -> BotMaestroSDK:
    """Return a session that is logged in."""
    opened = BotMaestroSDK(f"{server.url}/", "acme", "key")
    opened.login()
    server.asked.clear()
    return opened


def test_a_login_asks_for_the_version_first(server: Answering) -> None:
    sdk = BotMaestroSDK()
    sdk.login(server=server.url.removeprefix("http://"), login="acme", key="key")
    assert server.calls == ["GET /api/v2/maestro/version", "POST /api/v2/workspace/login"]
    assert server.asked[1].json == {"login": "acme", "key": "key"}
    assert (sdk.server, sdk.access_token, sdk.version, sdk.is_online) == (server.url, "t0ken", "4.0.0", True)


def test_a_login_that_is_refused_tells_what_the_server_said(portal: Portal, server: Answering) -> None:
    for answer in (
        Answer({"message": "wrong key"}, 401),
        Answer({"message": "wrong key"}),
        Answer(b"wrong key", 200),
        Answer(["wrong key"], 200),
    ):
        portal.login = answer
        with pytest.raises(ValueError, match=f"{answer.status}.*wrong key"):
            BotMaestroSDK(server.url, "acme", "key").login()


@pytest.mark.parametrize("answer", [Answer({}, 500), Answer(b"<html>"), Answer({"date": "today"}), Answer([])])
def test_a_server_without_a_version_is_an_error_unless_that_is_fine(
    answer: Answer, portal: Portal, server: Answering
) -> None:
    portal.version = answer
    with pytest.raises((ValueError, HTTPError)):
        BotMaestroSDK(server.url, "acme", "key").login()
    relaxed = BotMaestroSDK(server.url, "acme", "key")
    relaxed.RAISE_NOT_CONNECTED = False
    relaxed.login()
    assert (relaxed.version, relaxed.access_token) == ("999.0.0", "t0ken")


def test_a_server_that_is_away_is_an_error_of_the_login() -> None:
    relaxed = BotMaestroSDK(f"http://127.0.0.1:{free_port()}", "acme", "key")
    relaxed.RAISE_NOT_CONNECTED = False
    with pytest.raises(Unreachable):
        relaxed.login()
    assert relaxed.version == "999.0.0"


def test_logging_off_revokes_the_token(sdk: BotMaestroSDK, server: Answering) -> None:
    sdk.logoff()
    assert server.calls == ["DELETE /api/v2/workspace/login"]
    assert server.asked[0].headers["token"] == "t0ken"
    assert sdk.access_token is None
    sdk.logoff()
    assert len(server.asked) == 1


def test_logging_off_never_fails() -> None:
    sdk = BotMaestroSDK(f"http://127.0.0.1:{free_port()}")
    sdk.access_token = "t0ken"
    sdk.logoff()
    assert sdk.access_token is None


def test_arguments_of_a_runner_make_a_session(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    for extra, organization in ((["acme", "more"], "acme"), ([], "")):
        monkeypatch.setattr(sys, "argv", ["bot.py", f"{server.url}/", "7", "t0ken", *extra])
        sdk = BotMaestroSDK.from_sys_args()
        assert (sdk.server, sdk.task_id, sdk.access_token) == (server.url, "7", "t0ken")
        assert (sdk.organization, sdk.version) == (organization, "4.0.0")
    monkeypatch.setattr(sys, "argv", ["bot.py"])
    assert BotMaestroSDK.from_sys_args().is_online is False
    by_hand = BotMaestroSDK.from_sys_args(server.url, "acme", "key")
    assert (by_hand.access_token, by_hand.task_id) == ("t0ken", 0)


def test_a_call_carries_token_and_organization(sdk: BotMaestroSDK, portal: Portal, server: Answering) -> None:
    portal.rest = lambda _: Answer({"id": 1, "state": "START"})
    assert sdk.create_task("a b", None).state == "START"
    (asked,) = server.asked
    assert (asked.headers["token"], asked.headers["organization"]) == ("t0ken", "acme")
    assert asked.json == {"activityLabel": "a b", "test": False, "parameters": None, "priority": 0}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer({"message": "No such task"}, 404), "404. No such task"),
        (Answer(b"gone", 502), "502. gone"),
        (Answer(["gone"], 500), r"500. \[\"gone\"\]"),
    ],
)
def test_a_refusal_is_a_value_error_whatever_its_body(
    answer: Answer, told: str, sdk: BotMaestroSDK, portal: Portal
) -> None:
    portal.rest = lambda _: answer
    calls: tuple[Callable[[], Any], ...] = (
        lambda: sdk.get_task(1),
        lambda: sdk.alert(1, "t", "m", "INFO"),
        lambda: sdk.message([], [], "s", "b", "TEXT"),
        lambda: sdk.new_log("l", [Column("n", "l", 1)]),
        lambda: sdk.get_log("l"),
        lambda: sdk.delete_log("l"),
        sdk.list_artifacts,
        lambda: sdk.get_artifact(1),
        lambda: sdk.error(1, ValueError("x")),
        lambda: sdk.get_credential("l", "k"),
    )
    for call in calls:
        with pytest.raises(ValueError, match=told):
            call()


def test_a_refused_download_is_not_taken_for_the_file(sdk: BotMaestroSDK, portal: Portal) -> None:
    refused = Answer({"message": "not yours"}, 403)
    portal.rest = lambda asked: refused if asked.path.endswith("/file") else Answer({"fileName": "a.txt"})
    with pytest.raises(ValueError, match=r"403\. not yours"):
        sdk.get_artifact(1)


def test_a_refused_page_is_not_left_out(sdk: BotMaestroSDK, portal: Portal) -> None:
    pages = iter([Answer({"content": [{"id": 1}], "totalPages": 2}), Answer({"message": "busy"}, 503)])
    portal.rest = lambda _: next(pages)
    with pytest.raises(ValueError, match=r"503\. busy"):
        sdk.list_artifacts()


def test_a_row_without_a_column_is_read(sdk: BotMaestroSDK, portal: Portal) -> None:
    columns = {"columns": [{"label": "a", "name": "A"}, {"label": "b", "name": "B"}]}
    portal.rest = lambda asked: Answer([{"columns": {"a": 1}}]) if "entry-list" in asked.path else Answer(columns)
    assert sdk.get_log("log", date="01/02/2026") == [{"A": 1, "B": ""}]


def test_labels_may_have_any_characters(sdk: BotMaestroSDK, server: Answering) -> None:
    sdk.new_log_entry("a/b ?#%ç", {})
    assert server.calls == ["POST /api/v2/log/a%2Fb%20%3F%23%25%C3%A7/entry"]


def test_the_name_of_a_file_gets_its_ending(
    sdk: BotMaestroSDK, portal: Portal, server: Answering, tmp_path: Path
) -> None:
    file = tmp_path / "relatório.csv"
    file.write_bytes(b"a;b")
    portal.rest = lambda _: Answer({"id": 7})
    sdk.post_artifact(1, "Results", str(file))
    made, sent = server.asked
    assert made.json == {"taskId": 1, "name": "Results.csv", "filename": "Results.csv"}
    assert sent.path == "/api/v2/artifact/log/7"
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="Results.csv"' in sent.body
    assert b"\r\n\r\na;b\r\n" in sent.body


def test_what_a_server_says_of_an_entry_is_taken(sdk: BotMaestroSDK, portal: Portal) -> None:
    portal.rest = lambda asked: Answer(ENTRY if asked.path.endswith("/pull") else {**ENTRY, "state": "PENDING"})
    pool = DataPool("pool", maestro=sdk)
    entry = pool.next(task_id=9)
    assert entry is not None
    assert (entry.state, entry.task_id) == ("PROCESSING", "9")
    assert entry.save().state == "PENDING"  # the server put it back
    added = pool.create_entry(DataPoolEntry(values={"n": 2}))
    assert added.maestro is sdk


def test_a_new_datapool_knows_its_id_and_an_inactive_one_says_so(sdk: BotMaestroSDK, portal: Portal) -> None:
    portal.rest = lambda _: Answer({"id": "12", "label": "pool", "active": False, "schema": None})
    made = DataPool("pool")
    assert sdk.create_datapool(made) is made
    assert made.datapool_id == "12"
    assert sdk.get_datapool("pool").active is False


def test_a_datapool_that_is_refused_raises_an_http_error(sdk: BotMaestroSDK, portal: Portal) -> None:
    portal.rest = lambda _: Answer({"message": "no"}, 409)
    pool = DataPool("pool", maestro=sdk)
    entry = DataPoolEntry(maestro=sdk, datapool_label="pool", entry_id="1")
    calls: tuple[Callable[[], Any], ...] = (
        lambda: sdk.create_datapool(pool),
        lambda: sdk.get_datapool("pool"),
        lambda: pool.next(1),
        pool.summary,
        pool.activate,
        entry.save,
        lambda: sdk.update_credential("l", "k", "v"),
    )
    for call in calls:
        with pytest.raises(HTTPError, match=r"409 Client Error: Conflict for url: .* no$") as refused:
            call()
        assert refused.value.response.status_code == 409
