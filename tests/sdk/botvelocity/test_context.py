"""The execution of a process: its file, its end, and a developer without any."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botyard.sdk.botvelocity import (
    _state,
    assets,
    context,
    get_execution_context,
    log_message,
    logging,
    queue,
    start_span,
)
from botyard.sdk.botvelocity._guard import require_bv_run
from botyard.sdk.botvelocity.auth import AuthError, require_auth
from botyard.sdk.botvelocity.url_resolver import BaseUrlResolver, derive_api_url, normalize_url

BASE = "https://yard.example.org/acme/orchestrator_"
EXECUTION = "aaaaaaaa-0000-4000-8000-000000000000"
LOGIN = {"base_url": BASE, "access_token": "jwt", "expires_at": "2099-01-01T00:00:00Z", "user": {"username": "ann"}}


def begin(**changes: Any) -> None:
    given = {"base_url": BASE, "robot_token": "first", "execution_id": EXECUTION, **changes}
    context.set_runtime_context(**given)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., None]:
    """Return a function that writes the file of the context, and look at it."""
    file = tmp_path / "runtime_context.json"

    def written(**changes: Any) -> None:
        told = {"base_url": BASE, "robot_token": "second", "execution_id": EXECUTION, **changes}
        file.write_text(json.dumps(told))

    context.set_runtime_context_path(str(file))
    return written


@pytest.fixture
def log_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that leaves a login, and ask for one."""
    monkeypatch.setenv("BV_SDK_RUN", "1")

    def logged_in(**changes: Any) -> None:
        (tmp_path / ".bv").mkdir(exist_ok=True)
        told = {name: value for name, value in {**LOGIN, **changes}.items() if value is not None}
        (tmp_path / ".bv" / "auth.json").write_text(json.dumps(told))

    return logged_in


def test_a_token_is_replaced_while_the_bot_runs(write: Callable[..., None], tmp_path: Path) -> None:
    begin()
    assert require_auth().access_token == "first"
    write()
    assert require_auth().access_token == "second"
    write(robot_token=" third ", folder_id="f")
    assert (require_auth().access_token, context.get_folder_id()) == ("third", "f")
    begin(robot_token="by hand")
    assert require_auth().access_token == "third", "the file is looked at again"
    assert context.get_runtime_context_path() == tmp_path / "runtime_context.json"


def test_a_file_that_is_not_this_executions_is_ignored(write: Callable[..., None], tmp_path: Path) -> None:
    begin()
    write(execution_id="another")
    assert not context.refresh_runtime_context_from_file()
    for changes in ({"base_url": ""}, {"robot_token": ""}):
        write(**changes)
        assert not context.refresh_runtime_context_from_file()
    for content in (b"{", b"[]", b"\xff", b""):
        (tmp_path / "runtime_context.json").write_bytes(content)
        assert not context.refresh_runtime_context_from_file()
    (tmp_path / "runtime_context.json").unlink()
    assert not context.refresh_runtime_context_from_file()
    assert require_auth().access_token == "first"


def test_a_file_may_begin_with_a_byte_order_mark(write: Callable[..., None], tmp_path: Path) -> None:
    begin()
    write()
    file = tmp_path / "runtime_context.json"
    file.write_text(file.read_text(), "utf-8-sig")
    assert require_auth().access_token == "second"


def test_an_execution_stays_expired_when_its_file_changes(write: Callable[..., None]) -> None:
    begin()
    context.mark_execution_expired("stopped")
    write()
    assert context.refresh_runtime_context_from_file()
    assert not context.is_execution_valid()
    with pytest.raises(RuntimeError, match=r"^stopped$"):
        assets.get_secret("KEY")
    with pytest.raises(RuntimeError, match=r"^stopped$"), start_span("step"):
        pass
    begin()
    assert (context.is_execution_valid(), context.get_expiry_reason()) == (True, None)


