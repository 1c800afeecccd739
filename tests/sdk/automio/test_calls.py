"""What our client makes of answers, failures and refusals; it never waits in vain and never ends the program."""

from __future__ import annotations

import base64
import datetime as dt
import decimal
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from botyard.sdk.automio import (
    ActionsApi,
    ApiClient,
    Configuration,
    GraphQLRequest,
    IntegrationAccessDeniedError,
    IntegrationAccessError,
)
from botyard.sdk.automio.exceptions import (
    ApiException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    ServiceTimeout,
    ServiceUnreachable,
)
from botyard.sdk.automio.wrapper import API, GraphqlException
from tests.support.peer import Peer

REFUSED = {"detail": "The token does not hold.", "error": "The token does not hold.", "code": "denied"}
ANSWER = {"status_code": 200, "text": "{}", "headers": {"X-A": "b"}, "url": "https://other.example/x", "ok": True}
CALLED = {"api_data": {"n": 1}, "api_response": ANSWER, "connection_id": 12}


def stream(api: API, **given: Any) -> list[dict[str, Any]]:
    return list(api.integrations.parallel_call_stream("x", "GET", "/y", [{}], **given))


def events(*values: Any) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(value, ensure_ascii=False).encode() for value in values)


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refusal_is_raised_at_once(api: API, peer: Peer, status: int) -> None:
    peer.prepare((status, REFUSED))
    kind = IntegrationAccessError if status == 402 else IntegrationAccessDeniedError
    for refused in (
        lambda: api.integrations.call("x", "POST", "/y"),
        lambda: stream(api),
        lambda: api.integrations.parallel_call("x", "GET", "/y", [{}]),
        lambda: api.integrations.parallel_call_for_connection("x", "GET", "/y", [{}], 1),
    ):
        with pytest.raises(kind, match="token does not hold") as caught:
            refused()
        assert (caught.value.status, caught.value.code) == (status, "denied")
        assert type(caught.value) is kind
    for plain in (api.actions.list, lambda: list(api.actions.stream_logs("t")), lambda: api.actions.run(1)):
        with pytest.raises(ApiException, match="token does not hold") as raised:
            plain()
        assert raised.value.status == status
    assert "token does not hold" in api.notify_me("a", "b")
    assert len(peer.seen) == 8


def test_the_other_systems_refusal_is_an_answer(api: API, peer: Peer) -> None:
    peer.prepare((403, {"detail": "no", "api_response": {**ANSWER, "status_code": 403, "ok": False}}))
    data, response = api.integrations.call("x", "GET", "/y")
    assert (data, response.status_code) == (None, 403)


def test_a_call_that_only_reads_is_sent_again(api: API, peer: Peer, hasty: None) -> None:
    peer.prepare((0, None), (503, {"detail": "busy"}), (200, CALLED))
    data, response = api.integrations.call("x", "GET", "/y")
    assert (data, response.headers, response.url) == ({"n": 1}, {"X-A": "b"}, ANSWER["url"])
    assert api.integrations.connection_id == 12
    assert len(peer.seen) == 3


def test_a_call_that_changes_something_is_sent_again_under_a_key_only(api: API, peer: Peer, hasty: None) -> None:
    when = {"when": dt.datetime(2026, 1, 2, 3)}  # noqa: DTZ001
    peer.prepare((0, None))
    with pytest.raises(ServiceUnreachable):
        api.integrations.call("x", "POST", "/y", json=when)
    peer.prepare((503, {"detail": "busy"}))
    with pytest.raises(ServiceException):
        api.integrations.call("x", "POST", "/y", json=when)
    assert len(peer.seen) == 2
    assert "idempotency-key" not in peer.heads[-1]
    peer.prepare((0, None), (503, {"detail": "busy"}), (200, CALLED))
    assert api.integrations.call("x", "POST", "/y", json=when, idempotency_key="k")[0] == {"n": 1}
    assert [head["idempotency-key"] for head in peer.heads[2:]] == ["k"] * 3
    assert json.loads(peer.seen[-1][3])["data"] == {"when": "2026-01-02T03:00:00"}


