"""The examples of our guide run as they are written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.clients import ROOT
from tests.support.processes import clean_environment


def test_the_examples_of_our_guide_run(shop: dict[str, str], tmp_path: Path) -> None:
    section = (ROOT / "docs" / "automio.md").read_text("utf-8").partition("## Leave the vendor's package")[2]
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 2
    (tmp_path / "example.py").write_text("\n".join(blocks), "utf-8")
    done = subprocess.run(
        [sys.executable, "example.py"],
        env=clean_environment(**shop),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[1:] for line in lines[:2]] == [["200", "2"]] * 2
    assert lines[2] == "{'insert_app_130_orders': {'affected_rows': 1}}"
    assert [line.split()[1] for line in lines[3:5]] == ["user@domain.com", "eva"]
    assert [line.split()[2] for line in lines[5:7]] == ["True", "True"]
    assert lines[7:] == ["{'processed': 2}"]


def test_the_plugin_of_the_page_about_plugins_runs(shop: dict[str, str], tmp_path: Path) -> None:
    (plugin,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "plugins.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "plugins" / "interfaces").mkdir(parents=True)
    (tmp_path / "plugins" / "interfaces" / "shop.py").write_text("CURRENCY = 'EUR'\n")
    code = plugin.replace("data, response =", "print(connection_id, CURRENCY); data, response =") + "    return data\n"
    (tmp_path / "plugins" / "shop_github.py").write_text(code)
    (tmp_path / "example.py").write_text(
        "import builtins\n"
        "from botyard.sdk.automio.wrapper import API\n"
        "builtins.api = api = API()\n"
        "(account,) = api.integrations.get_integration('github').connected_accounts\n"
        "print(api.plugins.invoke('shop.orders', 'github', connection_ids=[account])['name'])\n"
    )
    done = subprocess.run(
        [sys.executable, "example.py"],
        env=clean_environment(**shop),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(r"\d+ EUR\n/orders\n", done.stdout)
