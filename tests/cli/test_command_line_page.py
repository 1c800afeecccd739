"""Every block of docs/command-line.md runs, in the order of the page."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.cli.conftest import Shell
from tests.support.processes import BOTYARD, clean_environment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"


def test_the_tour_runs(shell: Shell, tmp_path: Path) -> None:
    # A finding such as "nobody has connected a runner" is no fault, so that doctor ends well here.
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) >= 7
    environment = clean_environment(BOTYARD_DATA=str(shell.server.data), TERM="dumb")
    environment["PATH"] = f"{BOTYARD.parent}:{environment.get('PATH', '')}"
    if shell.server.database_url:
        environment["BOTYARD_DATABASE"] = shell.server.database_url
    script = "set -euo pipefail\n" + "".join(blocks)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Orders of the shop" in done.stdout
    assert "There are more" in done.stderr
    assert "BANK_PASSWORD" in done.stderr
    assert "Nothing to change." in done.stdout
    assert "s3cret" not in done.stdout
