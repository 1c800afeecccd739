"""`botyard migrate-bot`: which lines name a vendor's library, and what they say afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botyard.cli.imports import MODULES, moved, read_code, read_project, read_requirements
from botyard.cli.main import main


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from botcity.maestro import *\n", "from botyard.sdk.botcity import *\n"),
        (
            "from botcity.maestro.datapool import (  # items\n    DataPoolEntry,\n)\n",
            "from botyard.sdk.botcity.datapool import (  # items\n    DataPoolEntry,\n)\n",
        ),
        ("import botcity.maestro as maestro\r\n", "import botyard.sdk.botcity as maestro\r\n"),
        (
            "import os, botcity.maestro\nsdk = botcity.maestro.BotMaestroSDK()\n",
            "import os, botyard.sdk.botcity\nsdk = botyard.sdk.botcity.BotMaestroSDK()\n",
        ),
        ("from botcity import maestro\n", "from botyard.sdk import botcity as maestro\n"),
        ("from maestro_client import MaestroClient\n", "from botyard.sdk.maestro_client import MaestroClient\n"),
        ("import automio\nautomio.API()\n", "import botyard.sdk.automio as automio\nautomio.API()\n"),
        ("from robotnikai import API\n", "from botyard.sdk.automio import API\n"),
        (
            "from bv.runtime import assets, log_message, LogLevel\n",
            "from botyard.sdk.botvelocity import assets, log_message, LogLevel\n",
        ),
        (
            "from bv.runtime.traces import get_current_span, get_current_span_id\n",
            "from botyard.sdk.botvelocity.traces import get_current_span, get_current_span_id\n",
        ),
        (
            "from bv.runtime.queue import Priority, Status, ErrorType\n",
            "from botyard.sdk.botvelocity.queue import Priority, Status, ErrorType\n",
        ),
        ("from bv import runtime\n", "from botyard.sdk import botvelocity as runtime\n"),
        (
            "import bv.runtime\nbv.runtime.queue.get('orders')\n",
            "import botyard.sdk.botvelocity\nbotyard.sdk.botvelocity.queue.get('orders')\n",
        ),
        (
            "if True:\n    from automio import API as A; a = 'ä'\n",
            "if True:\n    from botyard.sdk.automio import API as A; a = 'ä'\n",
        ),
    ],
)
def test_only_the_name_of_the_module_changes(before: str, after: str) -> None:
    reading = read_code(before)
    assert (reading.text, reading.remarks) == (after, [])
    assert read_code(after).changes == []


@pytest.mark.parametrize(
    "text",
    [
        "from botcity.core import DesktopBot\n",
        "from botcity.web import WebBot\n",
        "import maestro_clients\n",
        "from .automio import API\n",
        "# import automio\n",
    ],
)
def test_what_is_no_vendors_library_stays(text: str) -> None:
    assert read_code(text) == (text, [], [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('importlib.import_module("botcity.maestro")\n', "is named in a text"),
        ("from botcity import maestro, core\n", "on a line of its own"),
        ("from botcity.maestro.nowhere import x\n", "nothing that stands in"),
    ],
)
def test_what_a_person_has_to_look_at_is_told_and_stays(text: str, told: str) -> None:
    reading = read_code(text)
    assert (reading.text, reading.changes) == (text, [])
    assert told in reading.remarks[0].text


def test_a_name_that_our_module_does_not_have_is_told() -> None:
    reading = read_code("from automio import API, Nothing\n")
    assert reading.text == "from botyard.sdk.automio import API, Nothing\n"
    assert [remark.text for remark in reading.remarks] == ["botyard.sdk.automio has no Nothing."]


def test_lists_of_requirements_name_our_distribution_once() -> None:
    text = "requests\nbotcity-maestro-sdk==0.6.0  # tasks\nAutomio>=0.1\n"
    reading = read_requirements(text)
    assert reading.text == "requests\nbotyard-sdk\n"
    assert [change.line for change in reading.changes] == [2, 3]
    assert read_requirements(reading.text).changes == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["bv-runtime==2026.2.81610"]', '["botyard-sdk"]'),
        ("[bv_runtime >=1, <2, idna]", "[botyard-sdk, idna]"),
        ("\n  - idna\n  - BV-Runtime~=1.0  # bv-runtime", "\n  - idna\n  - botyard-sdk  # bv-runtime"),
        ("[bv-runtime-more, my-bv-runtime]", "[bv-runtime-more, my-bv-runtime]"),
    ],
)
def test_a_project_of_bot_velocity_depends_on_ours_instead(before: str, after: str) -> None:
    text = "project:\n  name: x\n  dependencies: {}\n  description: bv-runtime\n"
    reading = read_project(text.format(before))
    assert reading.text == text.format(after)
    assert len(reading.changes) == (before != after)


def test_every_name_of_the_manual_is_there() -> None:
    manual = Path(__file__).parents[1] / "sdk" / "botvelocity" / "programs" / "manual.py"
    text = manual.read_text("utf-8")
    reading = read_code(text.replace("botyard.sdk.botvelocity", "bv.runtime"))
    assert (reading.text, reading.remarks) == (text, [])
    assert len(reading.changes) > 15


@given(
    st.lists(
        st.sampled_from(
            [
                "x = 1",
                "from automio import API",
                "import botcity.maestro",
                "print(botcity.maestro.AutomationTaskFinishStatus.SUCCESS)",
                "def f():\n    import maestro_client as m\n    return m",
                "t = '''\nimport automio\n'''",
                "from bv.runtime import (\n  assets,\n  queue)",
                "é = 'ü'; from robotnikai import API",
            ]
        ),
        max_size=12,
    )
)
def test_code_is_code_afterwards_and_has_as_many_lines(parts: list[str]) -> None:
    text = "".join(f"{part}\n" for part in parts)
    reading = read_code(text)
    compile(reading.text, "bot.py", "exec")
    assert reading.text.count("\n") == text.count("\n")
    assert all(before != after for _, before, after in reading.changes)


def test_names_are_moved_whole() -> None:
    assert moved("automio_more") is None
    assert moved("automio.api") == "botyard.sdk.automio.api"
    assert moved("botcity") is None
    assert set(MODULES.values()) == {
        f"botyard.sdk.{name}" for name in ("automio", "botcity", "botvelocity", "maestro_client")
    }


def test_the_command_reports_and_changes_on_wish(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bot.py").write_text("from botcity.maestro import *\n")
    (tmp_path / "broken.py").write_text("def (:\n")
    (tmp_path / "latin.py").write_bytes(b"# caf\xe9\n")
    (tmp_path / "requirements.txt").write_text("botcity-maestro-sdk\n")
    elsewhere = tmp_path / ".venv" / "lib"
    elsewhere.mkdir(parents=True)
    (elsewhere / "other.py").write_text("import automio\n")
    with pytest.raises(SystemExit) as ended:
        main(["migrate-bot", str(tmp_path), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code in (0, None)
    assert told["written"] is False
    assert [file["file"] for file in told["files"]] == ["bot.py", "broken.py", "latin.py", "requirements.txt"]
    assert told["files"][0]["changes"] == [
        {"line": 1, "before": "from botcity.maestro import *", "after": "from botyard.sdk.botcity import *"}
    ]
    assert (tmp_path / "bot.py").read_text() == "from botcity.maestro import *\n"
    with pytest.raises(SystemExit):
        main(["migrate-bot", str(tmp_path), "--write"])
    written = capsys.readouterr().out
    assert "2 lines changed." in written
    assert "broken.py:1" in written
    assert (tmp_path / "bot.py").read_text() == "from botyard.sdk.botcity import *\n"
    assert (tmp_path / "requirements.txt").read_text() == "botyard-sdk\n"
    assert (elsewhere / "other.py").read_text() == "import automio\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".venv",
        "bot.py",
        "broken.py",
        "latin.py",
        "requirements.txt",
    ]
