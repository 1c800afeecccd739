"""Bots that behave well and badly: each task ends with a clear outcome, and nothing is left behind."""

from __future__ import annotations

import json
import time

import pytest

from botyard.base.redact import MASK
from tests.runner.waiting import alive
from tests.scenarios.yard import Yard, archive_of
from tests.support.processes import wait_until


def test_a_plain_bot_gets_its_parameters_and_hands_back_its_output(shared_yard: Yard) -> None:
    code = """
        import json, os
        given = json.load(open(os.environ["BOTYARD_INPUT"]))
        print("hello", given["name"])
        json.dump({"doubled": given["number"] * 2}, open(os.environ["BOTYARD_OUTPUT"], "w"))
    """
    task = shared_yard.start("echo", code, name="Ünïcode", number=21)
    done = shared_yard.settled(task)
    assert (done.state, done.output, done.message) == ("succeeded", {"doubled": 42}, None)
    assert shared_yard.lines(task) == ["hello Ünïcode"]


def test_a_bot_sees_nothing_of_the_runner(shared_yard: Yard) -> None:
    code = """
        import json, os, stat
        mode = stat.S_IMODE(os.stat(os.environ["HOME"]).st_mode)
        print(json.dumps({"names": sorted(os.environ), "cwd": os.listdir("."), "mode": mode}))
        print(open(os.environ["BOTYARD_TOKEN_FILE"]).read().split("_")[1])
    """
    task = shared_yard.start("look", code)
    shared_yard.settled(task)
    seen, token_kind = shared_yard.lines(task)
    found = json.loads(seen)
    assert found["mode"] == 0o700
    assert found["cwd"] == ["main.py"]
    assert token_kind == "attempt"
    assert {name for name in found["names"] if name.startswith("BOTYARD_")} == {
        "BOTYARD_ATTEMPT",
        "BOTYARD_CONTEXT",
        "BOTYARD_INPUT",
        "BOTYARD_INPUT_FILES",
        "BOTYARD_INTERRUPT",
        "BOTYARD_OUTPUT",
        "BOTYARD_OUTPUT_FILES",
        "BOTYARD_SERVER",
        "BOTYARD_TASK_ID",
        "BOTYARD_TOKEN_FILE",
    }
    assert not [name for name in found["names"] if name.startswith(("PIP_", "UV_", "SSL_"))]


def test_an_output_that_the_server_refuses_does_not_hide_how_the_bot_ended(shared_yard: Yard) -> None:
    code = """
        import os
        open(os.environ["BOTYARD_OUTPUT"], "w").write("[" * 100 + "]" * 100)
    """
    task = shared_yard.start("nested", code)
    done = shared_yard.settled(task)
    assert (done.state, done.output, done.attempts) == ("succeeded", None, 1)
    assert "output was not accepted" in (done.message or "")


def test_a_crash_fails_the_task_with_its_last_words(shared_yard: Yard) -> None:
    task = shared_yard.start("crash", "raise ValueError('no such customer')")
    done = shared_yard.settled(task)
    assert done.state == "failed"
    assert done.message == "The bot ended with exit code 1: ValueError: no such customer"
    assert shared_yard.attempts(task)[-1].exit_code == 1


def test_a_bot_killed_by_the_system_fails_with_the_signal(shared_yard: Yard) -> None:
    task = shared_yard.start("segfault", "import os; os.kill(os.getpid(), 11)")
    done = shared_yard.settled(task)
    assert done.state == "failed"
    assert "signal 11" in (done.message or "")
    assert shared_yard.attempts(task)[-1].exit_code == 139


def test_a_botcity_bot_that_does_not_finish_fails(shared_yard: Yard) -> None:
    shared_yard.deploy("silent", archive_of(bot_py="print('bye')"), "botcity")
    task = shared_yard.start("silent")
    done = shared_yard.settled(task)
    assert (done.state, done.message) == ("failed", "ended (exit code 0) without finishing")


def test_a_botcity_bot_gets_the_vendors_arguments(shared_yard: Yard) -> None:
    code = """
        import sys
        name, server, task_id, token, organization = sys.argv
        print(name, server, task_id, organization, token[:11], token)
    """
    shared_yard.deploy("arguments", archive_of(bot_py=code), "botcity")
    task = shared_yard.start("arguments")
    shared_yard.settled(task)
    expected = ("bot.py", shared_yard.server.url, str(task), "default", "by_attempt_", MASK)
    assert shared_yard.lines(task) == [" ".join(expected)]


def test_output_without_an_end_and_without_sense_is_stored(shared_yard: Yard) -> None:
    code = """
        import sys
        write = sys.stdout.buffer.write
        write(b"\\xff\\xfe\\x00 binary\\n")
        write("é".encode() * 20_000)
    """
    task = shared_yard.start("binary", code)
    assert shared_yard.settled(task).state == "succeeded"
    first, *parts = shared_yard.lines(task)
    assert first == "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} binary"
    assert len(parts) == 3
    assert "".join(parts) == "é" * 20_000


