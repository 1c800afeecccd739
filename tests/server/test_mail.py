"""From the outbox to a real mail server: sent once, tried again, given up, held."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage

import msgspec
import pytest

from botyard.base.exceptions import Invalid
from botyard.base.settings import Settings
from botyard.core import messages
from botyard.core.messages import Format, Message, Recipients, State
from botyard.server.mail import LEASE, Mailer
from botyard.storage import Database, Tx
from tests.support.mail import MailServer, only
from tests.support.work import make_workspace


def with_mail(settings: Settings, server: MailServer, **changes: object) -> Settings:
    values = {
        "smtp_host": "127.0.0.1",
        "smtp_port": server.port,
        "smtp_tls": "none",
        "smtp_from": "botyard@example.org",
    }
    return msgspec.structs.replace(settings, **{**values, **changes})


async def write(
    db: Database,
    *recipients: str,
    subject: str = "Olá, ação",
    body: str = "número 1",
    html: bool = False,
    plain: str = "",
) -> Message:
    def put(tx: Tx) -> Message:
        return messages.create(
            tx,
            workspace_id=make_workspace(tx).id,
            subject=subject,
            body=body,
            plain=plain,
            format=Format.HTML if html else Format.TEXT,
            recipients=Recipients(addresses=recipients),
            actor="key:ci",
            now=db.now(),
        )

    return await db.write(put)


def parts(mail: EmailMessage) -> dict[str, str]:
    """Return what a mail holds, by type."""
    whole = list(mail.iter_parts()) if mail.is_multipart() else [mail]
    return {part.get_content_type(): part.get_content().strip().replace("\r\n", "\n") for part in whole}


async def states(db: Database, message: Message) -> list[tuple[State, int]]:
    found = await db.read(messages.deliveries_of, workspace_id=message.workspace_id, message_id=message.id)
    return [(delivery.state, delivery.attempts) for delivery in found]


async def read(db: Database, message: Message) -> Message:
    return await db.read(messages.get, workspace_id=message.workspace_id, message_id=message.id)


async def make_due(db: Database, message: Message) -> None:
    """Wait for nothing: what was put off is due now."""
    await db.write(hurry, message_id=message.id, now=db.now())


def hurry(tx: Tx, *, message_id: int, now: int) -> None:
    from botyard.storage.sql import compile_query

    tx.run(compile_query("UPDATE deliveries SET due_at = :now WHERE message_id = :id"), now=now - 1, id=message_id)


async def test_each_recipient_gets_a_mail_of_its_own(db: Database, settings: Settings, mail_server: MailServer) -> None:
    mail_server.start()
    message = await write(db, "ann@example.org", "bob@example.org")
    html = await write(db, "ann@example.org", body="<b>número</b>", html=True)
    await Mailer(with_mail(settings, mail_server), db, holder="one").run()
    assert mail_server.recipients == ["ann@example.org", "bob@example.org", "ann@example.org"]
    assert mail_server.connections == 1
    recipient, mail = mail_server.mails[0]
    assert (mail["to"], mail["from"], mail["subject"]) == (recipient, "botyard@example.org", "Olá, ação")
    assert (mail.get_content_type(), mail.get_content().strip()) == ("text/plain", "número 1")
    assert parts(mail_server.mails[2][1]) == {"text/plain": "número", "text/html": "<b>número</b>"}
    assert len({mail["message-id"] for _, mail in mail_server.mails}) == 3
    assert await states(db, message) == [(State.SENT, 1), (State.SENT, 1)]
    assert (await read(db, html)).state is State.SENT


async def test_an_html_mail_has_its_text_beside_it(db: Database, settings: Settings, mail_server: MailServer) -> None:
    mail_server.start()
    page = "<h1>Success!</h1><p>Processed <strong>1000</strong> records</p>"
    await write(db, "ann@example.org", body=page, html=True, plain="All 1000 records")
    await write(db, "ann@example.org", body=page, html=True)
    await write(db, "ann@example.org", body='<img src="x.png">', html=True)
    await Mailer(with_mail(settings, mail_server), db, holder="one").run()
    both, made, picture = (mail for _, mail in mail_server.mails)
    assert both.get_content_type() == made.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in both.iter_parts()] == ["text/plain", "text/html"]
    assert parts(both) == {"text/plain": "All 1000 records", "text/html": page}
    assert parts(made) == {"text/plain": "Success!\n\nProcessed 1000 records", "text/html": page}
    assert parts(picture) == {"text/html": '<img src="x.png">'}


async def test_mail_waits_for_a_mail_server_that_is_down_and_goes_out_when_it_is_back(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    message = await write(db, "ann@example.org")
    mailer = Mailer(with_mail(settings, mail_server), db, holder="one")
    await mailer.run()
    waiting = await read(db, message)
    assert waiting.state is State.QUEUED
    assert waiting.error is not None
    assert "does not work" in waiting.error
    assert not await mailer.has_work()
    mail_server.start()
    await make_due(db, message)
    assert await mailer.has_work()
    await mailer.run()
    assert mail_server.recipients == ["ann@example.org"]
    sent = await read(db, message)
    assert (sent.state, sent.error) == (State.SENT, None)


async def test_one_refused_recipient_does_not_keep_the_others_waiting(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    mail_server.answers = {"gone@example.org": "550 no such mailbox", "full@example.org": "452 mailbox full"}
    mail_server.start()
    message = await write(db, "gone@example.org", "full@example.org", "ann@example.org")
    await Mailer(with_mail(settings, mail_server), db, holder="one").run()
    assert mail_server.recipients == ["ann@example.org"]
    assert await states(db, message) == [(State.FAILED, 1), (State.QUEUED, 1), (State.SENT, 1)]
    mail_server.answers = {}
    await make_due(db, message)
    await Mailer(with_mail(settings, mail_server), db, holder="one").run()
    await db.write(
        messages.repeat, workspace_id=message.workspace_id, message_id=message.id, actor="user:ann", now=db.now()
    )
    await Mailer(with_mail(settings, mail_server), db, holder="one").run()
    assert mail_server.recipients == ["ann@example.org", "full@example.org", "gone@example.org"]
    assert (await read(db, message)).state is State.SENT


async def test_without_a_mail_server_mail_is_held_until_there_is_one(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    message = await write(db, "ann@example.org")
    bare = Mailer(settings, db, holder="one")
    assert await bare.has_work()
    await bare.run()
    held = await read(db, message)
    assert held.state is State.HELD
    assert held.error is not None
    assert not await bare.has_work()
    mail_server.start()
    later = Mailer(with_mail(settings, mail_server), db, holder="one")
    assert await later.has_work()
    await later.run()
    assert mail_server.recipients == ["ann@example.org"]


async def test_two_servers_send_every_message_once(db: Database, settings: Settings, mail_server: MailServer) -> None:
    mail_server.start()
    everybody = [f"person{number}@example.org" for number in range(120)]
    await write(db, *everybody)
    mailers = [Mailer(with_mail(settings, mail_server), db, holder=name) for name in ("one", "two", "three")]
    await asyncio.gather(*(mailer.run() for mailer in mailers))
    assert sorted(mail_server.recipients) == sorted(everybody)


async def test_what_a_dead_server_had_taken_on_is_sent_by_another_after_its_time(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    mail_server.start()
    message = await write(db, "ann@example.org")
    now = db.now()
    (taken,) = await db.write(messages.claim, holder="dead", now=now, lease=LEASE)
    alive = Mailer(with_mail(settings, mail_server), db, holder="alive")
    assert not await alive.has_work()
    assert await db.write(messages.claim, holder="alive", now=now + LEASE, lease=LEASE) == []
    (again,) = await db.write(messages.claim, holder="alive", now=now + LEASE + 1, lease=LEASE)
    assert (again.id, again.attempt) == (taken.id, taken.attempt + 1)
    assert not await db.write(messages.report_failed, delivery=taken, error="late", final=True, now=now)
    assert not await db.write(messages.report_sent, delivery=taken, now=now)
    assert await db.write(messages.report_sent, delivery=again, now=now)
    assert await states(db, message) == [(State.SENT, 2)]


@pytest.mark.filterwarnings("ignore:Session.login_data", "ignore:Requiring AUTH")  # the mail server's own affair
async def test_a_missing_password_postpones_mail_and_a_right_one_sends_it(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    mail_server.start(authenticator=only("botyard", "right"), auth_required=True, auth_require_tls=False)
    message = await write(db, "ann@example.org")
    await Mailer(with_mail(settings, mail_server), db, holder="a").run()
    refused = await read(db, message)
    assert refused.state is State.QUEUED
    assert refused.error is not None
    assert refused.error.startswith("530")
    await make_due(db, message)
    await Mailer(with_mail(settings, mail_server, smtp_login="botyard", smtp_password="right"), db, holder="a").run()
    assert mail_server.recipients == ["ann@example.org"]


async def test_mail_is_never_sent_in_the_clear_when_tls_is_asked_for(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    mail_server.start()
    message = await write(db, "ann@example.org")
    await Mailer(with_mail(settings, mail_server, smtp_tls="starttls"), db, holder="one").run()
    assert mail_server.mails == []
    assert (await read(db, message)).state is State.QUEUED


async def test_a_server_that_stops_finishes_the_mail_it_is_sending_and_returns_the_rest(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    mail_server.start()
    message = await write(db, *(f"person{number}@example.org" for number in range(40)))
    running = asyncio.create_task(Mailer(with_mail(settings, mail_server), db, holder="one").run())
    assert await asyncio.to_thread(mail_server.taken.wait, 20)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    found = await states(db, message)
    assert sum(state is State.SENT for state, _ in found) == len(mail_server.mails)
    await Mailer(with_mail(settings, mail_server), db, holder="two").run()
    assert len(mail_server.recipients) == len(set(mail_server.recipients)) == 40


@pytest.mark.parametrize(
    "environment",
    [
        {"BOTYARD_SMTP_HOST": "mail.example.org"},
        {"BOTYARD_SMTP_HOST": "mail.example.org", "BOTYARD_SMTP_FROM": "a@b.org", "BOTYARD_SMTP_TLS": "maybe"},
        {
            "BOTYARD_SMTP_HOST": "m.org",
            "BOTYARD_SMTP_FROM": "a@b.org",
            "BOTYARD_SMTP_TLS": "none",
            "BOTYARD_SMTP_LOGIN": "x",
        },
    ],
)
def test_settings_that_cannot_work_stop_the_start(environment: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        Settings.load(environment)


async def test_a_sender_that_is_no_address_stops_the_start(db: Database, settings: Settings) -> None:
    with pytest.raises(Invalid):
        Mailer(
            msgspec.structs.replace(settings, smtp_host="h", smtp_from="x\r\nBcc: eve@example.org"), db, holder="one"
        )


async def test_an_address_beyond_ascii_is_sent_to_where_the_mail_server_can(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    mail_server.start(enable_SMTPUTF8=True)
    message = await write(db, "josé@exämple.org", "ann@example.org")
    await Mailer(with_mail(settings, mail_server), db, holder="one").run()
    assert mail_server.recipients == ["josé@xn--exmple-cua.org", "ann@example.org"]
    assert await states(db, message) == [(State.SENT, 1), (State.SENT, 1)]


async def test_an_address_that_the_mail_server_cannot_take_fails_alone(
    db: Database, settings: Settings, mail_server: MailServer
) -> None:
    mail_server.start(enable_SMTPUTF8=False)
    message = await write(db, "josé@example.org", "ann@example.org")
    await Mailer(with_mail(settings, mail_server), db, holder="one").run()
    assert mail_server.recipients == ["ann@example.org"]
    assert await states(db, message) == [(State.FAILED, 1), (State.SENT, 1)]
