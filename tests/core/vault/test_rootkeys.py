"""The file of root keys: made once, private, read strictly, and never replaced by another."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest

from botyard.base.exceptions import Busy, Invalid
from botyard.core.vault import RootKey, RootKeys

KEY = bytes(range(32))


def test_the_file_is_made_private_and_holds_one_key(tmp_path: Path) -> None:
    keys = RootKeys(tmp_path / "root.key")
    made = keys.create()
    assert (tmp_path / "root.key").stat().st_mode & 0o777 == 0o600
    assert RootKeys(tmp_path / "root.key").load() == (made,)
    assert [path.name for path in tmp_path.iterdir()] == ["root.key"]
    assert not keys.exposed()


def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    first = RootKeys(tmp_path / "root.key").create()
    assert RootKeys(tmp_path / "root.key").create() == first


def test_of_many_who_start_at_once_all_get_the_same_key(tmp_path: Path) -> None:
    made: list[RootKey] = []
    threads = [
        threading.Thread(target=lambda: made.append(RootKeys(tmp_path / "root.key").create())) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 16
    assert len(set(made)) == 1


@pytest.mark.parametrize(
    "text", [KEY.hex(), KEY.hex().upper(), base64.b64encode(KEY).decode(), f"# mine\n\n {KEY.hex()} \n"]
)
def test_a_key_of_one_s_own_is_hex_or_base64(text: str, tmp_path: Path) -> None:
    (tmp_path / "root.key").write_text(text)
    assert RootKeys(tmp_path / "root.key").load() == (RootKey.of(KEY),)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# only a comment\n",
        base64.b64encode(KEY)[:-1],
        base64.b64encode(KEY)[:20],
        KEY.hex()[:-1].encode(),
        KEY,
        b"\xff\xfe",
        b"not a key\n",
        base64.b64encode(KEY) + b"\n" + KEY.hex()[:10].encode(),
        b"#" * 70_000,
    ],
)
def test_a_truncated_or_damaged_file_is_refused_and_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    path.write_bytes(content)
    for attempt in (RootKeys(path).load, RootKeys(path).create):
        with pytest.raises(Invalid, match=r"root.key"):
            attempt()
    assert path.read_bytes() == content


def test_a_new_key_comes_first_and_the_old_ones_stay(tmp_path: Path) -> None:
    keys = RootKeys(tmp_path / "root.key")
    old = keys.create()
    new = keys.add()
    assert RootKeys(tmp_path / "root.key").load() == (new, old)
    assert (tmp_path / "root.key").stat().st_mode & 0o777 == 0o600


def test_no_file_is_written_without_the_keys_in_use(tmp_path: Path) -> None:
    keys = RootKeys(tmp_path / "root.key")
    keys.create()
    keys.path.unlink()
    with pytest.raises(FileNotFoundError):
        keys.add()
    assert not keys.path.exists()


def test_a_file_that_appears_is_found_without_a_restart(tmp_path: Path) -> None:
    keys = RootKeys(tmp_path / "root.key")
    with pytest.raises(Busy, match="sealed"):
        keys.get(RootKey.of(KEY).id)
    keys.path.write_text(KEY.hex())
    assert keys.get(RootKey.of(KEY).id).key == KEY


def test_a_server_goes_on_with_its_keys_when_the_file_disappears(tmp_path: Path) -> None:
    keys = RootKeys(tmp_path / "root.key")
    made = keys.create()
    keys.path.unlink()
    assert keys.find("0" * 16) is None
    assert keys.get(made.id) == made


def test_a_key_does_not_show_itself(tmp_path: Path) -> None:
    made = RootKeys(tmp_path / "root.key").create()
    for shown in (repr(made), str(made), f"{made}"):
        assert made.key.hex() not in shown
        assert repr(made.key) not in shown
    assert made.id in repr(made)