def test_a_mail_is_not_sent_twice(api: API, peer: Peer, hasty: None) -> None:
    peer.prepare((500, {"detail": "broken"}))
    assert "broken" in api.notify_me("a", None, "<p>b</p>")
    peer.prepare((0, None))
    with pytest.raises(ServiceUnreachable):
        api.notify_me("a", "b")
    assert len(peer.seen) == 2
    with pytest.raises(ValueError, match="Give a text"):
        api.notify_me("a", "")


def test_a_lost_connection_is_replaced_for_calls_that_only_read(api: API, peer: Peer) -> None:
    peer.prepare((0, None), (200, {"count": 0, "results": []}))
    assert api.integrations.get_integrations(page=2).results == []
    assert [seen[1] for seen in peer.seen] == ["/api/integrations/?page=2"] * 2


def test_a_busy_server_says_when_to_come_back(api: API, peer: Peer) -> None:
    peer.answers = [(429, {"detail": "later"}, {"Retry-After": "0"}), (200, [], {})]
    assert api.plugins.get_list("a b/c") == []
    assert peer.seen[-1][1] == "/api/plugins/plugins/get_list/a%20b%2Fc/"


def test_a_server_that_is_not_there_is_an_error_of_the_system(monkeypatch: pytest.MonkeyPatch, hasty: None) -> None:
    monkeypatch.setenv("API_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CACHE_SERVICE_URL", "http://127.0.0.1:1")
    api = API()
    for call in (api.integrations.get_integrations, lambda: api.integrations.call("x", "POST", "/")):
        with pytest.raises(OSError, match="could not be reached") as caught:
            call()
        assert isinstance(caught.value, ServiceUnreachable)
        assert isinstance(caught.value, requests.ConnectionError)
        assert caught.value.status == 0


