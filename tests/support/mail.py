"""A real mail server for tests, on a port of its own; it keeps what it takes and refuses what it is told to."""

from __future__ import annotations

import email
import email.policy
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.processes import free_port


class MailServer:
    """Takes mail on 127.0.0.1 once started; `answers` maps a recipient to what it is told instead of "250 OK"."""

    def __init__(self) -> None:
        self.port = free_port()
        self.answers: dict[str, str] = {}
        self.connections = 0
        #: Set when the first mail has been taken.
        self.taken = threading.Event()
        self._mails: list[tuple[str, EmailMessage]] = []
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    @property
    def mails(self) -> list[tuple[str, EmailMessage]]:
        """Return recipient and mail of everything taken so far."""
        with self._lock:
            return list(self._mails)

    @property
    def recipients(self) -> list[str]:
        """Return who got mail so far, in order."""
        return [recipient for recipient, _ in self.mails]

    def start(self, **options: Any) -> None:
        """Begin to listen; `options` go to the server's protocol."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; what was taken stays."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd looks for this name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count a connection."""
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- likewise
        """Keep a mail."""
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        with self._lock:
            self._mails += [(recipient, mail) for recipient in envelope.rcpt_tos]
        self.taken.set()
        return "250 taken"


def only(login: str, password: str) -> Any:
    """Return an authenticator that lets one account in."""

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (login.encode(), password.encode()))

    return check


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """Yield a mail server that was not started."""
    server = MailServer()
    yield server
    server.stop()
