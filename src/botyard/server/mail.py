"""Sends what is in the outbox. The only part of the server that talks to a mail server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Sequence
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
import msgspec

from botyard.base.clock import MINUTE, SECOND, to_datetime
from botyard.base.settings import Settings
from botyard.core import messages
from botyard.core.messages import Format, Outgoing
from botyard.storage import Database

log = logging.getLogger("botyard.mail")

#: How long deliveries belong to the server that took them on; more than a run can take.
LEASE = 5 * MINUTE
_RUN_SECONDS = 120.0
_BATCH = 50
_TIMEOUT = 30.0
_GOODBYE = 2.0
_LONGEST_PAUSE = MINUTE
_PORTS = {"starttls": 587, "implicit": 465, "none": 25}
_PERMANENT = 500


class Refusal(msgspec.Struct, frozen=True):
    """Why one mail was not sent. `final`: trying again would not help; `lost`: the connection is of no more use."""

    error: str
    final: bool
    lost: bool = False


class Mailer:
    """Sends due mail when told to; between times it keeps no connection."""

    def __init__(self, settings: Settings, db: Database, *, holder: str) -> None:
        """Raise Invalid when mail cannot come from the configured address."""
        self._settings = settings
        self._db = db
        self._holder = holder
        self._failures = 0
        self._from = messages.check_address(settings.smtp_from, field="smtp_from") if settings.smtp_from else ""

    @property
    def configured(self) -> bool:
        """Return whether there is a mail server."""
        return bool(self._settings.smtp_host)

    async def has_work(self) -> bool:
        """Return whether `run` would do anything."""
        found = await self._db.read(messages.waiting, now=self._db.now())
        return found.due or (found.held and self.configured)

    async def run(self) -> None:
        """Send what is due, or hold it when there is no mail server."""
        if not self.configured:
            await self._db.write(messages.hold, now=self._db.now())
            return
        if (await self._db.read(messages.waiting, now=self._db.now())).held:
            await self._db.write(messages.release, now=self._db.now())
        client = self._client()
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            client.close()
            await self._postpone(error)
            return
        self._failures = 0
        try:
            end = time.monotonic() + _RUN_SECONDS
            while await self._send_batch(client, end):
                pass
        finally:
            await _part(client)

    async def _send_batch(self, client: aiosmtplib.SMTP, end: float) -> bool:
        """Send one batch, or what of it can be begun before `end`; return whether there is another one to send."""
        batch = await self._db.write(messages.claim, holder=self._holder, now=self._db.now(), lease=LEASE, limit=_BATCH)
        lost = False
        while batch and not lost and time.monotonic() < end:
            sending = asyncio.ensure_future(self._deliver(client, batch.pop(0)))
            try:
                lost = await asyncio.shield(sending)
            except asyncio.CancelledError:
                # The server stops: this one is seen through, so that nobody gets it twice.
                await asyncio.wait([sending], timeout=_TIMEOUT)
                await self._give_back(batch)
                raise
        await self._give_back(batch)
        return not lost and time.monotonic() < end and await self.has_work()

    async def _deliver(self, client: aiosmtplib.SMTP, delivery: Outgoing) -> bool:
        """Send one mail and write down what came of it; return whether the connection is lost."""
        refusal = await self._send(client, delivery)
        now = self._db.now()
        if refusal is None:
            await self._db.write(messages.report_sent, delivery=delivery, now=now)
            log.info("mail.sent", extra={"delivery": delivery.id, "mail": delivery.message_id})
            return False
        await self._db.write(
            messages.report_failed, delivery=delivery, error=refusal.error, final=refusal.final, now=now
        )
        extra = {"delivery": delivery.id, "mail": delivery.message_id, "reason": refusal.error, "final": refusal.final}
        log.warning("mail.failed", extra=extra)
        return refusal.lost

    async def _send(self, client: aiosmtplib.SMTP, delivery: Outgoing) -> Refusal | None:
        try:
            mail = compose(delivery, sender=self._settings.smtp_from or self._from)
            await client.send_message(mail, sender=self._from, recipients=[delivery.address])
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            return Refusal(f"{first.code} {first.message}", final=first.code >= _PERMANENT)
        except aiosmtplib.SMTPSenderRefused as error:
            # The fault is in our settings, not in this mail: it waits for somebody to mend them.
            return Refusal(f"{error.code} {error.message}", final=False)
        except aiosmtplib.SMTPResponseException as error:
            return Refusal(f"{error.code} {error.message}", final=error.code >= _PERMANENT)
        except (aiosmtplib.SMTPNotSupported, ValueError) as error:
            return Refusal(f"This mail cannot be written for this mail server: {error}", final=True)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Refusal(f"The connection broke: {error}", final=False, lost=True)
        return None

    async def _give_back(self, deliveries: Sequence[Outgoing]) -> None:
        if deliveries:
            await self._db.write(messages.give_back, deliveries=deliveries, now=self._db.now())

    async def _postpone(self, error: Exception) -> None:
        self._failures += 1
        pause = min(_LONGEST_PAUSE, SECOND << min(self._failures, 10))
        sentence = f"The mail server {self._settings.smtp_host} does not work: {str(error) or type(error).__name__}"
        log.warning("mail.unreachable", extra={"reason": sentence, "seconds": pause // SECOND})
        now = self._db.now()
        await self._db.write(messages.postpone, error=sentence, until=now + pause, now=now)

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port or _PORTS[settings.smtp_tls],
            username=settings.smtp_login,
            password=settings.smtp_password,
            use_tls=settings.smtp_tls == "implicit",
            start_tls=settings.smtp_tls == "starttls",
            timeout=_TIMEOUT,
            # Asking the name service for our full name could block for long.
            local_hostname=socket.gethostname() or "localhost",
        )


async def _part(client: aiosmtplib.SMTP) -> None:
    """Say goodbye, if the mail server still listens, and close the connection."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await client.quit(timeout=_GOODBYE)
    client.close()


def compose(delivery: Outgoing, *, sender: str) -> EmailMessage:
    """Return the mail of a delivery. Raises ValueError for what no mail can hold."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = sender
    mail["To"] = delivery.address
    mail["Subject"] = delivery.subject
    mail["Date"] = format_datetime(to_datetime(delivery.created_at))
    # The same at every attempt: a mail system that gets it twice can tell.
    domain = sender.rpartition("@")[2].rstrip(">").strip()
    mail["Message-ID"] = f"<{delivery.created_at:x}.{delivery.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if delivery.format is Format.TEXT:
        mail.set_content(delivery.body, charset="utf-8")
        return mail
    plain = messages.text_of(delivery.body) if delivery.plain is None else delivery.plain
    if plain.strip():
        mail.set_content(plain, charset="utf-8")
        mail.add_alternative(delivery.body, subtype="html", charset="utf-8")
    else:
        mail.set_content(delivery.body, subtype="html", charset="utf-8")
    return mail