def test_a_call_may_have_its_own_time(api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts connections and says nothing
        monkeypatch.setenv("API_BASE_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(ServiceTimeout):
            api.plugins.get_list("x", _request_timeout=(5.0, 0.2))
        assert time.monotonic() - began < 2


def test_a_missing_integration_or_account_does_not_end_the_program(api: API, peer: Peer) -> None:
    peer.prepare((404, {"detail": "none"}))
    with pytest.raises(IntegrationAccessDeniedError, match="There is no integration 'x'") as caught:
        api.integrations.get_integration("x")
    assert isinstance(caught.value.__cause__, NotFoundException)
    peer.prepare((200, {"integration_id": "x", "name": "X", "version": "1", "connected_accounts": []}))
    with pytest.raises(IntegrationAccessDeniedError, match="No account of the integration 'x'"):
        api.integrations.get_integration("x", 7)
    assert peer.seen[-1][1] == "/api/integrations/x/?connection_id=7"
    assert peer.heads[-1]["x-app-id"] == "130"


def test_what_is_no_answer_of_the_platform_is_handed_on(api: API, peer: Peer, hasty: None) -> None:
    peer.answers = [(404, b"<p>lost</p>", {"Content-Type": "text/html"})]
    data, response = api.integrations.call("x", "GET", "/y")
    assert (data, response.status_code, response.text, response.ok) == (None, 404, "<p>lost</p>", False)
    peer.prepare((404, {"detail": "There is no such thing."}))
    with pytest.raises(NotFoundException, match="no such thing") as caught:
        api.integrations.call("x", "GET", "/y")
    assert caught.value.body is not None
    assert caught.value.data.detail == "There is no such thing."
    peer.prepare((200, [1]))
    for call in (lambda: api.integrations.call("x", "GET", "/y"), api.integrations.get_integrations):
        with pytest.raises(ApiException, match="not understood"):
            call()
    peer.prepare((500, {"detail": "broken"}))
    with pytest.raises(ServiceException):
        api.integrations.get_integrations()


def test_bytes_come_in_the_form_that_json_gives_them(api: API, peer: Peer) -> None:
    peer.answers = [(200, b"%PDF\xff", {"Content-Type": "application/pdf"})]
    data, response = api.integrations.call("x", "GET", "/label")
    assert (data["content_type"], base64.b64decode(data["data"])) == ("application/pdf", b"%PDF\xff")
    assert (response.text, response.ok) == ("", True)


def test_bytes_of_a_real_server_keep_their_status_and_headers(variables: dict[str, str]) -> None:
    with API() as api:
        for method in ("GET", "POST"):
            data, response = api.integrations.call("github", method, "/label/pdf", json={}, idempotency_key=method)
            assert (data["content_type"], base64.b64decode(data["data"])) == ("application/pdf", b"%PDF")
            assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf")
        assert api.actions.list()[0].slug == "nightly"
        run = api.actions.run("nightly")
        assert api.actions.run_status(run.run_id).status.value in ("pending", "running")
        assert api.actions.runStatus(str(run.run_id)).progress in (None, 0)


def test_files_go_with_all_that_belongs_to_the_call(api: API, peer: Peer, tmp_path: Any) -> None:
    peer.prepare((200, CALLED))
    (tmp_path / "ü.txt").write_bytes(b"of a file")
    with (tmp_path / "ü.txt").open("rb") as file:
        given = {"a": file, "b": ("b.bin", b"\x00", "application/x-b"), "c": "text"}
        api.integrations.call("x", "POST", "/y", files=given, headers={"X-A": "1"}, params={"p": [1]}, data={"d": {}})
    body = peer.seen[-1][3]
    for part in (
        b'{"X-A":"1"}',
        b'{"p":[1]}',
        b'{"d":{}}',
        b"of a file",
        b'name="b"; filename="b.bin"',
        b'filename="c"',
    ):
        assert part in body, body
    assert peer.heads[-1]["content-type"].startswith("multipart/form-data")


def test_unknown_keywords_are_left_out_and_logged(api: API, peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    peer.prepare((200, CALLED))
    api.integrations.call("x", "GET", "/y", url_params={"a": 1})
    assert "url_params" in caplog.text


def test_a_stream_yields_what_comes_and_names_what_is_wrong(api: API, peer: Peer) -> None:
    text = "Å … \u2028 \x85"
    first = {"index": 1, "total": 2, "connection_id": 7, "response": {"api_data": text, "api_response": ANSWER}}
    peer.prepare(
        (200, b": hi\n\ndata: {nonsense\n\n" + events(first, {"completed": True, "total_processed": 2}, first))
    )
    one, last = stream(api, params={"a": 1}, connection_id=3)
    assert (one["data"], one["response"].url, one["index"], one["total"]) == (text, ANSWER["url"], 1, 2)
    assert last == {"final": True, "total_processed": 2}
    assert api.integrations.connection_id == 7
    assert peer.seen[-1][1] == "/api/integrations/x/parallel_call/?connection_id=3"
    peer.prepare((200, events({"detail": "The account is gone."})))
    with pytest.raises(ApiException, match="account is gone"):
        stream(api)


def test_a_stream_that_breaks_off_is_no_stream_that_ends(api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    event = events({"index": 0, "total": 2, "response": {"api_data": 1, "api_response": ANSWER}})
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    def answer(listener: socket.socket) -> None:
        with listener.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(head + b"%x\r\n%s\r\n" % (len(event), event))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("API_BASE_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        found = api.integrations.parallel_call_stream("x", "GET", "/y", [{}, {}])
        assert next(found)["data"] == 1
        with pytest.raises(ServiceUnreachable, match="broke off"):
            next(found)
        thread.join()


def test_many_calls_answer_in_order_and_need_no_ids(api: API, peer: Peer) -> None:
    answers = [{"api_data": 1, "api_response": ANSWER, "connection_id": "12", "organization_id": "x"}, {"api_data": 2}]
    peer.prepare((200, {"responses": answers, "connections_used": {}}))
    one, two = api.integrations.parallel_call("x", "GET", "/y", [{"connection_id": 12}, {}], table="t", params={"a": 1})
    assert (one.api_data, one.connection_id, one.organization_id) == (1, 12, None)
    assert [two.api_data, two.api_response] == [2, None]
    sent = json.loads(peer.seen[-1][3])
    assert sent["data_list"] == [{"connection_id": "12"}, {}]
    assert sent["request_params"] == {"a": 1}
    peer.prepare((200, {"responses": [], "connection_id": "12"}))
    assert api.integrations.parallel_call_for_connection("x", "GET", "/y", [], "a@b.c", 1) == []
    assert api.integrations.connection_id == "12"


def test_rows_carry_the_account_unless_they_have_one(api: API, peer: Peer) -> None:
    peer.prepare((200, {"data": {}}))
    rows = [{"a": 1}, {"a": 2, "connection_id": 9}, "x"]
    api.tables.graphql("orders", "mutation", {"objects": rows})
    assert json.loads(peer.seen[-1][3])["variables"] == {"objects": rows}
    api.integrations.connection_id = 12
    request = GraphQLRequest(query="mutation", variables={"objects": rows, "n": decimal.Decimal("1.50")})
    api.tables.graphql("orders", graph_ql_request=request)
    sent = json.loads(peer.seen[-1][3])["variables"]
    assert sent == {"objects": [{"a": 1, "connection_id": 12}, {"a": 2, "connection_id": 9}, "x"], "n": "1.50"}
    assert rows[0] == {"a": 1}
    for variables in ({"data": {"a": 1}}, {"text": "t"}, {}, None):
        api.tables.graphql("orders", "query", variables)
        assert json.loads(peer.seen[-1][3]).get("variables") == variables
    assert peer.seen[-1][1] == "/api/apps/graphql/?app=130&table=orders"


def test_what_is_wrong_with_a_query_is_returned_or_raised(
    api: API, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.prepare((200, {"errors": [{"message": "no field", "path": ["a", 0], "extensions": {"code": "c"}}]}))
    request = GraphQLRequest(query="{ a }")
    (error,) = api.tables.apps_graphql_query("acme/shop", "orders", request).errors or []
    assert (error.message, error.extensions, peer.seen[-1][1]) == (
        "no field",
        {"code": "c"},
        "/api/apps/graphql/?app=acme%2Fshop&table=orders",
    )
    with pytest.raises(GraphqlException) as caught:
        api.tables.graphql("orders", "{ a }")
    assert caught.value.args[1][0].message == "no field"
    with pytest.raises(ValueError, match="Give a query"):
        api.tables.graphql("orders")
    with pytest.raises(ValueError, match="JSON"):
        api.tables.graphql("orders", "{ a }", {"n": float("nan")})
    monkeypatch.delenv("APP_ID")
    with pytest.raises(ValueError, match="APP_ID is not set"):
        api.tables.graphql("orders", "{ a }")


def test_a_tag_is_returned_whole(api: API, peer: Peer) -> None:
    peer.prepare((201, {"tag": {"id": 1, "name": "urgent"}, "_id": "1", "name": "urgent"}))
    assert api.tables.create_tag("orders", "urgent")["id"] == 1
    assert peer.seen[-1][1::2] == ("/api/apps/table-tags/130/orders/add/", b'{"name":"urgent"}')


def test_the_answer_around_a_value_can_be_asked_for(peer: Peer) -> None:
    peer.prepare((200, [{"name": "Sync", "action_type": "app_action", "later": 1}]))
    configuration = Configuration(f"{peer.url}/", {"knoxApiToken": "App-Token other"})
    with ApiClient(configuration, "X-All", "1") as client:
        answer = ActionsApi(client).actions_list_with_http_info(_headers={"X-Once": "2"})
    assert (answer.status_code, answer.data[0].name, answer.raw_data[:1]) == (200, "Sync", b"[")
    assert peer.seen[-1][2] == "App-Token other"
    assert (peer.heads[-1]["x-all"], peer.heads[-1]["x-once"]) == ("1", "2")
    assert "other" not in repr(configuration)


def test_the_variables_count_when_a_call_is_made(api: API, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    peer.prepare((403, REFUSED))
    monkeypatch.setenv("APP_TOKEN", "another")
    with pytest.raises(ForbiddenException):
        api.plugins.get_plugins("x")
    assert peer.seen[-1][2] == "App-Token another"
    assert api.configuration.api_key["knoxApiToken"] == "App-Token another"


def test_threads_share_a_client(api: API, peer: Peer) -> None:
    peer.prepare((200, CALLED))
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: api.integrations.call("x", "POST", "/y", json={"n": n}), range(64)))
    assert [data for data, _ in found] == [{"n": 1}] * 64
    assert sorted(json.loads(seen[3])["data"]["n"] for seen in peer.seen) == list(range(64))
