"""What is read of her Sent folder, and what of it counts as written by her."""

import asyncio
import imaplib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels.test_imap_sent import special
from tests.channels.test_smtp_courier import MESSAGE
from tests.patience import PATIENCE
from tests.servers.imap import USER, USERS, Server, imap, imap_without_idle  # noqa: F401  fixtures
from triage_bot.channels.imap_pool import Pool
from triage_bot.channels.imap_sent_watch import ImapSentWatch
from triage_bot.channels.mail_compose import compose
from triage_bot.channels.mail_own import own_message
from triage_bot.channels.mail_parse import Sizes
from triage_bot.channels.protocols import Batch
from triage_bot.clock import HandClock
from triage_bot.core.messages import Cursor, Medium, OwnMessage
from triage_bot.core.replies import message_id_domain
from triage_bot.core.suppression import Ours
from triage_bot.errors import ChannelFailure

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
HERS = "maja@example.com"
OURS = Ours(frozenset({HERS, "biuro@example.com"}), frozenset({message_id_domain(HERS)}))


def written(to: str = "Anna <Anna@Client.example>", more: str = "", date: datetime = AT, number: int = 1) -> bytes:
    head = (
        f"From: Maja <{HERS}>\nTo: {to}\nSubject: =?utf-8?q?Re=3A_Za=C5=BC=C3=B3=C5=82=C4=87?=\n"
        f"Message-ID: <{number}.hers@example.com>\nIn-Reply-To: <b@client.example>\n"
        f"References: <a@client.example>\n <b@client.example>\nDate: {date:%a, %d %b %Y %H:%M:%S} +0000\n{more}"
    )
    return f"{head}\nZażółć gęślą jaźń.\n".replace("\n", "\r\n").encode()


def read(raw: bytes, received_at: datetime = AT) -> OwnMessage | None:
    block = raw.partition(b"\r\n\r\n")[0]
    return own_message(block, channel="mail", key="Sent/1/1", received_at=received_at, ours=OURS)


def test_a_mail_of_hers_is_read() -> None:
    assert read(written("Anna <Anna@Client.example>, biuro@example.com", "Cc: jan@client.example\n")) == OwnMessage(
        channel="mail",
        medium=Medium.EMAIL,
        key="Sent/1/1",
        sent_at=AT,
        recipients=("anna@client.example", "jan@client.example"),
        message_id="1.hers@example.com",
        refs=("a@client.example", "b@client.example"),
        subject="Re: Zażółć",
    )


def test_from_an_address_that_the_configuration_does_not_name_it_says_from_which() -> None:
    found = read(written().replace(HERS.encode(), b"Maja@Client.example"))
    assert found is not None
    assert found.sender == "maja@client.example"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(written(HERS), id="to herself"),
        pytest.param(written("biuro@example.com"), id="to another address of hers"),
        pytest.param(written(""), id="to nobody"),
        pytest.param(written(more="X-Triage-Bot: 1\n"), id="by the bot"),
        pytest.param(written(more="Auto-Submitted: auto-replied (vacation)\n"), id="by a vacation notice"),
        pytest.param(written(more="X-Autoreply: yes\n"), id="by an autoresponder of her provider"),
        pytest.param(
            written(more="Content-Type: multipart/report; report-type=disposition-notification\n"), id="a read receipt"
        ),
        pytest.param(written().replace(b"1.hers@example.com", b"ack.x@triage-bot.example.com"), id="our Message-ID"),
        pytest.param(
            written().replace(b"1.hers@example.com", b"ack." + b"0" * 32 + b"@elsewhere.example"), id="its form"
        ),
        pytest.param(compose(MESSAGE), id="an acknowledgement as it was sent"),
    ],
)
def test_what_is_no_mail_of_hers(raw: bytes) -> None:
    assert read(raw) is None


@pytest.mark.parametrize(
    ("date", "received_at", "expected"),
    [
        pytest.param(AT, AT + timedelta(minutes=3), AT, id="the moment is when she wrote"),
        pytest.param(AT, AT + timedelta(hours=30), AT, id="also where the copy was laid down a day later"),
        pytest.param(AT - timedelta(days=900), AT, AT, id="a clock years behind is not believed"),
        pytest.param(AT + timedelta(hours=1), AT, AT, id="nor one that is ahead"),
    ],
)
def test_when_it_was_sent(date: datetime, received_at: datetime, expected: datetime) -> None:
    found = read(written(date=date), received_at)
    assert found is not None
    assert found.sent_at == expected


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"To: {text}".encode("utf-8", "replace")))
def test_no_header_is_too_strange(block: bytes) -> None:
    found = own_message(block, channel="mail", key="k", received_at=AT, ours=OURS)
    assert found is None or found.recipients


