"""Bot Velocity packages under a real runner, with the unmodified vendor SDK in their environments, or with ours."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from botyard.cli.migrate_bot import migrate_bot
from botyard.runner.environment import find_uv, preparation_variables
from botyard.runner.interpreters import installed, own
from botyard.sdk.errors import Refused
from tests.runner.waiting import alive
from tests.scenarios.yard import Yard, archive_of
from tests.support.processes import wait_until

LOCK = Path("requirements/clients/botvelocity-2026.2.81610.txt")
PROJECT = """
project:
  name: {name}
  type: agent
  version: {version}
  description: Made for a test
  entrypoints:
  - {{name: main, command: "main:main", default: true}}
  - {{name: other, command: "main:other"}}
  - {{name: script, command: script.py}}
"""


@pytest.fixture
def lock(pytestconfig: pytest.Config) -> str:
    """Return requirements with the vendor's SDK, as `bv build` locks them."""
    return (pytestconfig.rootpath / LOCK).read_text("utf-8")


SDKS = ("bv.runtime", "botyard.sdk.botvelocity")


@pytest.fixture(params=SDKS)
def sdk(request: pytest.FixtureRequest, lock: str) -> dict[str, str]:
    """Return what a package is deployed with that uses one of the two SDKs."""
    return use_of(request.param, lock)


def use_of(module: str, lock: str) -> dict[str, str]:
    """Return the name of an SDK, the HTTP library that it comes with, and what a package requires for them.

    Ours need not be required, because the runner offers it to every bot.
    """
    if module == "bv.runtime":
        return {"SDK": module, "HTTP": "httpx", "lock": lock, "version": "1.0.0"}
    return {"SDK": module, "HTTP": "httpx2", "lock": "", "version": "2.0.0"}


def package(name: str, main_py: str, *, lock: str = "", version: str = "1.0.0", script_py: str = "") -> bytes:
    """Return a package as `bv build` makes it."""
    project = PROJECT.format(name=name, version=version)
    return archive_of(bvproject_yaml=project, main_py=main_py, script_py=script_py, requirements_lock=lock)


def deploy(yard: Yard, name: str, main_py: str, **parts: str) -> None:
    yard.deploy(name, package(name, main_py, **parts), "botvelocity")


def deploy_with(yard: Yard, name: str, main_py: str, sdk: dict[str, str]) -> None:
    """Deploy a bot that imports this SDK."""
    for placeholder in ("SDK", "HTTP"):
        main_py = main_py.replace(placeholder, sdk[placeholder])
    deploy(yard, name, main_py, lock=sdk["lock"], version=sdk["version"])


def test_a_bot_gets_its_context_and_returns_its_output(shared_yard: Yard, sdk: dict[str, str]) -> None:
    code = """
        import json, os, stat, sys
        from SDK import get_execution_context
        from SDK.context import get_runtime_context_path
        def main():
            context = get_execution_context()
            print(context.execution_id, context.orchestrator_url, context.is_runner_mode, context.project_type)
            file = get_runtime_context_path()
            print(oct(stat.S_IMODE(os.stat(file).st_mode)), os.getcwd() in str(file))
            print(json.dumps(sorted(name for name in os.environ if name.startswith(("BOTYARD_", "BV_")))))
            print(os.getcwd() == sys.path[0], not [name for name in sys.path if "botyard" in name])
            return {"doubled": json.load(open(os.environ["BOTYARD_INPUT"]))["number"] * 2}
    """
    deploy_with(shared_yard, "context", code, sdk)
    task = shared_yard.start("context", number=21)
    done = shared_yard.settled(task, seconds=120)
    assert (done.state, done.output, done.message) == ("succeeded", {"doubled": 42}, None)
    context, mode, names, path = shared_yard.lines(task)
    execution, url, runner_mode, kind = context.split()
    assert len(execution) == 36
    assert url == f"{shared_yard.server.url}/default/orchestrator_"
    assert (runner_mode, kind, mode, path) == ("True", "agent", "0o600 False", "True True")
    assert json.loads(names) == [
        "BOTYARD_ATTEMPT",
        "BOTYARD_INPUT",
        "BOTYARD_INPUT_FILES",
        "BOTYARD_INTERRUPT",
        "BOTYARD_OUTPUT",
        "BOTYARD_OUTPUT_FILES",
        "BOTYARD_TASK_ID",
        "BV_SDK_RUN",
    ]


