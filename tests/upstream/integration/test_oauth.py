"""What providers answer that no two of them answer alike."""

from __future__ import annotations

from typing import Any

import pytest

from botyard.upstream.integration import oauth
from botyard.upstream.integration.oauth import OauthFailed

NOW = 1_000_000_000


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"access_token": "a", "refresh_token": "r", "expires_in": 60}', ("a", "r", NOW + 60_000_000)),
        (b'{"access_token": "a", "expires_in": "60"}', ("a", "old", NOW + 60_000_000)),
        (b'{"access_token": "a"}', ("a", "old", None)),
        (b'{"access_token": "a", "expires_in": null, "refresh_token": ""}', ("a", "old", None)),
        (b'{"access_token": "a", "expires_in": -5}', ("a", "old", NOW)),
        (b"access_token=a&scope=&token_type=bearer", ("a", "old", None)),
    ],
)
def test_tokens_are_read_as_providers_write_them(body: bytes, expected: tuple[Any, ...]) -> None:
    found = oauth._tokens(200, oauth._object(body), now=NOW, refresh_token="old")
    assert (found.access_token, found.refresh_token, found.expires_at) == expected
    assert "a" not in repr(found).replace("Tokens", "")


@pytest.mark.parametrize(
    ("status", "body", "final"),
    [
        (400, b'{"error": "invalid_grant"}', True),
        (200, b'{"error": "bad_verification_code"}', True),
        (200, b"error=bad_verification_code", True),
        (400, b"<html>", False),
        (401, b"", False),
        (429, b'{"error": "slow_down"}', False),
        (500, b'{"error": "server_error"}', False),
        (200, b'{"access_token": 5}', False),
        (200, b"[]", False),
    ],
)
def test_only_a_refusal_in_the_words_of_the_protocol_is_final(status: int, body: bytes, final: bool) -> None:
    with pytest.raises(OauthFailed) as failed:
        oauth._tokens(status, oauth._object(body), now=NOW, refresh_token=None)
    assert failed.value.final is final
