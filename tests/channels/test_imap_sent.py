"""Copies in the Sent folder, and what it is asked."""

import asyncio
import imaplib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.channels.test_smtp_courier import MESSAGE, Commitment
from tests.patience import PATIENCE
from tests.servers import mails
from tests.servers.imap import USER, USERS, Server, imap  # noqa: F401  fixture
from triage_bot.channels.imap_pool import Pool
from triage_bot.channels.imap_sent import SaveSent, SentFolder
from triage_bot.channels.mail_compose import compose
from triage_bot.channels.mail_parse import Sizes, parse_whole
from triage_bot.channels.sent_copies import KeepingCourier
from triage_bot.channels.smtp_courier import SmtpCourier
from triage_bot.core.servers import MailServer
from triage_bot.core.suppression import Ours, Suppression, machine
from triage_bot.demo.mail_servers import ImapServer, smtp_sink
from triage_bot.errors import ChannelFailure

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
OpenSent = Callable[..., SentFolder]


@pytest.fixture
async def sent_of() -> AsyncIterator[OpenSent]:
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(aclosing(Pool(2)))

        def open_sent(server: MailServer, mode: SaveSent = SaveSent.AUTO, **settings: Any) -> SentFolder:
            settings = {"sending_host": "smtp.zaradna.example", **settings}
            sent = SentFolder(
                "mail", server, mode=mode, pool=pool, ssl_context=ssl.create_default_context(), **settings
            )
            stack.push_async_callback(sent.close)
            return sent

        yield open_sent


def special(server: Server) -> str:
    """pymap marks no folder: there it is known by its name."""
    return "Sent" if isinstance(server, ImapServer) else "Out"


async def folder(server: Server, name: str) -> list[tuple[bytes, bytes]]:
    """The marks and the mails of a folder."""

    def look() -> list[tuple[bytes, bytes]]:
        client = imaplib.IMAP4(server.host, server.port, timeout=PATIENCE)
        client.login(USER, USERS[USER])
        client.select(name, readonly=True)
        _, found = client.fetch("1:*", "(FLAGS BODY.PEEK[])")
        client.logout()
        return [(each[0], each[1]) for each in found if isinstance(each, tuple)]

    return await asyncio.to_thread(look)


async def test_a_copy_lies_in_the_folder_that_the_server_marks(imap: Server, sent_of: OpenSent) -> None:  # noqa: F811
    await imap.deliver(USER, mails.plain("An older one"), AT, folder=special(imap))
    sent = sent_of(imap.account(USER))
    sent.keep(compose(MESSAGE), AT)
    sent.keep(compose(MESSAGE), AT)
    await sent.close()
    _, (marks, copy), _ = await folder(imap, special(imap))
    assert b"\\Seen" in marks
    assert b"Message-ID: <1.ack@example.com>" in copy


async def test_a_configured_folder_is_taken_instead(imap: Server, sent_of: OpenSent) -> None:  # noqa: F811
    await imap.deliver(USER, mails.plain("An older one"), AT, folder="Robota")
    sent = sent_of(imap.account(USER), folder="Robota")
    sent.keep(compose(MESSAGE), AT)
    await sent.close()
    assert len(await folder(imap, "Robota")) == 2


def test_a_copy_is_known_as_ours_wherever_it_is_read() -> None:
    read = parse_whole(compose(MESSAGE), channel="mail", key="1", received_at=AT, sizes=Sizes(65536, 65536, 65536))
    verdict = machine(read, Ours())
    assert verdict is not None
    assert verdict.suppression is Suppression.OWN_MESSAGE


@pytest.mark.parametrize(
    ("mode", "host", "wanted"),
    [
        pytest.param(SaveSent.AUTO, "smtp.zaradna.example", True, id="an ordinary server keeps nothing by itself"),
        pytest.param(SaveSent.AUTO, "smtp.gmail.com", False, id="Gmail does"),
        pytest.param(SaveSent.AUTO, "smtp.office365.com", False, id="so does Microsoft 365"),
        pytest.param(SaveSent.AUTO, "notgmail.com", True, id="whose name only looks like Gmail's does not"),
        pytest.param(SaveSent.ALWAYS, "smtp.gmail.com", True, id="always means always"),
        pytest.param(SaveSent.NEVER, "smtp.zaradna.example", False, id="never means never"),
    ],
)
async def test_who_saves(sent_of: OpenSent, mode: SaveSent, host: str, wanted: bool) -> None:
    nowhere = MailServer("127.0.0.1", 1, "none", "maja", "x")
    assert sent_of(nowhere, mode, sending_host=host).is_wanted is wanted


async def test_a_mail_that_left_is_found_by_its_message_id(imap: Server, sent_of: OpenSent) -> None:  # noqa: F811
    await imap.deliver(USER, compose(MESSAGE), AT, folder=special(imap))
    sent = sent_of(imap.account(USER))
    assert await sent.holds("1.ack@example.com")
    assert not await sent.holds("2.ack@example.com")


async def test_a_lost_connection_is_made_anew(sent_of: OpenSent) -> None:
    server = ImapServer(USERS)
    await server.start()
    try:
        await server.deliver(USER, compose(MESSAGE), AT, folder="Sent")
        sent = sent_of(server.account(USER))
        assert await sent.holds("1.ack@example.com")
        await server.stop()
        await server.start()
        assert await sent.holds("1.ack@example.com")
    finally:
        await server.stop()


async def test_without_such_a_folder_it_says_what_to_do(imap: Server, sent_of: OpenSent) -> None:  # noqa: F811
    with pytest.raises(ChannelFailure, match="sent_folder"):
        await sent_of(imap.account(USER)).holds("1.ack@example.com")


async def test_copies_that_wait_behind_a_refusal_are_not_tried(
    imap: Server,  # noqa: F811
    sent_of: OpenSent,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent = sent_of(imap.account(USER))
    for _ in range(5):
        sent.keep(compose(MESSAGE), AT)
    await sent.close()
    assert caplog.text.count("no copy in the Sent folder") == 1


async def test_a_mailbox_that_is_gone_delays_no_delivery(sent_of: OpenSent, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = MailServer("127.0.0.1", 1, "none", "maja", "x")
    async with smtp_sink() as sink:
        courier = KeepingCourier(SmtpCourier("mail", sink.account()), sent_of(nowhere))
        answer = await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
    assert answer.startswith("250")
    assert "no copy in the Sent folder" in caplog.text
