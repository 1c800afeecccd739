"""Files that bots leave: they come back with the task, whatever kind of bot it was and however it ended."""

from __future__ import annotations

import signal
import textwrap

from botyard.sdk import calls
from botyard.wire import native as wire
from tests.scenarios.yard import Yard, archive_of

LEAVE = """
    import json, os, pathlib
    folder = pathlib.Path(os.environ["BOTYARD_OUTPUT_FILES"])
    (folder / "12.txt").write_text("twelve")
    (folder / "deep").mkdir()
    (folder / "deep" / "12.txt").write_text("deep twelve")
    (folder / "link").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
"""


def files(yard: Yard, task_id: int) -> dict[str, str]:
    """Return the content of each file of a task."""
    found = yard.client.send(calls.get(f"/api/v1/tasks/{task_id}/artifacts", wire.ArtifactList)).artifacts
    contents = {}
    for artifact in found:
        with yard.client.stream(calls.content(f"/api/v1/artifacts/{artifact.id}/content")) as pieces:
            contents[artifact.file_name] = b"".join(pieces).decode()
    return contents


def declare(yard: Yard, label: str, *parameters: dict[str, object]) -> None:
    """Declare the parameters of an automation."""
    call: calls.Call[wire.AutomationView] = calls.Call(
        method="PATCH",
        path=f"/api/v1/automations/{label}",
        reply=wire.AutomationView,
        json={"parameters": list(parameters)},
    )
    yard.client.send(call)


def test_files_of_a_plain_bot_are_kept_and_named_in_its_output(shared_yard: Yard) -> None:
    code = f"""{LEAVE}
    path = str(folder / "deep" / "12.txt")
    json.dump({{"file_out": path, "FILES_OUT": ["12.txt", path]}}, open(os.environ["BOTYARD_OUTPUT"], "w"))
    """
    shared_yard.deploy("leaves", archive_of(main_py=code))
    declare(
        shared_yard,
        "leaves",
        {"name": "File_out", "type": "file", "scope": "Out"},
        {"name": "Files_out", "type": "file", "scope": "Out", "array": True},
        {"name": "Count_out", "type": "int", "scope": "Out"},
    )
    task = shared_yard.start("leaves")
    done = shared_yard.settled(task)
    assert (done.state, done.message) == ("succeeded", None)
    assert done.output == {"file_out": "12 (2).txt", "FILES_OUT": ["12.txt", "12 (2).txt"]}
    assert files(shared_yard, task) == {"12.txt": "twelve", "12 (2).txt": "deep twelve"}
    assert [line.partition(" is ")[0] for line in shared_yard.lines(task, stream="runner")][-2:] == ['"link"', '"pipe"']


def test_files_and_output_of_a_botcity_bot_are_kept_too(shared_yard: Yard) -> None:
    code = f"""{LEAVE}
    import sys, urllib.request
    json.dump({{"n": 1}}, open(os.environ["BOTYARD_OUTPUT"], "w"))
    server, task, token, organization = sys.argv[1:]
    body = json.dumps({{"state": "FINISHED", "finishStatus": "SUCCESS", "finishMessage": "done"}}).encode()
    headers = {{"token": token, "organization": organization, "Content-Type": "application/json"}}
    request = urllib.request.Request(f"{{server}}/api/v2/task/{{task}}", body, headers, method="POST")
    urllib.request.urlopen(request).read()
    """
    shared_yard.deploy("city", archive_of(bot_py=code), "botcity")
    task = shared_yard.start("city")
    done = shared_yard.settled(task)
    assert (done.state, done.message, done.output) == ("succeeded", "done", {"n": 1})
    assert files(shared_yard, task) == {"12.txt": "twelve", "12 (2).txt": "deep twelve"}


def test_files_of_a_bot_velocity_function_are_kept_too(shared_yard: Yard) -> None:
    project = """
        project:
          name: leaves-velocity
          type: rpa
          version: 1.0.0
          entrypoints:
          - {name: main, command: "main:main", default: true}
    """
    body = textwrap.indent(textwrap.dedent(LEAVE), "    ")
    code = f"def main():\n{body}\n    return {{'file': str(folder / '12.txt'), 'n': 1}}\n"
    shared_yard.deploy("velocity", archive_of(bvproject_yaml=project, main_py=code), "botvelocity")
    declare(shared_yard, "velocity", {"name": "File", "type": "file", "scope": "Out"})
    task = shared_yard.start("velocity")
    done = shared_yard.settled(task)
    assert (done.state, done.output) == ("succeeded", {"file": "12.txt", "n": 1})
    assert set(files(shared_yard, task)) == {"12.txt", "12 (2).txt"}


def test_files_of_a_bot_that_fails_are_kept(shared_yard: Yard) -> None:
    task = shared_yard.start("breaks", f"{LEAVE}\n    raise ValueError('no such customer')")
    done = shared_yard.settled(task)
    assert (done.state, done.attempts) == ("failed", 1)
    assert set(files(shared_yard, task)) == {"12.txt", "12 (2).txt"}


def test_files_of_a_cancelled_bot_are_kept(shared_yard: Yard) -> None:
    task = shared_yard.start(
        "cancelled", f"{LEAVE}\n    import time\n    print('left', flush=True)\n    time.sleep(60)"
    )
    shared_yard.running(task, line="left")
    shared_yard.act(task, "cancel")
    assert shared_yard.settled(task).state == "cancelled"
    assert set(files(shared_yard, task)) == {"12.txt", "12 (2).txt"}


def test_a_file_that_the_server_does_not_take_does_not_hide_how_the_bot_ended(yard: Yard) -> None:
    yard.restart_with(BOTYARD_MAX_UPLOAD_BYTES=str(1 << 20))
    yard.add_runner()
    code = """
        import os, pathlib
        folder = pathlib.Path(os.environ["BOTYARD_OUTPUT_FILES"])
        (folder / "big.bin").write_bytes(bytes(2 << 20))
        (folder / "small.txt").write_text("small")
    """
    task = yard.start("big", code)
    assert yard.settled(task).state == "succeeded"
    assert files(yard, task) == {"small.txt": "small"}
    assert any('"big.bin" was left out: it has 2097152 bytes' in line for line in yard.lines(task, stream="runner"))


def test_a_lost_attempt_leaves_nothing(yard: Yard) -> None:
    code = f"""{LEAVE}
    import time
    print("left", flush=True)
    (folder / os.environ["BOTYARD_ATTEMPT"]).touch()
    given = json.load(open(os.environ["BOTYARD_INPUT"]))
    while not os.path.exists(given["go"]):
        time.sleep(0.05)
    """
    go = yard.folder / "go"
    home = yard.folder / "home"
    first = yard.add_runner(work=home)
    task = yard.start("lost", code, go=str(go))
    yard.running(task, line="left")
    first.stop(signal.SIGKILL)
    go.touch()
    yard.add_runner(work=home)
    done = yard.settled(task)
    assert (done.state, done.attempts) == ("succeeded", 2)
    kept = files(yard, task)
    assert len(kept) == 3
    assert {"12.txt", "12 (2).txt"} < set(kept)
