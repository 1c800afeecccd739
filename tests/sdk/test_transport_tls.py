"""Certificates of servers are checked, against what the caller or the environment says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from botyard.sdk import transport
from botyard.sdk.botcity import BotMaestroSDK
from botyard.sdk.failures import Unreachable
from tests.support.answering import Answer, answering
from tests.upstream.test_tls import Authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return one that nobody trusts yet."""
    return Authority(tmp_path)


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    """Yield the address of a server with a certificate of that authority."""
    with answering(lambda _: Answer({"version": "4.0.0"}), authority.server("localhost")) as server:
        transport.close()
        yield server.url.replace("http://127.0.0.1", "https://localhost")
    transport.close()


def test_an_unknown_authority_is_refused_unless_nobody_checks(url: str) -> None:
    with pytest.raises(Unreachable, match="certificate"):
        transport.send("GET", url)
    assert transport.send("GET", url, verify=False).ok


def test_a_file_or_the_environment_names_the_authorities(
    url: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert transport.send("GET", url, verify=str(authority.file)).ok
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    assert transport.send("GET", url).ok


def test_a_bot_says_how_certificates_are_checked(url: str, authority: Authority) -> None:
    class Trusting(BotMaestroSDK):
        VERIFY_SSL_CERT: transport.Verify = str(authority.file)

    sdk = Trusting(url)
    sdk._ask_version()
    assert sdk.version == "4.0.0"
    sdk.VERIFY_SSL_CERT = True
    with pytest.raises(Unreachable, match="certificate"):
        sdk._ask_version()
