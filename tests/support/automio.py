"""The clients of Automio that the same programs are run with: the vendor's, and the product's own in their place."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.clients import ROOT, command
from tests.support.processes import clean_environment

BOTS = ROOT / "tests" / "protocols" / "automio" / "bots"
#: Each client, and what its package is called.
VENDORS = {"automio-0.1.6": "automio", "robotnikai-0.2.11": "robotnikai", "automio-0.5.7": "automio"}
OURS = "botyard.sdk.automio"
CLIENTS = VENDORS | {OURS: "automio"}


def run(client: str, program: str, env: dict[str, str], folder: Path, *arguments: str) -> str:
    """Run a program of `bots` with a client in a folder, and return what it printed; it has to end well."""
    done = subprocess.run(
        [*command(client), str(BOTS / program), *arguments],
        env=clean_environment(**env),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{client}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout
