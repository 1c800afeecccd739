"""Process trees on this machine: started clean, ended whole."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from botyard.runner.job import sweep
from botyard.runner.platform import Exit, Launch, current
from botyard.runner.platform.linux import MARK, Linux, LinuxProcess
from tests.runner.waiting import alive, eventually

FOREVER = 1e12


@pytest.fixture
def platform() -> Linux:
    """Return this machine's platform."""
    found = current()
    assert isinstance(found, Linux)
    return found


def python(code: str, *arguments: str) -> list[str]:
    """Return the command that runs a piece of Python."""
    return [sys.executable, "-c", textwrap.dedent(code), *arguments]


async def start(
    platform: Linux, argv: list[str], folder: Path, *, until: float = FOREVER, mark: str = "mark"
) -> LinuxProcess:
    """Start a process in `folder`."""
    process = await platform.launch(Launch(argv=argv, env={}, cwd=folder, mark=mark, until=until))
    assert isinstance(process, LinuxProcess)
    return process


async def finish(process: LinuxProcess) -> tuple[Exit, str]:
    """Wait for the end and return it with what was written to standard output."""
    written = await asyncio.to_thread(process.outputs["stdout"].read)
    exit_ = await asyncio.wait_for(process.wait(), 20)
    for output in process.outputs.values():
        output.close()
    return exit_, written.decode()


#: Makes a child, a grandchild whose parent is gone, and one in a session of its own, then writes their ids.
FAMILY = """
    import os, sys, time, signal, pathlib
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    def settle():
        with open("pids", "a") as file:
            file.write(f"{os.getpid()}\\n")
        time.sleep(600)
    if os.fork() == 0:
        settle()
    if os.fork() == 0:
        if os.fork() == 0:
            settle()
        os._exit(0)
    if os.fork() == 0:
        os.setsid()
        os.environ.clear()
        if os.fork() == 0:
            settle()
        os._exit(0)
    settle()
"""


async def family(folder: Path) -> list[int]:
    """Return the ids of the four processes of FAMILY once all of them run."""
    path = folder / "pids"
    await eventually(lambda: path.exists() and len(path.read_text().split()) == 4)
    return [int(pid) for pid in path.read_text().split()]


async def test_reports_the_exit_code_and_what_was_written(platform: Linux, tmp_path: Path) -> None:
    process = await start(platform, python("print('hello'); raise SystemExit(3)"), tmp_path)
    assert await finish(process) == (Exit(code=3), "hello\n")


async def test_reports_the_signal_that_ended_the_process(platform: Linux, tmp_path: Path) -> None:
    process = await start(platform, python("import os; os.kill(os.getpid(), 11)"), tmp_path)
    exit_, _ = await finish(process)
    assert exit_ == Exit(signal=11)


async def test_says_why_a_process_could_not_be_started(platform: Linux, tmp_path: Path) -> None:
    process = await start(platform, ["/nowhere/python"], tmp_path)
    assert not await process.started()
    exit_, _ = await finish(process)
    assert exit_.refused is not None
    assert "No such file" in exit_.refused


async def test_a_large_environment_reaches_the_process(platform: Linux, tmp_path: Path) -> None:
    launch = Launch(
        argv=python("import os; print(sum(len(v) for k, v in os.environ.items() if k[:1] == 'V'))"),
        env={f"V{number}": "x" * 10_000 for number in range(50)},
        cwd=tmp_path,
        mark="m",
        until=FOREVER,
    )
    process = await platform.launch(launch)
    assert isinstance(process, LinuxProcess)
    assert (await finish(process))[1] == "500000\n"


async def test_a_process_sees_only_what_it_was_given(platform: Linux, tmp_path: Path) -> None:
    os.environ["BOTYARD_TEST_SECRET"] = "1"
    try:
        code = """
            import os
            files = sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1]
            print(sorted(set(os.environ) - {"LC_CTYPE"}), files, oct(os.umask(0)), os.getsid(0) == os.getpid())
        """
        process = await start(platform, python(code), tmp_path)
        assert (await finish(process))[1] == f"['{MARK}'] [0, 1, 2] 0o77 True\n"
    finally:
        del os.environ["BOTYARD_TEST_SECRET"]


async def test_kill_ends_forks_double_forks_and_other_sessions_that_ignore_term(
    platform: Linux, tmp_path: Path
) -> None:
    process = await start(platform, python(FAMILY), tmp_path)
    pids = await family(tmp_path)
    process.terminate()
    process.kill()
    exit_, _ = await finish(process)
    assert exit_ == Exit(signal=9)
    assert not [pid for pid in pids if alive(pid)]


