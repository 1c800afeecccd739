"""What the pages show is done, against a server of their own: files applied, programs run, commands given."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from botyard.base.settings import OTHER_VARIABLES
from botyard.sdk import Botyard
from tests.documents.pages import DOCS, ROOT, blocks, commands
from tests.sdk.conftest import archive
from tests.support.clients import ensure
from tests.support.databases import copy_sqlite
from tests.support.processes import BOTYARD, Server, clean_environment, make_server, wait_until
from tests.test_documents import problems_of

#: Hands its token to whoever runs the test, and goes on until that one is done with it.
LENDER = """
import json, os, pathlib, time
given = json.load(open(os.environ["BOTYARD_INPUT"]))
there = pathlib.Path(given["token"])
there.with_suffix(".new").write_text(pathlib.Path(os.environ["BOTYARD_TOKEN_FILE"]).read_text())
there.with_suffix(".new").rename(there)
deadline = time.monotonic() + 60
while there.exists() and time.monotonic() < deadline:
    time.sleep(0.05)
"""
EXPORTS = """
import os
from pathlib import Path
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

{exporter}
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
provider.get_tracer("page").start_span({name!r}).end()
provider.shutdown()
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    """Yield a server with a runner, for the pages alone."""
    folder = tmp_path_factory.mktemp("pages")
    data = folder / "data"
    data.mkdir(mode=0o700)
    copy_sqlite(sqlite_template, data)
    server = make_server(folder, data, None)
    try:
        server.start_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def yard(site: Server) -> Iterator[Botyard]:
    known = json.loads((site.data / "server.json").read_bytes())
    with Botyard(site.url, known["token"]) as client:
        yield client


@pytest.fixture(scope="module")
def key(yard: Botyard) -> str:
    """Return a key of an administrator."""
    return yard.keys.create(name="pages", role="admin").token