def test_a_bot_is_in_the_folder_of_its_automation(shared_yard: Yard, sdk: dict[str, str]) -> None:
    code = """
        from SDK import assets, get_folder_id, get_robot_name
        def main():
            found = [assets.get("WHERE"), assets.get("WHERE", folder="DEFAULT")]
            return [len(get_folder_id()), get_robot_name(), *found]
    """
    (shared_yard.folder / "folders.yaml").write_text("""
folders: [Finance]
assets:
  - {name: WHERE, type: text, value: everywhere}
  - {name: WHERE, type: text, value: finance, folder: Finance}
automations:
  - {label: in-finance, folder: Finance}
""")
    shared_yard.server.cli("apply", str(shared_yard.folder / "folders.yaml"))
    deploy_with(shared_yard, "in-finance", code, sdk)
    done = shared_yard.settled(shared_yard.start("in-finance"), seconds=120)
    assert done.output == [36, done.runner, "finance", "everywhere"], done.message


def test_a_task_chooses_among_the_entrypoints(shared_yard: Yard) -> None:
    code = """
        import datetime
        def main(): return datetime.date(2026, 1, 2)
        async def other(): return ["other"]
    """
    deploy(shared_yard, "chosen", code, script_py="print(__name__)")
    tasks = {name: shared_yard.start("chosen", entrypoint=name) for name in ("", "other", "script", "nonsense")}
    done = {name: shared_yard.settled(task) for name, task in tasks.items()}
    assert (done[""].output, done["other"].output) == ("2026-01-02", ["other"])
    assert shared_yard.lines(tasks["script"]) == ["__main__"]
    assert done["nonsense"].state == "failed"
    assert 'no entrypoint "nonsense"; it has "main", "other", "script"' in (done["nonsense"].message or "")


def test_a_project_gets_the_python_that_it_asks_for_or_is_told_what_there_is(shared_yard: Yard) -> None:
    others = [each for each in installed(find_uv(), preparation_variables()) if each.version[:2] > own().version[:2]]
    wanted = ".".join(map(str, others[0].version[:2])) if others else "3.8"
    for version, asked in (("1.0.0", wanted), ("2.0.0", "3.99")):
        project = PROJECT.format(name="aged", version=version) + f"  python_version: '{asked}'\n"
        main = "import sys\ndef main(): return '.'.join(map(str, sys.version_info[:2]))"
        content = archive_of(bvproject_yaml=project, main_py=main, script_py="")
        shared_yard.deploy(f"aged-{version[0]}", content, "botvelocity")
    done = shared_yard.settled(shared_yard.start("aged-1"), seconds=120)
    assert done.output == (wanted if others else ".".join(map(str, own().version[:2]))), done.message
    refused = shared_yard.settled(shared_yard.start("aged-2"), seconds=120)
    assert refused.state == "failed"
    assert "asks for Python 3.99, and this runner has only 3." in (refused.message or "")


def test_an_exception_fails_the_task_with_its_words(shared_yard: Yard) -> None:
    deploy(shared_yard, "crash", "def main(): raise ValueError('no such customer')")
    done = shared_yard.settled(shared_yard.start("crash"))
    assert done.state == "failed"
    assert done.message == "The bot ended with exit code 1: ValueError: no such customer"


def test_a_function_that_is_missing_fails_the_task(shared_yard: Yard) -> None:
    deploy(shared_yard, "empty", "")
    done = shared_yard.settled(shared_yard.start("empty"))
    assert done.state == "failed"
    assert "has no attribute 'main'" in (done.message or "")


STOPPED = """
    import os, time
    from SDK import LogLevel, log_message
    def main():
        os.write(1, f"pid {os.getpid()}\\n".encode())
        while True:
            CALL
            time.sleep(0.05)
"""


def test_a_cancelled_bot_is_stopped_by_its_next_call_of_the_sdk(shared_yard: Yard, sdk: dict[str, str]) -> None:
    code = STOPPED.replace("CALL", 'log_message("working", LogLevel.INFO)')
    deploy_with(shared_yard, "stopped", code, sdk)
    task = shared_yard.start("stopped")
    wait_until(lambda: shared_yard.pids(task), seconds=120, what="the bot")
    began = time.monotonic()
    shared_yard.act(task, "cancel")
    assert shared_yard.settled(task).state == "cancelled"
    assert time.monotonic() - began < 8  # the grace is 10 seconds
    assert "stopped by the orchestrator" in "\n".join(shared_yard.lines(task, stream="stderr"))
    assert not [pid for pid in shared_yard.pids(task) if alive(pid)]


