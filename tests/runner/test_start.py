"""Starting a runner: clear words when it cannot work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from botyard.runner import identity
from botyard.runner.environment import PreparationFailed
from botyard.runner.identity import Identity
from botyard.runner.job import Job, OutputUnreadable
from botyard.runner.launch import bot_variables, launch_of
from botyard.runner.options import Options
from botyard.runner.platform import current
from botyard.wire import native as wire


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a runner that is expected to end at once."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOTYARD_")}
    return subprocess.run(
        [sys.executable, "-m", "botyard.runner", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_an_identity_and_a_join_code_it_says_how_to_get_one(tmp_path: Path) -> None:
    done = run("--server", "http://127.0.0.1:9", folder=tmp_path)
    assert done.returncode == 1
    assert "botyard connect runner" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    done = run("--server", "nonsense", "--token", "x", folder=tmp_path)
    assert done.returncode == 1
    assert '"nonsense" is not the address of a server' in done.stderr


def test_a_working_directory_has_one_runner(tmp_path: Path) -> None:
    lock = current().lock(tmp_path / "lock")
    assert lock is not None
    done = run("--server", "http://127.0.0.1:9", "--token", "x", "--work", str(tmp_path), folder=tmp_path)
    lock.release()
    assert done.returncode == 1
    assert "Another runner is already at work" in done.stderr


def test_a_working_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("--server", "http://127.0.0.1:9", "--token", "x", "--work", str(tmp_path / "file"), folder=tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path / 'file'} cannot be used" in done.stderr


def test_the_token_of_one_server_is_not_sent_to_another(tmp_path: Path) -> None:
    kept = Identity(server="http://one", runner_id="r", token="t", workspace="default")
    (tmp_path / "identity.json").write_bytes(msgspec.json.encode(kept))
    assert identity.load(Options(server="http://one/", work=tmp_path)) == kept
    assert identity.load(Options(server="http://two", work=tmp_path)) is None
    assert identity.load(Options(server="http://two", work=tmp_path, embedded=True)) == kept


def test_a_damaged_identity_is_none(tmp_path: Path) -> None:
    (tmp_path / "identity.json").write_bytes(b"\xff{")
    assert identity.load(Options(server="http://one", work=tmp_path)) is None


def test_a_bot_gets_the_locale_and_what_the_administrator_named() -> None:
    outer = {
        "LANG": "de_DE.UTF-8",
        "LC_TIME": "C",
        "TZ": "Asia/Tokyo",
        "AWS_SECRET_ACCESS_KEY": "s",
        "BOTYARD_TOKEN": "t",
        "HTTPS_PROXY": "http://proxy",
        "BOTYARD_RUNNER_PASS": "HTTPS_PROXY, MISSING",
    }
    found = bot_variables(outer, essential=frozenset())
    assert found == {
        "LANG": "de_DE.UTF-8",
        "LC_TIME": "C",
        "TZ": "Asia/Tokyo",
        "HTTPS_PROXY": "http://proxy",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def test_a_package_without_its_entry_file_cannot_be_started(tmp_path: Path) -> None:
    platform = current()
    job = Job(tmp_path / "job", platform)
    job.create()
    grant = wire.LeaseGrant(
        attempt="a",
        task=1,
        epoch=1,
        token="t",
        automation="x",
        dialect="botcity",
        entry="bot.py",
        package_digest="d",
        package_version="1",
        parameters={},
        workspace="default",
    )
    with pytest.raises(PreparationFailed, match=r'has no "bot\.py"'):
        launch_of(grant, job=job, environment=tmp_path, server="http://x", until=0.0, platform=platform)


@pytest.mark.parametrize("content", [b"{", b"\xff", b"NaN", b"[" * 100_000, b'"' + b"x" * (1 << 20) + b'"'])
def test_an_output_that_cannot_be_passed_on_is_named(tmp_path: Path, content: bytes) -> None:
    job = Job(tmp_path / "job", current())
    job.create()
    job.output.write_bytes(content)
    with pytest.raises(OutputUnreadable, match="was not passed on"):
        job.read_output()


def test_an_output_that_is_no_file_is_none(tmp_path: Path) -> None:
    job = Job(tmp_path / "job", current())
    job.create()
    assert job.read_output() is None
    job.output.mkdir()
    assert job.read_output() is None


def test_a_job_is_private_and_removed_whatever_the_bot_did_to_it(tmp_path: Path) -> None:
    job = Job(tmp_path / "job", current())
    job.create()
    assert {path.stat().st_mode & 0o777 for path in (job.folder, *job.folder.iterdir())} == {0o700}
    (job.home / "deep" / "er").mkdir(parents=True)
    (job.home / "deep" / "er").chmod(0)
    (job.home / "deep").chmod(0)
    (job.home / "link").symlink_to("/etc")
    job.remove()
    assert not job.folder.exists()
    assert Path("/etc").exists()