def test_an_execution_may_be_marked_in_a_signal_handler_while_its_file_is_read(write: Callable[..., None]) -> None:
    class Interrupted(type(Path())):  # type: ignore[misc]
        def read_bytes(self) -> bytes:
            signal.raise_signal(signal.SIGUSR1)
            return super().read_bytes()  # type: ignore[no-any-return]

    def stop(*_: object) -> None:
        context.mark_execution_expired("stopped")

    begin()
    write()
    before = signal.signal(signal.SIGUSR1, stop)
    try:
        _state.follow(Interrupted(context.get_runtime_context_path()))
        assert require_auth().access_token == "second"
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert context.get_expiry_reason() == "stopped"


def test_threads_see_whole_contexts(write: Callable[..., None]) -> None:
    begin(robot_name="first")
    seen: set[tuple[str, str]] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            auth = require_auth()
            seen.add((auth.access_token, str(auth.user.username)))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(50):
        write(robot_token=str(number), robot_name=str(number))
    ended.set()
    for thread in threads:
        thread.join()
    assert {(token, f"robot:{token}") for token, _ in seen} == seen


def test_nothing_works_without_a_context() -> None:
    assert not context.is_runtime_initialized()
    for call in (require_bv_run, get_execution_context, context.get_job_id, lambda: queue.get("orders")):
        with pytest.raises(RuntimeError, match="BV_SDK_RUN=1"):
            call()


def test_by_hand_the_context_is_that_of_who_is_logged_in(
    log_in: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AuthError, match="bv auth login"):
        require_bv_run()
    log_in()
    log_message("working", logging.LogLevel.DEBUG)
    assert capsys.readouterr().out == "[DEBUG] working\n"
    found = get_execution_context()
    assert (found.execution_id, found.robot_name, found.is_runner_mode) == ("", "local-dev", False)
    assert (found.orchestrator_url, require_auth().access_token) == (BASE, "jwt")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "is over"),
        ({"expires_at": "2020-01-01T00:00:00", "user": None}, "is over"),
        ({"expires_at": "soon"}, '"expires_at" that is no time'),
        ({"expires_at": None}, 'has no "expires_at"'),
        ({"access_token": " "}, 'has no "access_token"'),
        ({"base_url": None}, 'has no "base_url"'),
    ],
)
def test_a_login_that_is_over_or_broken_is_told(
    log_in: Callable[..., None], *, changes: dict[str, Any], told: str
) -> None:
    log_in(**changes)
    with pytest.raises(AuthError, match=told):
        require_auth()


def test_a_login_of_an_older_release_is_understood(log_in: Callable[..., None]) -> None:
    log_in(base_url=None, api_url=f"{BASE}/api", user={"id": "7", "username": None}, machine={"name": "m"})
    auth = require_auth()
    assert (auth.api_url, auth.user.id, auth.machine_name) == (BASE, 7, "m")


def test_an_address_without_a_tenant_means_its_api() -> None:
    for text in (
        "https://cloud.botvelocity.com",
        "https://cloud.botvelocity.com/",
        "https://cloud.botvelocity.com/API",
    ):
        assert (normalize_url(text), BaseUrlResolver(text).tenant) == ("https://cloud.botvelocity.com", "")
        assert derive_api_url(text) == "https://cloud.botvelocity.com/api"
    begin(base_url="https://cloud.botvelocity.com")
    assert context.get_base_url() == "https://cloud.botvelocity.com"
    assert get_execution_context().orchestrator_url == "https://cloud.botvelocity.com/api"


def test_a_forked_child_does_not_wait_for_a_thread_of_its_parent(write: Callable[..., None]) -> None:
    begin()
    write()
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with _state._held.lock:
            held.set()
            let_go.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    child = os.fork()
    if child == 0:
        signal.alarm(5)
        os._exit(0 if context.refresh_runtime_context_from_file() else 1)
    assert os.waitpid(child, 0)[1] == 0
    let_go.set()
    thread.join()
