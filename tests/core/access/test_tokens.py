from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from botyard.base.redact import redact
from botyard.core.access import tokens


class TestMint:
    def test_makes_a_token_that_parses_to_its_parts(self) -> None:
        minted = tokens.mint("key")
        parsed = tokens.parse(minted.text)
        assert parsed is not None
        assert (parsed.kind, parsed.id) == ("key", minted.id)
        assert tokens.matches(parsed.secret, minted.secret_hash)

    def test_takes_the_id_of_a_row_that_exists(self) -> None:
        minted = tokens.mint("attempt", "0f8fad5bd9cb469fa16570867728950e")
        assert minted.text.startswith("by_attempt_0f8fad5bd9cb469fa16570867728950e_")

    def test_never_makes_the_same_token_twice(self) -> None:
        assert len({tokens.mint("key").text for _ in range(1000)}) == 1000

    def test_keeps_the_secret_out_of_the_hash(self) -> None:
        minted = tokens.mint("key")
        assert minted.text.split("_")[3] not in minted.secret_hash

    def test_makes_tokens_that_logs_mask(self) -> None:
        minted = tokens.mint("login")
        assert minted.text not in redact(f"token={minted.text} and {minted.text}")


class TestParse:
    @pytest.mark.parametrize(
        "text",
        ["", "by", "by_key_1_2_3", "x" * 5000, "by_key_" + "a" * 200, "by_key_ä_" + "0" * 43 + "_000000", "\0", "null"],
    )
    def test_refuses_what_is_no_token(self, text: str) -> None:
        assert tokens.parse(text) is None

    def test_refuses_a_token_with_any_character_changed(self) -> None:
        text = tokens.mint("key").text
        for place in range(len(text)):
            changed = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
            assert tokens.parse(changed) is None, changed

    def test_refuses_what_stands_around_a_token(self) -> None:
        text = tokens.mint("key").text
        for around in (f" {text}", f"{text} ", f"{text}\n", f"{text}a"):
            assert tokens.parse(around) is None

    def test_takes_no_random_text_for_a_token(self) -> None:
        for _ in range(20_000):
            body = f"by_key_{secrets.token_hex(11)}_{secrets.token_hex(22)[:43]}_{secrets.token_hex(3)}"
            assert tokens.parse(body) is None


class TestMatches:
    def test_refuses_another_secret(self) -> None:
        one, other = tokens.mint("key"), tokens.mint("key")
        parsed = tokens.parse(other.text)
        assert parsed is not None
        assert not tokens.matches(parsed.secret, one.secret_hash)

    def test_still_knows_tokens_of_an_earlier_pepper(self) -> None:
        minted = tokens.mint("key")
        tokens.use_pepper(secrets.token_bytes(32))
        parsed = tokens.parse(minted.text)
        assert parsed is not None
        assert tokens.matches(parsed.secret, minted.secret_hash)
        assert tokens.hash_secret(parsed.secret) != minted.secret_hash


class TestPepper:
    def test_is_made_once_and_only_for_this_user(self, tmp_path: Path) -> None:
        path = tmp_path / "pepper"
        pepper = tokens.load_pepper(path)
        assert len(pepper) == 32
        assert path.stat().st_mode & 0o777 == 0o600
        assert tokens.load_pepper(path) == pepper


class TestSign:
    def test_differs_by_purpose_and_text(self) -> None:
        assert len({tokens.sign("form", "a"), tokens.sign("form", "b"), tokens.sign("other", "a")}) == 3
        assert tokens.sign("form", "a") == tokens.sign("form", "a")