def test_bots_go_on_calling_while_their_tokens_are_replaced(shared_yard: Yard, lock: str) -> None:
    code = """
        import json, os, time
        from pathlib import Path
        import HTTP
        from SDK import LogLevel, get_execution_context, log_message, start_span
        from SDK.context import get_runtime_context_path
        def token(): return json.loads(Path(get_runtime_context_path()).read_text())["robot_token"]
        def holds(text):
            url = get_execution_context().orchestrator_url + "/queues"
            return HTTP.get(url, headers={"X-Robot-Token": text}).status_code
        def main():
            seen = [token()]
            print("ready", flush=True)
            calls = 0
            while len(seen) < 3 and calls < 2000:
                log_message(f"call {calls}", LogLevel.INFO)
                with start_span("step"): calls += 1
                if token() != seen[-1]:
                    seen.append(token())
                    print(f"rotated {len(seen) - 1}", flush=True)
                time.sleep(0.02)
            log_message("last", LogLevel.INFO)
            mode = oct(os.stat(get_runtime_context_path()).st_mode & 0o777)
            return {"calls": calls, "held": [holds(text) for text in seen], "mode": mode}
    """
    for number, module in enumerate(SDKS):
        deploy_with(shared_yard, f"rotated-{number}", code, use_of(module, lock))
    tasks = [shared_yard.start(f"rotated-{number}") for number in range(len(SDKS))]
    for task in tasks:
        shared_yard.running(task, line="ready")
        shared_yard.act(task, "rotate-token")
    for task in tasks:
        shared_yard.running(task, line="rotated 1")
        shared_yard.server.cli("task", "rotate-token", str(task))
    for task in tasks:
        done = shared_yard.settled(task)
        assert done.state == "succeeded", done.message
        # The first token was replaced twice; the second is in its overlap.
        assert (done.output["held"], done.output["mode"]) == ([401, 200, 200], "0o600")
        messages = [line.text.removeprefix("INFO").strip() for line in shared_yard.log(task) if " call " in line.text]
        assert messages == [f"call {number}" for number in range(done.output["calls"])], "no call was refused"
        assert not [line for line in shared_yard.lines(task) if "failed to" in line.lower() or "not sent" in line]


def test_the_example_leaves_the_vendors_package(shared_yard: Yard, tmp_path: Path) -> None:
    project = tmp_path / "agent"
    shutil.copytree("examples/agent", project)
    migrate_bot(path=project, write=True)
    for requirements in project.glob("requirements.*"):
        requirements.unlink()  # the runner offers our module to every bot
    manifest = (project / "bvproject.yaml").read_text("utf-8")
    assert '["botyard-sdk"]' in manifest
    (project / "bvproject.yaml").write_text(manifest.replace('["botyard-sdk"]', "[]"))
    shared_yard.server.cli("apply", str(project / "workspace.yaml"))
    shared_yard.server.cli("deploy", str(project), "--automation", "support-agent")
    filled = shared_yard.settled(shared_yard.start("support-agent", entrypoint="fill"))
    assert (filled.state, len(filled.output["added"])) == ("succeeded", 6)
    task = shared_yard.start("support-agent")
    done = shared_yard.settled(task)
    assert (done.state, done.output) == ("succeeded", {"answered": 4, "handed_over": 2, "failed": 0})
    assert 'T-102: answered from "Change a delivery address"' in "\n".join(line.text for line in shared_yard.log(task))
    spans = list(shared_yard.client.spans.of_task(task))
    (root,) = [span for span in spans if span.parent_id is None]
    assert root.name == "agent"


def test_a_bot_that_cannot_be_given_another_token_keeps_it(shared_yard: Yard) -> None:
    task = shared_yard.start("stubborn", "import time; print('ready', flush=True); time.sleep(60)")
    wait_until(lambda: "ready" in shared_yard.lines(task), seconds=60, what="the bot")
    with pytest.raises(Refused, match="is a plain bot: it got its token when it started") as refused:
        shared_yard.act(task, "rotate-token")
    assert refused.value.code == "unsupported"
    shared_yard.act(task, "kill")
    shared_yard.settled(task)


def test_a_bot_that_makes_no_call_is_killed(shared_yard: Yard, lock: str) -> None:
    deploy(shared_yard, "deaf", STOPPED.replace("CALL", "pass").replace("SDK", "bv.runtime"), lock=lock)
    task = shared_yard.start("deaf")
    wait_until(lambda: shared_yard.pids(task), seconds=120, what="the bot")
    shared_yard.act(task, "kill")
    done = shared_yard.settled(task, seconds=10)
    assert (done.state, done.killed) == ("failed", True)
    assert not [pid for pid in shared_yard.pids(task) if alive(pid)]


def test_a_folder_is_deployed_with_what_its_project_depends_on(shared_yard: Yard, tmp_path: Path) -> None:
    project = PROJECT.format(name="folder", version="2.0.0").replace(
        "entrypoints:", "dependencies: [idna]\n  entrypoints:"
    )
    (tmp_path / "bvproject.yaml").write_text(project)
    (tmp_path / "main.py").write_text("import idna\ndef main(): return idna.encode('ä').decode()")
    (tmp_path / "script.py").write_text("")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "old.bvpackage").write_text("")
    shared_yard.server.cli("deploy", str(tmp_path), "--automation", "folder")
    done = shared_yard.settled(shared_yard.start("folder"), seconds=120)
    assert (done.state, done.output, done.package_version) == ("succeeded", "xn--4ca", "2.0.0")
