"""What bots write is shown as text: colours survive as classes, everything else that a terminal would obey does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botyard.console.terminal import MAX_SHOWN, plain, runs


def test_colours_become_classes() -> None:
    line = "\x1b[1;31mERROR\x1b[0m row 7 \x1b[32mok\x1b[39m."
    assert [tuple(run) for run in runs(line)] == [
        ("a-bold a-31", "ERROR"),
        ("", " row 7 "),
        ("a-32", "ok"),
        ("", "."),
    ]


@pytest.mark.parametrize(
    "escape",
    [
        "\x1b[2J",
        "\x1b[10;20H",
        "\x1b]0;title\x07",
        "\x1b]8;;https://elsewhere.example/\x1b\\",
        "\x1bPq\x1b\\",
        "\x1b(B",
        "\x1b[38;5;200m",
        "\x1b[48;2;1;2;3m",
        "\x07\x08\x00",
        "\u202e",
    ],
)
def test_other_escapes_vanish(escape: str) -> None:
    assert "".join(run.text for run in runs(f"a{escape}b")) == "ab"
    assert plain(f"a{escape}b") == "ab"


def test_long_lines_are_cut_with_a_note() -> None:
    shown = runs("x" * (MAX_SHOWN + 17))
    assert len(shown[0].text) == MAX_SHOWN
    assert "17 more characters" in shown[-1].text


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("\x1b[]m;0123456789\x07\\")))
def test_no_control_character_reaches_the_page(line: str) -> None:
    text = "".join(run.text for run in runs(line)) + plain(line)
    assert not any(char in "\x00\x07\x08\x1b\x7f\u202e" for char in text)
