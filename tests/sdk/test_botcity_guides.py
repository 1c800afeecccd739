"""The examples of our guide, and those of the guide of `botcity-maestro-client`, run as they are written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import Server, clean_environment

GUIDE = Path(__file__).parents[2] / "docs" / "botcity.md"
DROPIN = Path(__file__).parents[1] / "support" / "dropin.py"

#: The examples of the vendor's guide; `client` is the one made first, as there.
CLIENT_EXAMPLES = """
from maestro_client import MaestroClient

# Instantiate client
client = MaestroClient(
    login="your_login",
    key="your_key",
    base_url="https://developers.botcity.dev"
)

# Authenticate (auto-called if needed)
client.authenticate()

# List tasks
tasks = client.tasks.list(page=1, size=50)
print(tasks.data)

# Get specific task
task = client.tasks.get(task_id="123456")
print(task.data)

# Cancel a task
client.tasks.cancel(task_id="123456")

client.authenticate()
print(client.token)         # Bearer token
print(client.organization)  # Cached organization label

response = client.request_raw(
    method="GET",
    path="/api/v2/task",
    params={"size": 50, "page": 0, "sort": "dateCreation"}
)

print(response.status_code)
print(response.data)

from botcity_maestro_client import MaestroClient

client = MaestroClient(login="login", key="key")

# Create credential
client.credentials.create(
    label="MyCredential",
    values={
        "user": "user123",
        "password": "pass123"
    }
)

datapools = client.datapools.list(page=1, size=20)
for dp in datapools.data.get("content", []):
    print(dp["label"], dp["itemCount"])

resp = client.tasks.get("12345")
if resp.ok:
    print(resp.data)
else:
    print(f"Error {resp.status_code}: {resp.data}")

from botcity_maestro_client import MaestroClientError

try:
    client.tasks.get("invalid_id")
except MaestroClientError as e:
    print("Error:", e)
"""
#: The last one again, with a client that raises as that guide says it would.
RAISING = """
client = MaestroClient(login="login", key="key", raise_errors=True)
"""


@pytest.fixture(scope="module")
def place(live: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what takes the place of the address and the key in the examples."""
    package = tmp_path_factory.mktemp("package")
    (package / "bot.py").write_text("raise SystemExit('not run by these tests')\n")
    live.cli("deploy", str(package), "--automation", "invoices")
    keys = live.json("connect", "botcity")
    url, login, key = live.url, keys["login"], keys["key"]
    return {
        "https://botyard.example.org": url,
        "https://developers.botcity.dev": url,
        '"LOGIN", "KEY"': f'"{login}", "{key}"',
        'login="your_login"': f'login="{login}"',
        'key="your_key"': f'key="{key}"',
        'login="login", key="key"': f'login="{login}", key="{key}", base_url="{url}"',
    }


def run(program: str, place: dict[str, str], folder: Path, *, names: str) -> list[str]:
    for written, real in place.items():
        program = program.replace(written, real)
    script = folder / "example.py"
    script.write_text(program, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(DROPIN), names, str(script)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_the_examples_of_our_guide_run(place: dict[str, str], tmp_path: Path) -> None:
    section = GUIDE.read_text("utf-8").partition("## Leave the vendor's package")[2]
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == 3
    output = run("\n".join(blocks), place, tmp_path, names="botcity.maestro=botyard.sdk.botcity")
    assert output[:2] == ["booked A-17 1190.5", "{} 0"]
    assert re.fullmatch(r"\d+ invoices FINISHED", output[2])
    assert re.fullmatch(r"GET .*/api/v2/task/987654321: 404 .* 404", output[-1])


def test_the_examples_of_the_vendors_guide_run(place: dict[str, str], tmp_path: Path) -> None:
    error_example = CLIENT_EXAMPLES[CLIENT_EXAMPLES.rindex("try:") :]
    names = ",".join(f"{name}=botyard.sdk.maestro_client" for name in ("maestro_client", "botcity_maestro_client"))
    output = run(CLIENT_EXAMPLES + RAISING + error_example, place, tmp_path, names=names)
    assert "default" in output
    assert "200" in output
    missing, raised = output[-2:]
    assert missing.startswith("Error 404: ")
    assert raised.startswith("Error: GET ")
