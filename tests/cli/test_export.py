"""A workspace goes out as a file and comes back as it was, also on another server."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from botyard.cli import exits
from tests.cli.conftest import Shell
from tests.support.databases import copy_sqlite
from tests.support.processes import Server, make_server

SECRETS = {
    "BANK_USER": "ann",
    "BANK_PASSWORD": "pa ss",
    "API_KEY": "k-123",
    "DB_PASSWORD": "db word",
    "GITHUB_JOHN_KEY": "gh-1",
    "SHOPS_ANN_USER": "ann",
    "SHOPS_ANN_PASSWORD": "sh0ps-word",
    "BPM_TOKEN": "0f0e5f2e-8c2b-4f0c-9f53-5d1b7d7f0a11",
}
WORKSPACE = """\
automations:
  - label: invoices
    name: Invoice intake
    description: Reads the mailbox.
    folder: Finance
    priority: 3
    runner_label: gpu
    on_lost: fail
    parameters:
      - {name: month, type: string, scope: In}
      - {name: booked, type: int, scope: Out}
    uses: {queues: [orders], credentials: [Bank], assets: [CONFIG]}
    notify: [{to: night shift, level: warn}, {to: ann@example.org, level: error}]
  - label: plain
queues:
  - label: orders
    folder: Finance
    policy: lifo
    max_retries: 2
    retry_delay: 5m
    lease: 2h
    time_limit: 30m
    trigger: always
    automation: invoices
    unique_scope: pending
    schema: [{label: invoice, type: text, unique: true, display: true}]
  - label: bare
    active: false
schedules:
  - {automation: invoices, name: nightly, cron: "0 2 * * *", timezone: Europe/Warsaw, overlap: queue, priority: 5}
  - {automation: plain, once_at: 2099-01-01T00:00:00Z, parameters: {a: [1, null, "x"]}, active: false}
credentials:
  - {label: Bank, folder: Finance, secrets: {user: {env: BANK_USER}, password: {env: BANK_PASSWORD}}}
folders: [Finance, Empty]
assets:
  - {name: CONFIG, type: text, value: "yes"}
  - {name: LIMIT, type: int, value: 7, folder: Finance, description: how many}
  - {name: ACTIVE, type: bool, value: false}
  - {name: API_KEY, type: secret, value: {env: API_KEY}}
  - {name: DB, type: credential, username: bot, password: {env: DB_PASSWORD}}
apps:
  - id: 130
    slug: shop
    name: Shop
    tables:
      - name: customers
        fields: [{name: email, required: true, unique: true}]
        search_fields: [email]
      - name: orders
        fields:
          - {name: number, required: true}
          - {name: amount, type: number}
          - {name: customer, type: foreign_key, to: customers}
        unique_together: [[number, amount]]
    actions:
      - {slug: nightly-sync, name: Nightly, type: app_action, code: sync.py, requirements: [requests==2.32.3]}
      - {slug: watch, type: trigger_action, table: orders, on: [insert, delete], code: sync.py}
      - {slug: later, input_schema: {type: object}}
