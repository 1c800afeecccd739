from __future__ import annotations

import statistics
import time

import pytest

from botyard.base.exceptions import Invalid
from botyard.core.access import passwords


class TestHash:
    def test_is_argon2id_at_the_recommended_cost(self) -> None:
        assert passwords.hash_password("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")

    def test_differs_for_equal_passwords_and_verifies_only_its_own(self) -> None:
        one, other = passwords.hash_password("a"), passwords.hash_password("a")
        assert one != other
        assert passwords.verify("a", one)
        assert not passwords.verify("b", one)
        assert not passwords.verify("a", "not a hash")

    @pytest.mark.parametrize("password", ["", "\0", "a" * 10_000, "\ud800", "пароль", "a\nb"])
    def test_takes_any_text(self, password: str) -> None:
        assert not passwords.verify(password, passwords.hash_password("other"))

    def test_keeps_passwords_that_differ_only_far_in_apart(self) -> None:
        assert not passwords.verify("x" * 1000 + "a", passwords.hash_password("x" * 1000 + "b"))

    def test_takes_as_long_for_nobody(self) -> None:
        stored = passwords.hash_password("x")
        passwords.verify("y", None)

        def seconds(password_hash: str | None) -> float:
            began = time.perf_counter()
            assert not passwords.verify("y", password_hash)
            return time.perf_counter() - began

        somebody, nobody = zip(*((seconds(stored), seconds(None)) for _ in range(7)), strict=True)
        assert 0.5 < statistics.median(nobody) / statistics.median(somebody) < 2


class TestCheckNew:
    @pytest.mark.parametrize(
        "password",
        ["", "short", "aaaaaaaaaaaaaaaa", "password1234", "botyard-2026!", "annannannann", "123456789012", "x" * 2000],
    )
    def test_refuses_what_is_guessed_first(self, password: str) -> None:
        with pytest.raises(Invalid) as caught:
            passwords.check_new(password, login="ann")
        assert password not in str(caught.value) or len(password) < 6

    @pytest.mark.parametrize(
        "password", ["correct horse battery", "пять разных слов тут", "a" * 20 + "bcde fgh", "🙂🙃😀😁 tea at nine"]
    )
    def test_takes_long_ones_of_any_composition(self, password: str) -> None:
        passwords.check_new(password, login="ann")

    def test_takes_the_ones_it_makes_up(self) -> None:
        for _ in range(100):
            passwords.check_new(passwords.random_password(), login="admin")