@pytest.fixture(scope="module")
def surroundings(yard: Botyard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that workspace files name; the people whom they name are there as well."""
    folder = tmp_path_factory.mktemp("workspace")
    for page in ("automio", "integrations", "plugins", "workspace-file"):
        for name in re.findall(r"[\w-]+/[\w.-]+\.(?:py|pem)|keys/\w+", blocks(DOCS / f"{page}.md", "yaml")[0]):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("x = 1\n")
    yard.users.create(login="bob", role="operator")
    return folder


def apply(site: Server, key: str, folder: Path, text: str, *options: str) -> Any:
    """Apply a workspace file, with a value for each variable that it names."""
    (folder / "workspace.yaml").write_text(text)
    values = dict.fromkeys(re.findall(r"\{env: (\w+)\}", text), str(uuid.uuid4()))
    done = subprocess.run(
        [str(BOTYARD), "apply", "workspace.yaml", "--json", "--server", site.url, "--token", key, *options],
        env=clean_environment(**values), cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


#: Pages whose workspace file goes on from those of other pages.
FURTHER = {"integrations": ["automio"], "plugins": ["automio", "integrations"], "automio": [], "workspace-file": []}


@pytest.mark.parametrize("page", sorted(FURTHER))
def test_a_workspace_file_of_a_page_can_be_applied(site: Server, key: str, surroundings: Path, page: str) -> None:
    text = "".join(blocks(DOCS / f"{each}.md", "yaml")[0] for each in [*FURTHER[page], page])
    assert apply(site, key, surroundings, text, "--dry-run")


def test_tables_can_be_applied_and_asked(
    site: Server, key: str, surroundings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (text,), (query,) = blocks(DOCS / "tables.md", "yaml"), blocks(DOCS / "tables.md", "graphql")
    apply(site, key, surroundings, text.replace("  - slug: shop", "  - id: 130\n    slug: shop"))
    token = site.json("connect", "automio", "--app", "130")["env"]["APP_TOKEN"]
    answer = httpx2.post(
        f"{site.url}/api/apps/graphql/?app=130&table=orders",
        json={"query": query, "variables": {"state": "new"}},
        headers={"Authorization": f"App-Token {token}"},
    )
    assert answer.json() == {
        "data": {"app_130_orders": [], "app_130_orders_aggregate": {"aggregate": {"count": 0, "sum": {"amount": None}}}}
    }


def test_the_bot_of_the_page_about_parameters_returns_what_it_is_to(
    site: Server, key: str, yard: Botyard, surroundings: Path
) -> None:
    apply(site, key, surroundings, blocks(DOCS / "parameters.md", "yaml")[0])
    yard.automations.deploy("letters", archive(main__py=blocks(DOCS / "parameters.md", "python")[0]))
    (surroundings / "letter.txt").write_text("Dear all")
    task = yard.tasks.run(
        "letters", {"Customer": "ACME", "Letters": [str(surroundings / "letter.txt")] * 2}, timeout=60
    )
    assert (task.state, task.output) == ("succeeded", {"Total": 2, "Report": "report.txt"})
    (report,) = yard.tasks.artifacts(task.id)
    assert report.file_name == "report.txt"


def test_the_callers_of_the_page_about_elma_are_answered(
    site: Server, yard: Botyard, capsys: pytest.CaptureFixture[str]
) -> None:
    made = site.json("connect", "elma")
    process = yard.automations.deploy("orders", archive(main__py="print('done')")).process
    names: dict[str, Any] = {"ADDRESS": made["url"], "TOKEN": made["auth_tkn"], "PROCESS": process}
    first, second = blocks(DOCS / "elma.md", "python")
    exec(compile(first, "elma", "exec"), names)
    assert "'task': {" in capsys.readouterr().out
    exec(compile(second, "elma", "exec"), names)
    assert capsys.readouterr().out.strip() in ("PREPARE", "QUEUE", "EXECUTING", "DONE")


def test_items_are_pushed_with_curl(site: Server, key: str, yard: Botyard) -> None:
    yard.queues.create(label="orders")
    (text,) = blocks(DOCS / "queues.md", "console")
    command, answer = text.removeprefix("$ ").rsplit("\n", 2)[:2]
    words = shlex.split(command.replace("\\\n", " ").replace("$KEY", key))
    assert words[:2] == ["curl", "-s"]
    headers = dict(words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H")
    url = words[2].replace("localhost:8080", site.url)
    given = httpx2.post(url, content=words[words.index("-d") + 1], headers=headers)
    assert given.json() == json.loads(answer)


def test_spans_of_opentelemetry_arrive(site: Server, key: str, yard: Botyard, tmp_path: Path) -> None:
    lent = tmp_path / "token"
    yard.automations.deploy("lender", archive(main__py=LENDER))
    task = yard.tasks.create("lender", {"token": str(lent)})
    try:
        wait_until(lent.exists, what="the token of the bot")
        (variables,), (code,) = blocks(DOCS / "traces.md", ""), blocks(DOCS / "traces.md", "python")
        text = variables.replace("https://botyard.example.org", site.url).replace("TOKEN", key)
        outside = dict(line.split("=", 1) for line in text.splitlines())
        outside["OTEL_RESOURCE_ATTRIBUTES"] = f"botyard.task.id={task.id}"
        inside = {"BOTYARD_SERVER": site.url, "BOTYARD_TOKEN_FILE": str(lent)}
        export(tmp_path, "exporter = OTLPSpanExporter()", name="outside", **outside)
        export(tmp_path, code.replace("\nOTLP", "\nexporter = OTLP"), name="inside", **inside)
        assert {span.name for span in yard.spans.of_task(task.id)} == {"outside", "inside"}
    finally:
        lent.unlink(missing_ok=True)
    yard.tasks.wait(task.id, timeout=30)


def export(folder: Path, exporter: str, *, name: str, **environment: str) -> None:
    """Export a span as a page says."""
    (folder / "export.py").write_text(EXPORTS.format(exporter=exporter, name=name))
    subprocess.run(
        [str(ensure("opentelemetry-1.45")), "export.py"],
        cwd=folder, env=clean_environment(**environment), check=True, timeout=60, capture_output=True,
    )  # fmt: skip


def test_the_command_that_the_page_about_assistants_shows_exists() -> None:
    (said,) = json.loads(blocks(DOCS / "mcp.md", "json")[0])["mcpServers"].values()
    assert list(problems_of([said["command"], *said["args"]])) == []
    assert said["env"].keys() <= OTHER_VARIABLES


#: Command lines that are not given here, by how they begin, and why.
NOT_GIVEN = {
    "make ": "tests/scenarios/test_make_up.py runs it; make test is what runs this.",
    "botyard runner ": "Every test with a runner of its own starts it, with the code of `botyard connect runner`.",
    "botyard up ": "Every test on PostgreSQL starts it.",
}


@pytest.mark.parametrize("page", ["README.md", "docs/secrets.md"])
def test_command_lines_of_a_page_can_be_given(site: Server, tmp_path: Path, page: str) -> None:
    (tmp_path / "path/to/bot").mkdir(parents=True)
    (tmp_path / "path/to/bot/main.py").write_text("print('hello')\n")
    given = 0
    for line in commands(ROOT / page):
        if not line.startswith(tuple(NOT_GIVEN)):
            words = shlex.split(line, comments=True)
            done = subprocess.run(
                [str(BOTYARD), *words[1:], "--data", str(site.data)],
                cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert (words[0], done.returncode) == ("botyard", 0), f"{line}: {done.stdout}{done.stderr}"
            given += 1
    assert given
