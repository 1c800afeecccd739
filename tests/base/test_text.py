from __future__ import annotations

import pytest

from botyard.base import text
from botyard.base.exceptions import Invalid


def test_a_name_is_trimmed_and_composed() -> None:
    assert text.name(" relato\u0301rio ", field="name") == "relat\u00f3rio"


@pytest.mark.parametrize("sent", ["", " \t", "a\nb", "a\0b", "\x85", "\u202egnp.exe", "\ud800", "x" * 256])
def test_what_cannot_be_shown_on_one_line_is_no_name(sent: str) -> None:
    with pytest.raises(Invalid) as refused:
        text.name(sent, field="label")
    assert refused.value.field == "label"


@pytest.mark.parametrize(
    ("path", "last"),
    [("a.txt", "a.txt"), ("/x/y/a.txt", "a.txt"), ("C:\\x\\a b.txt", "a b.txt"), ("x/..h", "..h")],
)
def test_a_file_name_is_the_last_part_of_a_path(path: str, last: str) -> None:
    assert text.file_name(path, field="filename") == last


@pytest.mark.parametrize("path", ["", "/", "x/", "..", "x\\..", "."])
def test_a_folder_is_no_file_name(path: str) -> None:
    with pytest.raises(Invalid):
        text.file_name(path, field="filename")


def test_prose_keeps_everything_but_nuls_and_has_a_limit() -> None:
    assert text.prose("a\nb\0c", field="message", limit=5) == "a\nb\ufffdc"
    with pytest.raises(Invalid):
        text.prose("abcdef", field="message", limit=5)