def test_a_flood_is_cut_at_the_limit_and_does_not_stop_the_bot_or_the_server(shared_yard: Yard) -> None:
    code = """
        import os
        for number in range(400_000):
            print("line", number)
        open(os.environ["BOTYARD_OUTPUT"], "w").write('"written"')
    """
    task = shared_yard.start("flood", code)
    slowest = 0.0

    def ended() -> bool | None:
        nonlocal slowest
        began = time.monotonic()
        state = shared_yard.task(task).settled
        slowest = max(slowest, time.monotonic() - began)
        return state

    wait_until(ended, seconds=90, what="the end of the flood")
    done = shared_yard.task(task)
    assert (done.state, done.output) == ("succeeded", "written")
    assert slowest < 2.0
    attempt = shared_yard.attempts(task)[-1]
    assert attempt.log_complete
    lines = shared_yard.lines(task)
    assert len(lines) + attempt.log_dropped == 400_000
    printed = shared_yard.server.cli("task", "logs", str(task))
    assert printed.stderr.splitlines()[-1] == f"{attempt.log_dropped:,} more lines were not kept: the log was full."
    assert lines[:3] == ["line 0", "line 1", "line 2"]
    assert lines == [f"line {number}" for number in range(len(lines))]


FAMILY = """
    import os, signal, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    def settle():
        os.write(1, f"pid {os.getpid()}\\n".encode())  # print writes in pieces, which would mix
        time.sleep(600)
    if os.fork() == 0:
        settle()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            settle()
        os._exit(0)
    settle()
"""


@pytest.mark.parametrize("shared_yard", ["sqlite"], indirect=True, scope="module")
def test_a_cancelled_bot_that_ignores_term_dies_with_all_its_forks_after_the_grace(shared_yard: Yard) -> None:
    """On one database: ten seconds pass, and it is the runner that lets them pass."""
    task = shared_yard.start("stubborn", FAMILY)
    wait_until(lambda: len(shared_yard.pids(task)) == 3, what="three processes")
    pids = shared_yard.pids(task)
    shared_yard.act(task, "cancel")
    done = shared_yard.settled(task)
    assert done.state == "cancelled"
    assert not [pid for pid in pids if alive(pid)]
    assert shared_yard.attempts(task)[-1].exit_code == 137


def test_kill_ends_everything_at_once(shared_yard: Yard) -> None:
    task = shared_yard.start("stubborn", FAMILY)
    wait_until(lambda: len(shared_yard.pids(task)) == 3, what="three processes")
    pids = shared_yard.pids(task)
    began = time.monotonic()
    shared_yard.act(task, "kill")
    done = shared_yard.settled(task)
    assert time.monotonic() - began < 3
    assert done.state == "failed"
    assert done.killed
    assert not [pid for pid in pids if alive(pid)]


def test_an_interrupted_bot_is_told_and_ends_by_itself(shared_yard: Yard) -> None:
    code = """
        import os, time
        print("up", flush=True)
        while not os.path.exists(os.environ["BOTYARD_INTERRUPT"]):
            time.sleep(0.02)
        print("told to stop")
    """
    task = shared_yard.start("polite", code)
    shared_yard.running(task, line="up")
    shared_yard.act(task, "interrupt")
    done = shared_yard.settled(task, seconds=10)
    assert done.state == "succeeded"
    assert done.interrupted
    assert shared_yard.lines(task) == ["up", "told to stop"]


def test_a_cancelled_bot_gets_a_moment_to_tidy_up(shared_yard: Yard) -> None:
    code = """
        import signal, sys, time
        def tidy(*_):
            print("tidied", flush=True)
            sys.exit(0)
        signal.signal(signal.SIGTERM, tidy)
        print("up", flush=True)
        time.sleep(600)
    """
    task = shared_yard.start("tidy", code)
    shared_yard.running(task, line="up")
    shared_yard.act(task, "cancel")
    assert shared_yard.settled(task, seconds=10).state == "cancelled"
    assert shared_yard.lines(task) == ["up", "tidied"]


def test_requirements_that_do_not_exist_fail_the_task_with_uvs_words(shared_yard: Yard) -> None:
    archive = archive_of(main_py="print('never')", requirements_txt="botyard-no-such-package==99\n")
    shared_yard.deploy("unready", archive)
    task = shared_yard.start("unready")
    done = shared_yard.settled(task)
    assert done.state == "failed"
    assert "requirements.txt could not be installed" in (done.message or "")
    assert "botyard-no-such-package" in "\n".join(shared_yard.lines(task, stream="runner"))
    assert shared_yard.lines(task) == []


def test_what_a_bot_leaves_running_in_the_background_ends_with_it(shared_yard: Yard) -> None:
    code = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        print("pid", child.pid)
    """
    task = shared_yard.start("helper", code)
    assert shared_yard.settled(task, seconds=15).state == "succeeded"
    assert not [pid for pid in shared_yard.pids(task) if alive(pid)]