class Reader:
    """Runs the watch and keeps what it records."""

    def __init__(self) -> None:
        self.cursors: dict[str, Cursor] = {}
        self.own: list[OwnMessage] = []
        self.failures: list[tuple[str, ChannelFailure | None]] = []

    async def load(self, source: str) -> Cursor | None:
        return self.cursors.get(source)

    async def record(self, batch: Batch) -> None:
        assert batch.messages == ()
        self.cursors[batch.cursor.source] = batch.cursor
        self.own += batch.own

    def health(self, source: str, failure: ChannelFailure | None) -> None:
        self.failures.append((source, failure))

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.005)


Watch = Callable[..., Awaitable[Reader]]


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    async with AsyncExitStack() as stack:
        pool = Pool()
        stack.callback(getattr(pool, "close", lambda: None))

        async def begin(server: Server, folder: str = "", reader: Reader | None = None, **settings: Any) -> Reader:
            reader = reader or Reader()
            inbox = ImapSentWatch(
                "mail",
                server.account(USER),
                folder,
                **{
                    "watched": "INBOX",
                    "ours": OURS,
                    "start_at": None,
                    "poll_every": timedelta(milliseconds=50),
                    "use_idle": True,
                    "sizes": Sizes(2**16, 2**16, 2**16),
                    "clock": HandClock(AT),
                    "health": reader.health,
                    "pool": pool,
                    "ssl_context": ssl.create_default_context(),
                    **settings,
                },
            )
            task = asyncio.create_task(inbox.run(reader.load, reader.record))

            async def end() -> None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

            stack.push_async_callback(end)
            return reader

        yield begin


async def test_what_she_sends_from_now_on_is_told_and_nothing_older(imap: Server, watch: Watch) -> None:  # noqa: F811
    folder = special(imap)
    await imap.deliver(USER, written(number=1), AT, folder=folder)
    reader = await watch(imap)
    await reader.until(lambda: reader.cursors)
    await imap.deliver(USER, compose(MESSAGE), AT, folder=folder)
    await imap.deliver(USER, written(number=2), AT, folder=folder)
    await reader.until(lambda: reader.own)
    (own,) = reader.own
    assert (own.message_id, own.recipients) == ("2.hers@example.com", ("anna@client.example",))
    assert list(reader.cursors) == [f"mail/{folder}"]
    assert own.key.startswith(f"{folder}/")


async def test_without_idle_it_is_polled(imap_without_idle: Server, watch: Watch) -> None:  # noqa: F811
    folder = special(imap_without_idle)
    await imap_without_idle.deliver(USER, written(number=1), AT, folder=folder)
    reader = await watch(imap_without_idle)
    await reader.until(lambda: reader.cursors)
    await imap_without_idle.deliver(USER, written(number=2), AT, folder=folder)
    await reader.until(lambda: reader.own)


async def test_a_draft_that_lies_there_is_not_sent(imap: Server, watch: Watch) -> None:  # noqa: F811
    await imap.deliver(USER, written(number=1), AT, folder="Robota")
    reader = await watch(imap, "Robota")
    await reader.until(lambda: reader.cursors)

    def lay_down() -> None:
        client = imaplib.IMAP4(imap.host, imap.port, timeout=PATIENCE)
        client.login(USER, USERS[USER])
        client.append("Robota", "(\\Draft)", imaplib.Time2Internaldate(AT), written(number=2))
        client.logout()

    await asyncio.to_thread(lay_down)
    await imap.deliver(USER, written(number=3), AT, folder="Robota")
    await reader.until(lambda: reader.own)
    assert [own.message_id for own in reader.own] == ["3.hers@example.com"]


async def test_a_folder_that_is_not_there_is_said_with_those_that_are(imap: Server, watch: Watch) -> None:  # noqa: F811
    reader = await watch(imap, "Nie ma")
    await reader.until(lambda: reader.failures)
    source, failure = reader.failures[0]
    assert source == "mail/Nie ma"
    assert "Nie ma" in str(failure)
    assert "INBOX" in str(failure)


async def test_the_folder_in_which_clients_mail_arrives_is_not_watched_twice(
    imap: Server,  # noqa: F811
    watch: Watch,
) -> None:
    reader = await watch(imap, "INBOX")
    await reader.until(lambda: reader.failures)
    assert reader.failures == [("mail/INBOX", None)]
    assert reader.cursors == {}
