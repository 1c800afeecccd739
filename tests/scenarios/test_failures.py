"""Servers and runners that are killed, frozen and restarted while a bot runs: nothing is lost or runs twice."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from tests.runner.waiting import alive
from tests.scenarios.yard import Yard
from tests.support.processes import make_server, wait_until

SHORT = {"BOTYARD_LEASE_SECONDS": "4", "BOTYARD_LEASE_GRACE_SECONDS": "1"}
#: Writes its process id and then a number every few milliseconds until a file appears.
COUNTER = """
    import os, time
    os.write(1, f"pid {os.getpid()}\\n".encode())
    number = 0
    while not os.path.exists(os.environ["BOTYARD_INTERRUPT"]):
        number += 1
        print("count", number)
        time.sleep(0.005)
    print("last", number)
"""
FAMILY = """
    import os, time
    def settle():
        os.write(1, f"pid {os.getpid()}\\n".encode())
        time.sleep(600)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            settle()
        os._exit(0)
    settle()
"""


@pytest.mark.kill
def test_a_bot_outlives_its_server_and_nothing_it_said_is_lost(yard: Yard) -> None:
    yard.add_runner()
    task = yard.start("counter", COUNTER)
    yard.running(task, line="count 20")
    (pid,) = yard.pids(task)
    for _ in range(2):
        yard.server.kill()
        assert alive(pid)
        yard.server.start_ready()
        yard.reconnect()
    yard.act(task, "interrupt")
    done = yard.settled(task)
    assert (done.state, done.attempts) == ("succeeded", 1)
    lines = yard.lines(task)
    last = int(lines[-1].split()[1])
    assert lines[1:-1] == [f"count {number}" for number in range(1, last + 1)]
    assert [line.seq for line in yard.log(task)] == list(range(1, len(yard.log(task)) + 1))


@pytest.mark.kill
def test_a_bot_that_ends_while_its_server_is_gone_is_reported_later(yard: Yard) -> None:
    runner = yard.add_runner(BOTYARD_LOG="debug")
    flag = yard.folder / "end"
    code = f"""
        import os, time
        print("up", flush=True)
        while not os.path.exists({str(flag)!r}):
            time.sleep(0.01)
        for number in range(20_000):
            print("line", number)
    """
    task = yard.start("late", code)
    yard.running(task, line="up")
    yard.server.kill()
    flag.touch()
    wait_until(lambda: "run ms=" in runner.output, what="the end of the bot")
    yard.server.start_ready()
    yard.reconnect()
    done = yard.settled(task)
    assert (done.state, done.attempts) == ("succeeded", 1)
    assert yard.lines(task) == ["up", *(f"line {number}" for number in range(20_000))]


@pytest.mark.kill
@pytest.mark.parametrize(
    ("backend", "lease", "limit"),
    [pytest.param("sqlite", SHORT, 20, id="sqlite-short"), pytest.param("postgres", {}, 40, id="postgres-default")],
)
def test_kill_9_of_a_runner_ends_its_bot_and_another_runner_takes_the_task(
    yard: Yard, lease: dict[str, str], limit: int
) -> None:
    """With the settings that a server has unless told otherwise within 40 seconds: once, as it is all waiting."""
    yard.restart_with(**lease)
    first = yard.add_runner()
    task = yard.start("family", FAMILY)
    wait_until(lambda: len(yard.pids(task)) == 2, what="two processes")
    pids = yard.pids(task)
    yard.add_runner()
    killed = time.monotonic()
    first.kill()
    wait_until(lambda: not [pid for pid in pids if alive(pid)], seconds=5, what="the death of the bot")
    yard.running(task, epoch=2)
    assert time.monotonic() - killed < limit
    yard.act(task, "kill")
    assert yard.settled(task).state == "failed"
    assert [attempt.state for attempt in yard.attempts(task)] == ["lost", "failed"]


@pytest.mark.kill
def test_a_runner_that_is_started_again_keeps_its_identity_and_tidies_up(yard: Yard) -> None:
    runner = yard.add_runner("--slots", "2")
    work = yard.folder / "runner-1"
    task = yard.start("family", FAMILY)
    wait_until(lambda: len(yard.pids(task)) == 2, what="two processes")
    identity = (work / "work" / "identity.json").read_bytes()
    assert (work / "work" / "identity.json").stat().st_mode & 0o777 == 0o600
    runner.kill()
    yard.add_runner("--slots", "2", work=work)
    assert (work / "work" / "identity.json").read_bytes() == identity
    assert not list((work / "work" / "jobs").iterdir())
    wait_until(lambda: yard.attempts(task)[0].state == "lost", seconds=5, what="the loss of the first attempt")
    yard.running(task, epoch=2)
    yard.settled(yard.start("next", "print('at work again')"))
    yard.act(task, "cancel")


@pytest.mark.kill
def test_a_frozen_runner_loses_its_task_and_learns_it(yard: Yard) -> None:
    yard.restart_with(**SHORT)
    frozen = yard.add_runner()
    task = yard.start("family", FAMILY)
    wait_until(lambda: len(yard.pids(task)) == 2, what="two processes")
    pids = yard.pids(task)
    yard.add_runner()
    frozen.popen.send_signal(signal.SIGSTOP)  # type: ignore[union-attr]
    yard.running(task, epoch=2)
    assert not [pid for pid in pids if alive(pid)], "the keeper ends the bot when the lease does"
    frozen.popen.send_signal(signal.SIGCONT)  # type: ignore[union-attr]
    wait_until(lambda: "attempt.abandoned" in frozen.output, what="the runner's insight")
    assert yard.task(task).state == "running"
    yard.act(task, "kill")
    assert yard.settled(task).state == "failed"
    assert [attempt.state for attempt in yard.attempts(task)] == ["lost", "failed"]


@pytest.mark.kill
def test_a_runner_without_its_server_ends_the_bot_when_the_lease_does(yard: Yard) -> None:
    yard.restart_with(**SHORT)
    yard.add_runner()
    task = yard.start("family", FAMILY)
    wait_until(lambda: len(yard.pids(task)) == 2, what="two processes")
    pids = yard.pids(task)
    yard.server.kill()
    wait_until(lambda: not [pid for pid in pids if alive(pid)], seconds=10, what="the death of the bot")
    yard.server.start_ready()
    yard.reconnect()
    yard.running(task, epoch=2)
    yard.act(task, "kill")
    assert yard.settled(task).state == "failed"


def test_a_task_cancelled_in_the_queue_never_starts(yard: Yard) -> None:
    marker = yard.folder / "started"
    task = yard.start("marker", f"open({str(marker)!r}, 'w')")
    yard.act(task, "cancel")
    yard.add_runner()
    yard.settled(yard.start("other", "print('other')"))
    assert yard.task(task).state == "cancelled"
    assert not yard.attempts(task)
    assert not marker.exists()


def test_a_runner_asked_to_stop_gives_its_task_to_another_at_once(yard: Yard) -> None:
    first = yard.add_runner()
    task = yard.start("family", FAMILY)
    wait_until(lambda: len(yard.pids(task)) == 2, what="two processes")
    pids = yard.pids(task)
    yard.add_runner()
    os.kill(first.pid, signal.SIGTERM)
    wait_until(lambda: "runner.draining" in first.output, what="the drain")
    assert first.stop(signal.SIGTERM) == 0, "the second request is for those who do not want to wait for bots"
    assert not [pid for pid in pids if alive(pid)]
    yard.running(task, epoch=2)
    yard.act(task, "kill")
    assert yard.settled(task).lost == 0
    assert [attempt.state for attempt in yard.attempts(task)] == ["released", "failed"]


def test_a_stopping_runner_lets_its_bot_finish(yard: Yard) -> None:
    runner = yard.add_runner()
    task = yard.start("counter", COUNTER)
    yard.running(task, line="count 5")
    assert runner.stop(signal.SIGTERM) == 0
    done = yard.settled(task)
    assert (done.state, done.attempts) == ("succeeded", 1)


def test_a_damaged_package_in_the_cache_is_fetched_again(yard: Yard) -> None:
    cache = yard.folder / "cache"
    yard.add_runner(BOTYARD_RUNNER_CACHE=str(cache))
    task = yard.start("cached", "print('right')")
    yard.settled(task)
    (package,) = (cache / "packages").glob("*.zip")
    whole = package.read_bytes()
    package.write_bytes(whole.replace(b"right", b"wrong") if b"right" in whole else whole[:-1])
    task = yard.start("cached")
    assert yard.settled(task).state == "succeeded"
    assert yard.lines(task) == ["right"]
    assert package.read_bytes() == whole


@pytest.mark.kill
def test_the_embedded_runner_survives_its_server_and_stops_with_it(yard: Yard, tmp_path: Path) -> None:
    yard.server.stop()
    server = make_server(tmp_path, yard.server.data, yard.server.database_url)
    yard.server = server
    server.start_ready()
    yard.reconnect()
    task = yard.start("counter", COUNTER)
    yard.running(task, line="count 5")
    (bot,) = yard.pids(task)
    runner = int((server.data / "runner" / "pid").read_text())
    server.kill()
    assert alive(runner)
    assert alive(bot)
    server.start_ready()
    yard.reconnect()
    yard.act(task, "interrupt")
    assert yard.settled(task).attempts == 1
    assert int((server.data / "runner" / "pid").read_text()) == runner
    assert server.stop(signal.SIGINT) == 0
    with contextlib.suppress(ProcessLookupError):
        wait_until(lambda: not alive(runner), seconds=5, what="the end of the embedded runner")
