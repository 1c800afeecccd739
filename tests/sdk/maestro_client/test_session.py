"""The token of a MaestroClient: fetched when it is needed, for all threads, and nothing waits for ever."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from botyard.sdk import transport
from botyard.sdk.failures import Unreachable
from botyard.sdk.maestro_client import MaestroClient, MaestroClientError, MaestroResponse
from tests.support.answering import Answer, Answering, Asked, answering
from tests.support.processes import free_port


class Portal:
    """Gives out numbered tokens, and knows the last one only."""

    def __init__(self) -> None:
        self.logins = 0
        self.login: Answer | None = None
        self.rest: Callable[[Asked], Answer] = lambda asked: Answer({"path": asked.path})
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/api/v2/workspace/login":
            with self._lock:
                self.logins += 1
            return self.login or Answer({"accessToken": f"t{self.logins}", "organizationLabel": "acme"})
        if asked.headers["Authorization"] != f"Bearer t{self.logins}":
            return Answer({"message": "unknown token"}, 401)
        return self.rest(asked)

    def forget(self) -> None:
        """Know no token that was given out."""
        self.logins += 10


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
def client(server: Answering) -> MaestroClient:
    """Return a client that nobody logged in."""
    return MaestroClient("acme", "key", f"{server.url}/")


def test_the_first_call_logs_in(client: MaestroClient, server: Answering) -> None:
    assert (client.token, client.organization) == (None, None)
    answer = client.tasks.get(7)
    assert (answer.ok, answer.status_code, answer.data) == (True, 200, {"path": "/api/v2/task/7"})
    assert (client.token, client.organization) == ("t1", "acme")
    asked = server.asked[-1]
    assert (asked.headers["X-Organization"], asked.headers["Content-Type"]) == ("acme", "application/json")


def test_the_first_call_knows_its_organization(client: MaestroClient, server: Answering) -> None:
    client.credentials.create("set", {"key": "value"})
    assert server.asked[-1].json == {
        "label": "set",
        "organizationLabel": "acme",
        "repositoryLabel": "DEFAULT",
        "secrets": [{"key": "key", "value": "value"}],
    }
    assert len(server.asked) == 2


def test_a_token_that_is_refused_is_renewed_once(client: MaestroClient, portal: Portal) -> None:
    client.authenticate()
    portal.forget()
    assert client.tasks.get(7).ok
    assert portal.logins == 12
    portal.rest = lambda _: Answer({"message": "still no"}, 401)
    assert client.tasks.get(7).status_code == 401
    assert portal.logins == 13
    portal.forget()
    assert client.request_raw("GET", "/task", retry_on_401=False).status_code == 401
    assert portal.logins == 23


def test_threads_that_are_refused_together_log_in_once(client: MaestroClient, portal: Portal) -> None:
    client.authenticate()
    portal.forget()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(client.tasks.get, range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert portal.logins == 12


def test_an_old_token_is_renewed(client: MaestroClient, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    client.authenticate()
    now = time.time()
    monkeypatch.setattr(client, "_token_expires_at", now + client.token_skew + 60)
    client.tasks.get(1)
    assert portal.logins == 1
    monkeypatch.setattr(client, "_token_expires_at", now + client.token_skew - 1)
    client.tasks.get(1)
    assert (portal.logins, client.token) == (2, "t2")


@pytest.mark.parametrize(
    "answer", [Answer({"message": "wrong"}, 401), Answer({"accessToken": "t1"}), Answer(["odd"]), Answer(b"odd")]
)
def test_a_login_that_fails_is_an_error(answer: Answer, client: MaestroClient, portal: Portal) -> None:
    portal.login = answer
    for call in (client.authenticate, client.tasks.list):
        with pytest.raises(MaestroClientError, match=str(answer.status)) as failed:
            call()
        assert failed.value.response is not None


def test_an_organization_that_was_set_stays_when_the_token_is_renewed(
    client: MaestroClient, portal: Portal, server: Answering
) -> None:
    client.set_organization("other")
    client.tasks.get(1)
    portal.forget()
    client.tasks.get(1)
    assert server.asked[-1].headers["X-Organization"] == "other"
    told = client.authenticate()
    assert (told.ok, told.data["organizationLabel"], client.organization) == (True, "acme", "acme")


def test_a_refused_call_is_a_response_or_an_error_as_one_likes(portal: Portal, server: Answering) -> None:
    portal.rest = lambda _: Answer({"message": "no such task"}, 404)
    refused = MaestroClient("acme", "key", server.url).tasks.get("invalid_id")
    assert (refused.ok, refused.status_code, refused.data) == (False, 404, {"message": "no such task"})
    raising = MaestroClient("acme", "key", server.url, raise_errors=True)
    with pytest.raises(MaestroClientError, match=r"GET .*/task/invalid_id: 404 no such task") as error:
        raising.tasks.get("invalid_id")
    assert isinstance(error.value.response, MaestroResponse)
    assert (error.value.response.ok, error.value.response.data) == (False, refused.data)


def test_a_server_that_is_away_is_an_error() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Unreachable):
        MaestroClient("acme", "key", nowhere).tasks.list()
    with pytest.raises(MaestroClientError, match="No answer"):
        MaestroClient("acme", "key", nowhere, raise_errors=True).tasks.list()


def test_files_can_be_sent_and_sent_again(client: MaestroClient, portal: Portal, server: Answering) -> None:
    client.authenticate()
    portal.forget()
    content = io.BytesIO(b"a;b\r\n" * 1000)
    sent = client.request_raw("POST", "/artifact/log/7", files={"file": ("notes.csv", content, "text/csv")})
    assert sent.ok
    refused, taken = (asked for asked in server.asked if asked.path.endswith("/7"))
    for asked in (refused, taken):
        assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
        assert b"a;b\r\n" * 1000 in asked.body


def test_data_is_what_the_content_type_says(client: MaestroClient, portal: Portal) -> None:
    for kind, body, data in (
        ("application/json; charset=utf-8", b'{"a": 1}', {"a": 1}),
        ("application/json", b"not json", {}),
        ("text/csv; charset=utf-8", "ação".encode(), "ação"),
        ("text/plain", "ação".encode(), "ação"),
        ("application/octet-stream", b"\x00\xff", b"\x00\xff"),
    ):
        portal.rest = lambda _, kind=kind, body=body: Answer(body, headers=(("Content-Type", kind),))  # type: ignore[misc]
        told = client.request_raw("GET", "/x", stream=True)
        assert told.data == data
        assert told.headers["Content-Type"] == kind
        assert told.raw is not None
        assert b"".join(told.raw.iter_content(2)) == body


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("task", "/api/v2/task"),
        ("/task?days=1", "/api/v2/task?days=1"),
        ("/api/v2/task", "/api/v2/task"),
        ("/maestro/api/logs", "/api/v2/maestro/api/logs"),
        ("{url}/elsewhere", "/elsewhere"),
    ],
)
def test_a_path_is_below_the_api(path: str, asked: str, client: MaestroClient, server: Answering) -> None:
    client.request_raw("get", path.format(url=server.url))
    assert server.calls[-1] == f"GET {asked}"


def test_filters_and_ids_may_have_any_characters(client: MaestroClient, server: Answering) -> None:
    client.tasks.list(activityLabel="a&b=c", days=None, test=True)
    client.automations.list(label="é/?", extra={"page": 3})
    client.datapools.view("a/b #1")
    client.errors.get_by_automation("a&days=9")
    assert server.calls[1:] == [
        "GET /api/v2/task?activityLabel=a%26b%3Dc&test=True",
        "GET /api/v2/activity?page=3&size=50&label=%C3%A9%2F%3F",
        "GET /api/v2/datapool/a%2Fb%20%231/view",
        "GET /api/v2/error?AutomationLabel=a%26days%3D9&days=30",
    ]
