"""The mailbox as it is watched, on every IMAP server there is."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.servers import mails
from tests.servers.imap import USER, Server, imap, imap_without_idle  # noqa: F401  fixtures
from tests.servers.proxy import proxy_to
from tests.servers.reader import QUICK, Reader, reading
from triage_bot.channels.imap_inbox import Pace
from triage_bot.channels.protocols import Batch
from triage_bot.core.servers import MailServer
from triage_bot.errors import DatabaseUnusable, PermanentFailure

NOW = datetime.now(UTC).replace(microsecond=0)
PATIENT = Pace(
    first_retry=QUICK.first_retry, longest_retry=QUICK.longest_retry, first_idle=timedelta(minutes=1), batch=3
)
"""No look that nothing caused."""


async def test_new_mail_is_noticed_by_idle(imap: Server) -> None:  # noqa: F811
    """Nothing polls here: only IDLE can have told."""
    async with proxy_to(imap.host, imap.port) as proxy, reading(through(proxy.port, imap), pace=PATIENT) as reader:
        await proxy.until_idle()
        await imap.deliver(USER, mails.plain("Dzień dobry"), NOW)
        await reader.until_messages(1)
        await proxy.until_idle(2)
        await imap.deliver(USER, mails.plain("Ponownie"), NOW)
        await reader.until_messages(2)
    assert reader.texts == ["Dzień dobry", "Ponownie"]
    assert not reader.failures


async def test_new_mail_is_noticed_by_a_poll_where_the_server_has_no_idle(imap_without_idle: Server) -> None:  # noqa: F811
    account = imap_without_idle.account(USER)
    async with reading(account, poll_every=timedelta(milliseconds=50)) as reader:
        await reader.until_checked()
        await imap_without_idle.deliver(USER, mails.plain("Dzień dobry"), NOW)
        await reader.until_messages(1)
    assert reader.texts == ["Dzień dobry"]


async def test_first_start_answers_nothing_older(imap: Server) -> None:  # noqa: F811
    await imap.deliver(USER, mails.plain("Old"), NOW)
    async with reading(imap.account(USER)) as reader:
        await reader.until_checked()
        await imap.deliver(USER, mails.plain("New"), NOW)
        await reader.until_messages(1)
    assert reader.texts == ["New"]
    assert reader.batches[0].messages == ()
    assert reader.batches[0].cursor.source == "mail/INBOX"


async def test_start_at_takes_in_what_arrived_since(imap: Server) -> None:  # noqa: F811
    """The hour counts, although SEARCH knows only dates."""
    await imap.deliver(USER, mails.plain("Too old"), NOW - timedelta(hours=2))
    await imap.deliver(USER, mails.plain("Wanted"), NOW - timedelta(minutes=30))
    async with reading(imap.account(USER), start_at=NOW - timedelta(hours=1)) as reader:
        await reader.until_messages(1)
        await imap.deliver(USER, mails.plain("New"), NOW)
        await reader.until_messages(2)
    assert reader.texts == ["Wanted", "New"]
    assert reader.messages[0].received_at == NOW - timedelta(minutes=30)
    assert reader.stored is not None
    assert reader.stored.started_at == NOW - timedelta(hours=1)


async def test_a_backlog_comes_in_batches_in_the_order_of_arrival(imap: Server) -> None:  # noqa: F811
    reader = Reader()
    async with reading(imap.account(USER), reader=reader):
        await reader.until_checked()
    for number in range(10):
        await imap.deliver(USER, mails.plain(f"Mail {number}", number=number), NOW)
    async with reading(imap.account(USER), reader=reader, pace=PATIENT):
        await reader.until_messages(10)
    assert reader.texts == [f"Mail {number}" for number in range(10)]
    assert [len(batch.messages) for batch in reader.batches if batch.messages] == [3, 3, 3, 1]
    positions = [batch.cursor.position for batch in reader.batches]
    assert positions == sorted(positions)
    assert [message.key for message in reader.messages] == [
        f"INBOX/{reader.stored.epoch}/{uid}"  # type: ignore[union-attr]
        for uid in range(positions[0] + 1, positions[0] + 11)
    ]


async def test_her_unread_marks_stay(imap: Server) -> None:  # noqa: F811
    async with reading(imap.account(USER)) as reader:
        await reader.until_checked()
        await imap.deliver(USER, mails.plain("Unread"), NOW)
        await imap.deliver(USER, mails.with_parts("alternative", mails.html("<p>Unread, in HTML</p>")), NOW)
        await reader.until_messages(2)
        assert await imap.flags(USER) == [frozenset(), frozenset()]


async def test_mail_that_came_during_a_restart_of_the_server_is_read(imap: Server) -> None:  # noqa: F811
    async with reading(imap.account(USER)) as reader:
        await reader.until_checked()
        await imap.stop()
        await reader.until(lambda reader: len(reader.failures) > 0)
        await imap.start()
        await imap.deliver(USER, mails.plain("After the restart"), NOW)
        await reader.until_messages(1)
    assert reader.texts == ["After the restart"]


async def test_a_connection_cut_in_idle_is_opened_again(imap: Server) -> None:  # noqa: F811
    async with proxy_to(imap.host, imap.port) as proxy:
        async with reading(through(proxy.port, imap)) as reader:
            await proxy.until_idle()
            proxy.cut()
            await imap.deliver(USER, mails.plain("While it was cut"), NOW)
            await reader.until_messages(1)
        assert proxy.connections == 2
    assert reader.texts == ["While it was cut"]


async def test_a_new_uidvalidity_has_everything_compared(imap: Server) -> None:  # noqa: F811
    """What arrived since the start is read again, marked, and under other keys."""
    reader = Reader()
    await imap.deliver(USER, mails.plain("Before the start"), NOW - timedelta(days=3))
    async with reading(imap.account(USER), reader=reader):
        await reader.until_checked()
        await imap.deliver(USER, mails.plain("Known"), NOW + timedelta(hours=1))
        await reader.until_messages(1)
    before = reader.stored
    await imap.renumber(USER)
    await imap.deliver(USER, mails.plain("New"), NOW + timedelta(hours=2))
    async with reading(imap.account(USER), reader=reader):
        await reader.until_messages(3)
        await reader.until(lambda reader: reader.stored.epoch != before.epoch)  # type: ignore[union-attr]
        await imap.deliver(USER, mails.plain("Newer"), NOW + timedelta(hours=3))
        await reader.until_messages(4)
    assert [(message.text, message.rescanned) for message in reader.messages] == [
        ("Known", False),
        ("Known", True),
        ("New", True),
        ("Newer", False),
    ]
    assert len({message.key for message in reader.messages}) == 4


async def test_the_old_cursor_stays_until_a_rescan_is_done(imap: Server) -> None:  # noqa: F811
    reader = Reader()
    async with reading(imap.account(USER), reader=reader):
        await reader.until_checked()
    before = reader.stored
    await imap.renumber(USER)
    for number in range(5):
        await imap.deliver(USER, mails.plain(f"Mail {number}"), NOW + timedelta(hours=1))
    async with reading(imap.account(USER), reader=reader, pace=PATIENT):
        await reader.until_messages(5)
        await reader.until(lambda reader: reader.stored != before)
    assert [batch.cursor == before for batch in reader.batches[1:]] == [True, True, False]


async def test_a_large_attachment_is_never_fetched(imap: Server) -> None:  # noqa: F811
    """Three megabytes lie there; a few kilobytes come."""
    raw = mails.with_parts("mixed", mails.text("See the file."), mails.attachment("oferta.pdf", 3_000_000))
    async with proxy_to(imap.host, imap.port) as proxy:
        async with reading(through(proxy.port, imap)) as reader:
            await reader.until_checked()
            await imap.deliver(USER, raw, NOW)
            await reader.until_messages(1)
        assert proxy.bytes_from_server < 20_000
    (message,) = reader.messages
    assert message.text == "See the file."
    assert [(found.filename, found.media_type) for found in message.attachments] == [("oferta.pdf", "application/pdf")]
    assert message.attachments[0].size > 2_900_000
    assert message.part_types == {"multipart/mixed", "text/plain", "application/pdf"}


LAYOUTS = [
    pytest.param(mails.plain("zażółć"), "zażółć", id="plain text"),
    pytest.param(
        mails.with_parts("alternative", mails.text("plain"), mails.html("<p>rich</p>")),
        "plain",
        id="of two alternatives the plain one",
    ),
    pytest.param(mails.with_parts("alternative", mails.html("<p>rich</p>")), "rich", id="HTML where nothing else is"),
    pytest.param(
        mails.with_parts(
            "mixed",
            mails.nested("alternative", mails.text("inner"), mails.html("<p>rich</p>")),
            mails.attachment("a.pdf", 100),
        ),
        "inner",
        id="the text of a nested alternative",
    ),
    pytest.param(
        mails.with_parts("mixed", mails.attachment("a.pdf", 30_000), mails.text("behind")),
        "behind",
        id="text behind an attachment",
    ),
    pytest.param(
        mails.with_parts("mixed", mails.text("first"), mails.attachment("a.pdf", 100), mails.text("second")),
        "first\n\nsecond",
        id="text before and behind an attachment",
    ),
    pytest.param(mails.with_parts("mixed", mails.attachment("a.pdf", 100)), "", id="no text at all"),
    pytest.param(mails.plain("long " * 5000), ("long " * 5000)[:20000].strip(), id="long text, cut"),
]


@pytest.mark.parametrize(("raw", "expected"), LAYOUTS)
async def test_the_text_is_found_wherever_it_lies(imap: Server, raw: bytes, expected: str) -> None:  # noqa: F811
    await imap.deliver(USER, raw, NOW)
    async with reading(imap.account(USER), start_at=NOW - timedelta(days=1)) as reader:
        await reader.until_messages(1)
    assert reader.messages[0].text.strip() == expected
    assert not reader.messages[0].unreadable


GARBAGE = [
    pytest.param(b"\r\n", id="an empty mail"),
    pytest.param(b"\x00\xff\xfe" * 500 + b"\r\n", id="binary"),
    pytest.param(
        b"Subject: x\r\nContent-Type: multipart/mixed\r\n\r\nno boundary\r\n", id="a multipart without a boundary"
    ),
    pytest.param(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" * 200, id="headers that never end"),
    pytest.param(b"Content-Type: text/html" + b" ;" * 20_000 + b"\r\n\r\n<p>x\r\n", id="twenty thousand semicolons"),
    pytest.param(b"From: (((((" + b"(" * 5000 + b"\r\nSubject: =?x?y?z\r\n\r\nHej\r\n", id="five thousand brackets"),
    pytest.param(b"X: " + b"y" * 300_000 + b"\r\n\r\nHej\r\n", id="a header of 300 kB"),
]


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_garbage_does_not_stop_the_mails_around_it(imap: Server, garbage: bytes) -> None:  # noqa: F811
    for raw in (mails.plain("before"), garbage, mails.plain("after")):
        await imap.deliver(USER, raw, NOW)
    async with reading(imap.account(USER), start_at=NOW - timedelta(days=1)) as reader:
        await reader.until_messages(3)
    assert [reader.texts[0], reader.texts[2]] == ["before", "after"]
    assert not reader.failures


async def test_another_folder_is_read_by_its_name(imap: Server) -> None:  # noqa: F811
    await imap.deliver(USER, mails.plain("In a folder"), NOW, "Clients")
    async with reading(imap.account(USER), folder="Clients", start_at=NOW - timedelta(days=1)) as reader:
        await reader.until_messages(1)
    assert reader.messages[0].key.startswith("Clients/")
    assert reader.batches[-1].cursor.source == "mail/Clients"


async def test_a_refused_login_says_what_to_do(imap: Server) -> None:  # noqa: F811
    account = MailServer(imap.host, imap.port, "none", USER, "wrong", 10.0)
    async with reading(account) as reader:
        await reader.until(lambda reader: len(reader.failures) > 0)
    (failure,) = reader.failures
    assert isinstance(failure, PermanentFailure)
    assert "app password" in str(failure)
    assert ".." not in str(failure)
    assert "wrong" not in str(failure)


async def test_a_missing_folder_is_named_beside_those_that_exist(imap: Server) -> None:  # noqa: F811
    async with reading(imap.account(USER), folder="Nowhere") as reader:
        await reader.until(lambda reader: len(reader.failures) > 0)
    assert isinstance(reader.failures[0], PermanentFailure)
    assert "Nowhere" in str(reader.failures[0])
    assert "INBOX" in str(reader.failures[0])


async def test_what_could_not_be_recorded_comes_again(imap: Server) -> None:  # noqa: F811
    full = [True]

    def disk(batch: Batch) -> None:
        if batch.messages and full.pop():
            full.append(False)
            raise DatabaseUnusable("the disk is full")

    reader = Reader(before_record=disk)
    async with reading(imap.account(USER), reader=reader):
        await reader.until_checked()
        await imap.deliver(USER, mails.plain("Dzień dobry"), NOW)
        await reader.until_messages(1)
    assert "the disk is full" in str(reader.failures[0])
    assert reader.texts == ["Dzień dobry"]


def through(port: int, server: Server) -> MailServer:
    account = server.account(USER)
    return MailServer("127.0.0.1", port, account.security, account.user, account.password, account.timeout)
