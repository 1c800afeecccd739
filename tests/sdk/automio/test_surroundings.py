"""Caches, plugins, variables and files `.env`: what our client finds around it, and says when it does not."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from botyard.sdk.automio import GraphQLRequest, Integration, connections, dotenv, environment
from botyard.sdk.automio.models import TableConnections200ResponseValueInner, Tag
from botyard.sdk.automio.wrapper import API
from tests.support.peer import Peer


@pytest.fixture
def api(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> Iterator[API]:
    for name in ("ACTION_ID", "CONNECTION_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"APP_ID": "130", "TASK_ID": "t/1", "CACHE_SERVICE_TOKEN": "c"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CACHE_SERVICE_URL", f"{peer.url}/cache/")
    with API() as client:
        yield client


def test_any_text_is_a_key(api: API, peer: Peer) -> None:
    peer.prepare((200, {"success": True}))
    api.app_cache.get("a/b c?d#ü")
    assert peer.seen[-1][1] == "/cache/get/a%2Fb%20c%3Fd%23%C3%BC/?task_id=t%2F1&cache_type=app"
    api.user_cache.set("k", [1], ttl=5)
    assert peer.seen[-1][1:3] == ("/cache/set/?task_id=t%2F1&cache_type=org", "Bearer c")
    assert json.loads(peer.seen[-1][3]) == {"key": "k", "value": [1], "ttl": 5}
    api.task.set_progress(5, "i", "in_progress")
    assert peer.seen[-1][1] == "/cache/set-progress/t%2F1/"


def test_failures_of_the_cache_are_logged_and_never_a_value(
    api: API, peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    for answer in ((500, {"detail": "The disk is full."}), (200, b"no json"), (0, None)):
        peer.prepare(answer)
        assert api.app_cache.get("k") is None
        assert api.app_cache.set("k", 1) is False
        assert api.task.set_progress(1, "i") is None
    assert "The disk is full." in caplog.text
    assert api.app_cache.set("k", object()) is False
    assert api.app_cache.set("k", float("inf")) is False


def test_a_client_without_caches_says_why(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("CACHE_SERVICE_URL", raising=False)
    monkeypatch.setenv("REDIS_HOST", "127.0.0.1")
    monkeypatch.setenv("REDIS_PORT", "1")
    api = API()
    assert "Redis at 127.0.0.1:1" in caplog.text
    assert not hasattr(api, "app_cache")
    with pytest.raises(AttributeError, match=r"api\.task is missing: CACHE_SERVICE_URL is not set"):
        api.task.set_progress(1, "i")
    with pytest.raises(AttributeError, match="has no nonsense"):
        api.nonsense  # noqa: B018
    monkeypatch.setenv("REDIS_PORT", "many")
    assert not hasattr(API(), "user_cache")


def test_progress_of_no_task_is_nobodys(monkeypatch: pytest.MonkeyPatch, peer: Peer) -> None:
    monkeypatch.setenv("CACHE_SERVICE_URL", peer.url)
    monkeypatch.setenv("TASK_ID", "")
    assert API().task.set_progress(1, "i") is None
    assert peer.seen == []
    monkeypatch.delenv("TASK_ID")
    assert len(API().task.task_id) == 36


def test_a_plugin_is_called_here_and_its_errors_are_its_own(
    api: API, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "ns_my-shop.py").write_text(
        "def foo(connection_ids, word=''):\n    connection_ids.append(word)\n    return connection_ids\n"
        "def cannot(connection_ids):\n    raise NotImplementedError\n"
        "def broken(connection_ids):\n    return None.nothing\n"
        "def importing(connection_ids):\n    import no_such_module\n"
    )
    (tmp_path / "plugins" / "ns_bad.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name == "plugins" or name.startswith("plugins.")]:
        monkeypatch.delitem(sys.modules, name)
    shop = Integration(integration_id="my-shop", name="S", version="1")
    given = [1]
    assert api.plugins.invoke("ns.foo", shop, given, word="w") == [1, "w"]
    assert (given, api.plugins.invoke("ns.foo", "my-shop")) == ([1], [""])
    assert api.plugins.invoke("ns.cannot", "my-shop") is None
    for plugin, integration, kind, said in (
        ("ns.nothing", "my-shop", AttributeError, "has no capability 'nothing'"),
        ("ns.broken", "my-shop", AttributeError, "'NoneType' object"),
        ("ns.importing", "my-shop", ImportError, "no_such_module"),
        ("ns.foo", "bad", ImportError, "no_such_module"),
        ("ns.foo", "nowhere", ImportError, "There is no module plugins.ns_nowhere"),
        ("nsfoo", "my-shop", ValueError, "values to unpack"),
    ):
        with pytest.raises(kind, match=said):
            api.plugins.invoke(plugin, integration)


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example"),
        ("https://a.example/api/", "https://a.example"),
        ("https://a.example/by/api", "https://a.example/by"),
        ("a.example", "https://a.example"),
        ("localhost:8080", "http://localhost:8080"),
        (" 127.0.0.1:8080/ ", "http://127.0.0.1:8080"),
    ],
)
def test_a_host_is_enough_of_an_address(given: str, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLIC_API_BASE_URL", raising=False)
    monkeypatch.setenv("API_BASE_URL", given)
    assert environment.base_url() == base
    monkeypatch.delenv("API_BASE_URL")
    monkeypatch.setenv("PUBLIC_API_BASE_URL", given)
    assert environment.base_url() == base


def test_a_proxy_never_comes_between_a_program_and_its_own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    assert connections._proxy("https://a.example") is None
    for name, value in {"http_proxy": "p:1", "https_proxy": "http://p:2", "no_proxy": "in.example"}.items():
        monkeypatch.setenv(name, value)
    found = [connections._proxy(base) for base in ("http://a.example", "https://a.example:8443")]
    assert found == ["http://p:1", "http://p:2"]
    assert [connections._proxy(base) for base in ("https://in.example", "http://localhost:8080")] == [None, None]


def test_no_token_is_sent_to_a_server_that_nobody_named(api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_BASE_URL", "PUBLIC_API_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="API_BASE_URL is not set"):
        api.integrations.get_integrations()


@pytest.mark.parametrize(
    ("variables", "app"),
    [
        ({"APP_ID": "130"}, 130),
        ({"APP_ID": "shop"}, "shop"),
        ({"ORG_SLUG": "acme", "APP_SLUG": "shop"}, "acme/shop"),
        ({"APP_SLUG": "shop"}, None),
    ],
    ids=str,
)
def test_an_app_is_a_number_a_slug_or_both_slugs(
    variables: dict[str, str], app: int | str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("APP_ID", "ORG_SLUG", "APP_SLUG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment.retrieve_app_id() == app


def test_a_file_of_variables_is_read_as_people_write_it() -> None:
    text = (
        '# comment\nA=1\n export B = two words # not this \nC=\'#x ${A}\'\nD="a\\n\\"b\\"\n second"\r\nE=\n'
        "F=${A}-${HOME}-${NOTHING:-else}\nno line\nG=a#b\n=x\nH='it\\'s'\n"
    )
    found = dotenv.parse(text, {"HOME": "/home/ann"})
    assert found == {
        "A": "1",
        "B": "two words",
        "C": "#x 1",
        "D": 'a\n"b"\n second',
        "E": "",
        "F": "1-/home/ann-else",
        "G": "a#b",
        "H": "it's",
    }


def test_the_nearest_file_counts_and_never_overrules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / ".env").write_text("BY_TEST_SET=of the file\nBY_TEST_NEW=new\n")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(below / "main.py"), raising=False)
    monkeypatch.setenv("BY_TEST_SET", "set before")
    monkeypatch.setenv("BY_TEST_NEW", "")
    monkeypatch.delenv("BY_TEST_NEW")
    monkeypatch.setenv("BOTYARD_TASK_ID", "1")
    assert dotenv.load() is None
    monkeypatch.delenv("BOTYARD_TASK_ID")
    assert dotenv.load() == tmp_path / ".env"
    assert (os.environ["BY_TEST_SET"], os.environ.pop("BY_TEST_NEW")) == ("set before", "new")
    (below / ".env").write_bytes(b"\xff")
    assert dotenv.load() is None


def test_models_are_objects_and_json() -> None:
    tag = Tag.from_dict({"_id": "1", "name": "a", "createdAt": "2026-01-02T03:04:05Z", "more": 1})
    assert tag.id == tag["id"] == tag.get("id") == "1"
    assert tag.to_dict()["_id"] == "1"
    assert Tag.from_json(tag.to_json()) == tag
    assert tag.model_dump()["color"] is None
    assert "color" not in tag.model_dump(exclude_none=True)
    assert "'name': 'a'" in tag.to_str()
    with pytest.raises(KeyError):
        tag["nothing"]
    for wrong in ({}, {"name": 1}):
        with pytest.raises(ValueError):  # noqa: PT011 -- any of them
            Tag.from_dict(wrong)
    for query, variables in ((1, None), ("{ a }", [])):
        with pytest.raises(ValueError, match=r"ha(s|ve) to be"):
            GraphQLRequest(query=query, variables=variables)  # type: ignore[arg-type]
    connection = TableConnections200ResponseValueInner(id=1, name="n")
    assert json.loads(connection.model_dump_json()) == {"id": 1, "name": "n"}


def test_importing_the_client_sets_up_logging_once() -> None:
    assert logging.getLogger("httpx2").level >= logging.WARNING