async def test_what_a_process_leaves_behind_is_ended_with_it(platform: Linux, tmp_path: Path) -> None:
    code = FAMILY.rstrip().removesuffix("settle()") + "time.sleep(0.3)\n"
    process = await start(platform, python(code), tmp_path)
    exit_, _ = await finish(process)
    assert exit_ == Exit(code=0)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert pids
    assert not [pid for pid in pids if alive(pid)]


async def test_term_reaches_children_too(platform: Linux, tmp_path: Path) -> None:
    code = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"])
        print("child ended", child.wait(), flush=True)
    """
    process = await start(
        platform, python("import signal; signal.signal(15, lambda *_: None)\n" + textwrap.dedent(code)), tmp_path
    )
    line = await asyncio.to_thread(process.outputs["stdout"].readline)
    assert line == b"up\n"
    process.terminate()
    exit_, written = await finish(process)
    assert (exit_, written) == (Exit(code=0), "child ended -15\n")


async def test_a_lease_that_is_not_renewed_ends_the_process(platform: Linux, tmp_path: Path) -> None:
    began = time.monotonic()
    process = await start(platform, python("import time; time.sleep(600)"), tmp_path, until=platform.clock() + 0.3)
    process.renew(platform.clock() + 0.8)
    exit_, _ = await finish(process)
    assert exit_ == Exit(signal=9, expired=True)
    assert time.monotonic() - began > 0.6


async def test_a_fork_bomb_is_ended(platform: Linux, tmp_path: Path) -> None:
    code = """
        import os, time
        while True:
            try:
                os.fork()
            except OSError:
                pass
            if len(os.listdir("/proc")) > 700:
                time.sleep(600)
    """
    before = len(list(Path("/proc").iterdir()))
    process = await start(platform, python(code), tmp_path)
    await process.started()
    await eventually(lambda: len(list(Path("/proc").iterdir())) > before + 30)
    process.kill()
    exit_, _ = await finish(process)
    assert exit_ == Exit(signal=9)
    assert not marked("mark")


#: A runner that starts FAMILY with a lease of some seconds and then waits to be killed.
RUNNER = """
    import asyncio, sys
    from pathlib import Path
    from botyard.runner.job import Job
    from botyard.runner.platform import Launch, current
    async def main():
        platform = current()
        code, folder, lease = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
        until = platform.clock() + lease
        launch = Launch(argv=[sys.executable, "-c", code], env={}, cwd=folder, mark="orphan", until=until)
        process = await platform.launch(launch)
        job = platform.private_folder(folder / "jobs" / "orphan")
        Job(job, platform).note_process(process.leftover)
        print(process.leftover.keeper, flush=True)
        await process.wait()
    asyncio.run(main())
"""


@contextmanager
def runner(folder: Path, *, lease: float = 600.0) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that runs FAMILY as a runner does."""
    argv = python(RUNNER, textwrap.dedent(FAMILY), str(folder), str(lease))
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


async def test_kill_9_of_the_runner_ends_the_whole_tree(tmp_path: Path) -> None:
    with runner(tmp_path) as process:
        pids = await family(tmp_path)
        process.kill()
        await eventually(lambda: not [pid for pid in pids if alive(pid)])


async def test_a_frozen_runner_does_not_keep_its_bot_beyond_the_lease(tmp_path: Path) -> None:
    with runner(tmp_path, lease=2.0) as process:
        pids = await family(tmp_path)
        process.send_signal(signal.SIGSTOP)
        await eventually(lambda: not [pid for pid in pids if alive(pid)])
        assert alive(process.pid)


async def test_leftovers_of_an_earlier_life_are_found_and_ended(tmp_path: Path, platform: Linux) -> None:
    with runner(tmp_path) as process:
        pids = await family(tmp_path)
        assert process.stdout is not None
        keeper = int(process.stdout.readline())
        os.kill(keeper, signal.SIGSTOP)  # so that it cannot clean up by itself
        process.kill()
    assert sweep(tmp_path / "jobs", platform) >= 4
    await eventually(lambda: not [pid for pid in pids if alive(pid)])
    assert not list((tmp_path / "jobs").iterdir())


def marked(mark: str) -> list[int]:
    """Return the ids of the processes that carry a mark."""
    wanted = f"{MARK}={mark}".encode()
    return [pid for pid in processes() if alive(pid) and wanted in environment(pid)]


def processes() -> list[int]:
    """Return the ids of all processes."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def environment(pid: int) -> list[bytes]:
    """Return the variables that a process was started with."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
