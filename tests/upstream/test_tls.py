"""Certificates are checked, for the name that was called, with what SSL_CERT_FILE or the system trusts."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from botyard.upstream import Failed, Policy, Upstream
from tests.support.scripted import answer, scripted

POLICY = Policy(max_bytes=1000, timeout=5.0, allow_private=True)
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


class Authority:
    """Signs certificates."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test authority {name}")])
        own = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=None), NOW + DAY)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def server(self, host: str, *, until: dt.datetime = NOW + DAY) -> ssl.SSLContext:
        """Return what a server for `host` needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = self._sign(name, key, x509.SubjectAlternativeName([x509.DNSName(host)]), until)
        file = self._folder / f"{host}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType, until: dt.datetime
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 2 * DAY)
            .not_valid_after(until)
            .add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA256())
        )


class Everywhere:
    """Every name is this machine."""

    async def resolve(self, host: str) -> Sequence[str]:
        assert host
        return ["127.0.0.1"]

    def close(self) -> None:
        pass


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    upstream = Upstream(Everywhere())
    yield upstream
    await upstream.close()


async def fetch(upstream: Upstream, url: str) -> bytes:
    async with upstream.send("GET", url, policy=POLICY) as got:
        return await got.read()


async def failure(upstream: Upstream, url: str) -> Failed:
    with pytest.raises(Failed) as failed:
        await fetch(upstream, url)
    return failed.value


async def test_a_trusted_certificate_for_the_name_is_taken(upstream: Upstream, authority: Authority) -> None:
    async with scripted(answer(b"ok"), tls=authority.server("good.example")) as server:
        for _ in range(2):
            assert await fetch(upstream, f"https://good.example:{server.port}/") == b"ok"
        assert len(server.connections) == 1
        assert f"Host: good.example:{server.port}".encode() in server.requests[0]


async def test_a_certificate_for_another_name_is_refused_though_a_connection_is_open(
    upstream: Upstream, authority: Authority
) -> None:
    async with scripted(answer(b"ok"), tls=authority.server("good.example")) as server:
        await fetch(upstream, f"https://good.example:{server.port}/")
        failed = await failure(upstream, f"https://other.example:{server.port}/")
        assert failed.kind == "tls"
        assert "other.example" in failed.reason
        assert (await failure(upstream, f"https://127.0.0.1:{server.port}/")).kind == "tls"
        assert len(server.requests) == 1


async def test_a_certificate_that_ran_out_is_refused(upstream: Upstream, authority: Authority) -> None:
    async with scripted(answer(b"ok"), tls=authority.server("old.example", until=NOW - DAY)) as server:
        failed = await failure(upstream, f"https://old.example:{server.port}/")
    assert (failed.kind, "expired" in failed.reason) == ("tls", True)


async def test_a_certificate_of_a_stranger_is_refused(upstream: Upstream, authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    async with scripted(answer(b"ok"), tls=stranger.server("good.example")) as server:
        assert (await failure(upstream, f"https://good.example:{server.port}/")).kind == "tls"


async def test_without_a_file_the_certificates_of_the_system_decide(
    upstream: Upstream, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with scripted(answer(b"ok"), tls=authority.server("good.example")) as server:
        assert (await failure(upstream, f"https://good.example:{server.port}/")).kind == "tls"


async def test_a_server_without_tls_is_a_failure(upstream: Upstream, authority: Authority) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with scripted(script) as server:
        assert (await failure(upstream, f"https://good.example:{server.port}/")).kind in ("tls", "connect")


async def test_plain_http_to_a_server_with_tls_is_a_failure(upstream: Upstream, authority: Authority) -> None:
    async with scripted(answer(b"ok"), tls=authority.server("good.example")) as server:
        assert (await failure(upstream, f"http://good.example:{server.port}/")).kind == "protocol"