integrations:
  - id: github
    name: GitHub
    base_url: https://api.github.com
    auth: {kind: api_key, in: header, name: Authorization, scheme: Bearer}
    headers: {X-Client: botyard}
    connections: [{name: john, key: {env: GITHUB_JOHN_KEY}, apps: [130], calls_per_minute: 60}]
  - id: shops
    base_url: https://shops.example.com
    auth: {kind: basic}
    connections: [{name: ann, user: {env: SHOPS_ANN_USER}, password: {env: SHOPS_ANN_PASSWORD}, concurrency: 3}]
  - {id: open, base_url: https://open.example.com, tags: [free]}
plugins:
  interfaces:
    - {namespace: trade, title: Shops, capabilities: [orders], code: trade.py}
  implementations:
    - {interface: trade, integration: github, code: trade_github.py, enabled: false}
systems:
  - {name: BPM, token: {env: BPM_TOKEN}, processes: [invoices], networks: [10.0.0.0/8], state: locked}
groups:
  - {name: night shift, members: [admin, carol@example.org]}
"""
CODE = {"sync.py": "print('sync')\n", "trade.py": "A = 1\n", "trade_github.py": "def orders():\n    return []\n"}


@pytest.fixture
def filled(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Return the command line of a server that holds all that a file can say."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    for name, text in CODE.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "ws.yaml").write_text(WORKSPACE)
    shell.ok("apply", str(tmp_path / "ws.yaml"))
    return shell


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Server]:
    """Yield another server, which is empty."""
    folder = tmp_path_factory.mktemp("other")
    data = folder / "data"
    data.mkdir(mode=0o700)
    copy_sqlite(sqlite_template, data)
    server = make_server(folder, data, None, "--no-runner")
    try:
        server.start_ready()
        yield server
    finally:
        server.stop()


def test_what_was_exported_changes_nothing(filled: Shell, tmp_path: Path) -> None:
    target = tmp_path / "out" / "exported.yaml"
    target.parent.mkdir()
    told = filled.json("export", str(target))
    assert sorted(told["variables"]) == sorted(SECRETS)
    assert told["left_out"] == []
    text = target.read_text()
    assert not [value for value in SECRETS.values() if len(value) > 3 and value in text]
    assert filled.ok("apply", str(target), "--dry-run") == "Nothing to change.\n"
    assert filled.ok("import", str(target)) == "Nothing to change.\n"


def test_another_server_becomes_the_same(
    filled: Shell, other: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bot = tmp_path / "bot"
    bot.mkdir()
    (bot / "main.py").write_text("print(1)\n")
    filled.ok("deploy", str(bot), "--automation", "plain", "--version", "1.2")
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    filled.ok("export", str(first), "--with-packages")
    there = Shell(other, capsys)
    made = there.json("import", str(first))
    assert made["packages"] == [{"automation": "plain", "version": "1.2"}]
    assert there.json("import", str(first))["changes"] == []
    there.ok("export", str(second), "--with-packages")
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as another:
        assert sorted(one.namelist()) == sorted(another.namelist())
        assert {name: one.read(name) for name in one.namelist()} == {
            name: another.read(name) for name in another.namelist()
        }


def test_what_a_file_cannot_hold_is_named(filled: Shell, tmp_path: Path) -> None:
    twin = filled.json("schedule", "create", "plain", "--once-at", "2099-01-01T00:00:00Z")
    filled.ok("system", "create", "Stranger")
    told = filled.json("export", str(tmp_path / "x.yaml"))
    assert told["left_out"] == [
        f"schedule {twin['id']} of plain: it needs a name of its own.",
        "system Stranger: nobody has let it in.",
    ]
    assert filled.ok("apply", str(tmp_path / "x.yaml")) == "Nothing to change.\n"


def test_what_needs_files_is_not_printed_and_packages_need_an_archive(filled: Shell, tmp_path: Path) -> None:
    assert "needs files" in filled.run("export").err
    refused = filled.run("export", str(tmp_path / "x.yaml"), "--with-packages")
    assert (refused.code, ".zip" in refused.err) == (exits.REFUSED, True)


def test_hostile_archives_are_refused(shell: Shell, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.zip"
    packed = [{"automation": "a", "version": "1", "dialect": "plain", "path": "../../etc/passwd"}]
    cases = [
        ({"../workspace.yaml": b""}, "workspace.yaml"),
        ({"other.yaml": b""}, "holds no workspace.yaml"),
        ({"workspace.yaml": b"folders: []", "packages.json": json.dumps(packed).encode()}, "not in the archive"),
        ({"workspace.yaml": b"folders: []", "packages.json": b"{"}, "damaged"),
    ]
    for files, expected in cases:
        with zipfile.ZipFile(hostile, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        refused = shell.run("import", str(hostile))
        assert (refused.code, refused.out) == (exits.REFUSED, "")
        assert expected in refused.err
    hostile.write_bytes(b"no archive")
    assert shell.run("import", str(hostile)).code == exits.REFUSED
