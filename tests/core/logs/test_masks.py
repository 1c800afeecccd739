"""Secrets that an attempt read are hidden in its lines, as they are and in common encodings."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from botyard.core.access.tokens import mint
from botyard.core.logs import Mask, Masks, hide, without_secrets

VALUE = 's3cret "ação" + ä/\\x'


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        repr(VALUE),
        quote(VALUE, safe=""),
        quote_plus(VALUE),
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode().rstrip("="),
        VALUE.encode().hex(),
        VALUE[::-1],
    ],
)
def test_common_forms_are_hidden(form: str) -> None:
    shown = Mask([VALUE])(f"before {form} after {form}")
    assert form not in shown
    assert shown.startswith("before ")
    assert "[secret] after" in shown or '"[secret]" after' in shown or "'[secret]' after" in shown


def test_each_line_of_a_long_value_is_hidden() -> None:
    key = "-----BEGIN-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQ==\n-----END-----\n"
    assert [Mask([key])(line) for line in key.splitlines()] == ["[secret]"] * 4


def test_the_longest_value_wins() -> None:
    assert Mask(["pass", "password"])("password") == "[secret]"


@pytest.mark.parametrize("short", ["", "1", "yes", "   ", "\n\n\n\n\n"])
def test_texts_too_short_to_hide_stay(short: str) -> None:
    assert Mask([short])("yes 1   x") == "yes 1   x"


class TestMasks:
    def test_belong_to_one_attempt_and_grow(self) -> None:
        masks = Masks()
        masks.keep("a", Mask(["first-value"]), generation=masks.generation)
        masks.learn("a", ["second-value"])
        mask = masks.find("a")
        assert mask is not None
        assert mask("first-value second-value") == "[secret] [secret]"
        assert masks.find("b") is None

    def test_are_dropped_when_the_log_is_complete(self) -> None:
        masks = Masks()
        masks.keep("a", Mask(["value"]), generation=masks.generation)
        masks.forget("a")
        masks.forget("a")
        assert masks.find("a") is None

    def test_know_nothing_rather_than_a_part_of_what_an_attempt_has_read(self) -> None:
        masks = Masks()
        masks.keep("a", Mask(["first-value"]), generation=masks.generation)
        masks.forget("a")
        masks.learn("a", ["second-value"])
        assert masks.find("a") is None

    def test_do_not_keep_what_was_looked_up_before_something_was_read_or_forgotten(self) -> None:
        masks = Masks()
        before = masks.generation
        masks.learn("a", ["value"])
        masks.keep("a", Mask([]), generation=before)
        assert masks.find("a") is None
        before = masks.generation
        masks.forget("b")
        masks.keep("a", Mask([]), generation=before)
        assert masks.find("a") is None

    def test_are_kept_for_a_bounded_number_of_attempts(self) -> None:
        masks = Masks()
        for number in range(10_050):
            masks.keep(str(number), Mask(["value"]), generation=masks.generation)
        assert masks.find("0") is None
        assert masks.find("10049") is not None


def test_values_are_hidden_in_every_text_and_as_numbers() -> None:
    mask = Mask(["s3cret", "4711", "12.5"])
    hidden = hide({"a s3cret": ["x s3cret", 4711, 47110, 12.5, True, None], "n": {"m": "4711!"}}, mask)
    assert hidden == {
        "a [secret]": ["x [secret]", "[secret]", 47110, "[secret]", True, None],
        "n": {"m": "[secret]!"},
    }


def test_tokens_of_ours_are_hidden_from_everybody_and_names_that_begin_alike_stay() -> None:
    token = mint("attempt").text
    assert (
        without_secrets(f"argv: {token}, sort by_user_id_and_name", None) == "argv: [secret], sort by_user_id_and_name"
    )
    assert without_secrets(f"{token}", Mask(["value"])) == "[secret]"
