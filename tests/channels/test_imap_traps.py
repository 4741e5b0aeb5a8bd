"""What servers and networks do to those who watch a mailbox: each of these has silenced some program."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.servers import mails
from tests.servers.certificates import contexts
from tests.servers.proxy import proxy_to
from tests.servers.reader import QUICK, Reader, reading
from tests.servers.scripted_imap import TEXT, Scripted, scripted, usual
from triage_bot.channels.imap_inbox import ImapInbox, Pace
from triage_bot.channels.imap_probe import probe_imap
from triage_bot.core.messages import Cursor
from triage_bot.core.servers import MailServer
from triage_bot.demo.mail_servers import imap_server
from triage_bot.errors import PermanentFailure, TemporaryFailure

PATIENT = Pace(first_retry=QUICK.first_retry, longest_retry=QUICK.longest_retry, first_idle=timedelta(minutes=1))
NOW = datetime.now(UTC)
START = datetime(2026, 11, 20, tzinfo=UTC)
A_WHILE = 60.0
"""Seconds in which also a busy machine has done what takes a moment."""


async def test_an_exists_that_arrives_with_the_continuation_is_not_lost() -> None:
    """Both lie in one segment: the socket never becomes readable again."""

    async def idle(server: Scripted, writer: asyncio.StreamWriter, _tag: str, _command: str) -> None:
        if not server.mails:
            server.mails.append(mails.plain("Hej"))
            writer.write(b"+ idling\r\n* 1 EXISTS\r\n")
        else:
            writer.write(b"+ idling\r\n")

    async with scripted(answers={"IDLE": idle}) as server, reading(server.account(), pace=PATIENT) as reader:
        await reader.until_messages(1)


async def test_an_exists_before_the_continuation_is_not_lost() -> None:
    async def idle(server: Scripted, writer: asyncio.StreamWriter, _tag: str, _command: str) -> None:
        news = b"" if server.mails else b"* 1 EXISTS\r\n"
        server.mails = server.mails or [mails.plain("Hej")]
        writer.write(news + b"+ idling\r\n")

    async with scripted(answers={"IDLE": idle}) as server, reading(server.account(), pace=PATIENT) as reader:
        await reader.until_messages(1)
    assert not reader.failures


async def test_a_line_split_over_two_segments_is_one_line() -> None:
    async def idle(server: Scripted, writer: asyncio.StreamWriter, _tag: str, _command: str) -> None:
        writer.write(b"+ idling\r\n")
        if not server.mails:
            server.mails.append(mails.plain("Hej"))
            for piece in (b"* 1 EX", b"IS", b"TS\r\n"):
                await writer.drain()
                await asyncio.sleep(0.02)
                writer.write(piece)

    async with scripted(answers={"IDLE": idle}) as server, reading(server.account(), pace=PATIENT) as reader:
        await reader.until_messages(1)
    assert not reader.failures


@pytest.mark.parametrize("answer", [b"", b"* \xcfK what is this?\r\n"], ids=["none", "noise"])
async def test_a_login_that_ends_without_an_answer_was_not_refused(answer: bytes) -> None:
    """It is tried again as soon as after any other cut, and nobody is told to look at the password."""

    async def login(_server: Scripted, writer: asyncio.StreamWriter, _tag: str, _command: str) -> None:
        writer.write(answer)
        writer.close()

    async with scripted(answers={"LOGIN": login}) as server:
        with pytest.raises(TemporaryFailure, match="the connection was lost"):
            await probe_imap(server.account(), "INBOX")


async def test_a_server_that_refuses_its_own_idle_is_polled() -> None:
    async def idle(_server: Scripted, writer: asyncio.StreamWriter, tag: str, _command: str) -> None:
        writer.write(f"{tag} BAD not today\r\n".encode())

    poll_every = timedelta(milliseconds=30)
    async with scripted(answers={"IDLE": idle}) as server, reading(server.account(), poll_every=poll_every) as reader:
        await server.until_commands("UID SEARCH", 3)
        server.mails.append(mails.plain("Hej"))
        await reader.until_messages(1)
    assert server.commands.count("IDLE") == 1
    assert not reader.failures


async def test_a_server_that_wakes_us_without_end_is_looked_at_slowly() -> None:
    async def idle(_server: Scripted, writer: asyncio.StreamWriter, _tag: str, _command: str) -> None:
        writer.write(b"+ idling\r\n* OK still here\r\n")

    async with scripted(answers={"IDLE": idle}) as server, reading(server.account()) as reader:
        await server.until_commands("IDLE", 5)
        started = time.monotonic()
        await server.until_commands("IDLE", 7)
        assert time.monotonic() - started > 0.5
    assert not reader.failures


async def test_a_dead_link_is_found_by_the_safety_cycle() -> None:
    """Nothing closes it and nothing comes: only our own question finds out."""
    pace = Pace(QUICK.first_retry, QUICK.longest_retry, first_idle=timedelta(milliseconds=50))
    async with imap_server({"maja": "sesame"}) as imap, proxy_to(imap.host, imap.port) as proxy:
        account = MailServer(proxy.host, proxy.port, "none", "maja", "sesame", timeout=0.5)
        async with reading(account, pace=pace) as reader:
            await proxy.until_idle()
            proxy.pause()
            await reader.until(lambda reader: any("no answer" in str(failure) for failure in reader.failures))
            proxy.resume()
            await imap.deliver("maja", mails.plain("Hej"), NOW)
            await reader.until_messages(1)
    assert any("no answer within 0.5 s" in str(failure) for failure in reader.failures)


async def test_a_server_of_a_byte_at_a_time_is_given_up() -> None:
    """Each byte comes in time; the whole never would."""
    async with imap_server({"maja": "sesame"}) as imap, proxy_to(imap.host, imap.port) as proxy:
        proxy.seconds_a_byte = 0.05
        account = MailServer(proxy.host, proxy.port, "none", "maja", "sesame", timeout=0.4)
        started = time.monotonic()
        async with reading(account) as reader:
            await reader.until(lambda reader: len(reader.failures) > 0)
        assert time.monotonic() - started < A_WHILE
    assert isinstance(reader.failures[0], TemporaryFailure)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param({"greeting": b"* BYE Too many connections from your address\r\n"}, id="in the greeting"),
        pytest.param({"login": "NO [LIMIT] Maximum number of connections exceeded"}, id="at the login"),
    ],
)
async def test_too_many_connections_is_obeyed_with_a_long_pause(where: dict[str, object]) -> None:
    settings = dict(where)
    login = settings.pop("login", "")

    async def refuse(_server: Scripted, writer: asyncio.StreamWriter, tag: str, _command: str) -> None:
        writer.write(f"{tag} {login}\r\n".encode())

    async with (
        scripted(answers={"LOGIN": refuse} if login else {}, **settings) as server,
        reading(server.account()) as reader,
    ):
        await reader.until(lambda reader: len(reader.failures) > 0)
    (failure,) = reader.failures
    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after is not None
    assert failure.retry_after >= timedelta(minutes=5)


async def test_a_login_that_fails_for_the_moment_is_tried_again() -> None:
    refusals = ["NO [UNAVAILABLE] Temporary authentication failure", "OK in"]

    async def login(_server: Scripted, writer: asyncio.StreamWriter, tag: str, _command: str) -> None:
        writer.write(f"{tag} {refusals.pop(0)}\r\n".encode())

    async with scripted(answers={"LOGIN": login}) as server, reading(server.account()) as reader:
        await reader.until(lambda reader: reader.checks > 0)
    assert [type(failure) for failure in reader.failures] == [TemporaryFailure]


async def test_a_password_that_the_server_repeats_is_not_passed_on() -> None:
    async def login(_server: Scripted, writer: asyncio.StreamWriter, tag: str, command: str) -> None:
        writer.write(f"{tag} NO what is {command}\r\n".encode())

    async with scripted(answers={"LOGIN": login}) as server, reading(server.account()) as reader:
        await reader.until(lambda reader: len(reader.failures) > 0)
    assert "sesame" not in str(reader.failures[0])
    assert "***" in str(reader.failures[0])


async def test_one_structure_that_cannot_be_read_costs_no_other_mail() -> None:
    """The whole answer becomes unreadable; then each mail is asked for alone, and the broken one without structure."""

    async def fetch(server: Scripted, writer: asyncio.StreamWriter, tag: str, command: str) -> None:
        uids = [int(uid) for uid in command.split()[2].split(",")]
        for uid in uids:
            if "BODY.PEEK[]" in command:
                raw = server.mails[uid - 1]
                writer.write(b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n" % (uid, uid, len(raw), raw))
            else:
                writer.write(server.fetched(uid, '("TEXT" (((' if uid == 2 else TEXT))
        writer.write(f"{tag} OK done\r\n".encode())

    content = [mails.plain(text) for text in ("one", "two", "three")]
    async with (
        scripted(mails=content, answers={"UID FETCH": fetch}) as server,
        reading(server.account(), reader=Reader(stored=at(0))) as reader,
    ):
        await reader.until_messages(3)
    assert reader.texts == ["one", "two", "three"]
    assert not reader.failures


async def test_a_mail_that_the_server_cannot_hand_over_is_an_item_of_its_own() -> None:
    async def fetch(server: Scripted, writer: asyncio.StreamWriter, tag: str, command: str) -> None:
        if "2" in command.split()[2].split(","):
            writer.write(f"{tag} NO [SERVERBUG] I/O error\r\n".encode())
        else:
            await usual(server, writer, tag, command)

    content = [mails.plain(text) for text in ("one", "two", "three")]
    async with (
        scripted(mails=content, answers={"UID FETCH": fetch}) as server,
        reading(server.account(), reader=Reader(stored=at(0))) as reader,
    ):
        await reader.until_messages(3)
    assert reader.texts == ["one", "", "three"]
    assert "I/O error" in reader.messages[1].unreadable
    assert reader.batches[-1].cursor.position == 3


async def test_an_answer_that_makes_no_sense_is_an_outage_like_any_other() -> None:
    nonsense = [b"* SEARCH one two\r\n"]

    async def search(server: Scripted, writer: asyncio.StreamWriter, tag: str, command: str) -> None:
        if nonsense:
            writer.write(nonsense.pop() + f"{tag} OK done\r\n".encode())
        else:
            await usual(server, writer, tag, command)

    async with scripted(answers={"UID SEARCH": search}) as server, reading(server.account()) as reader:
        await reader.until(lambda reader: reader.checks > 0)
    assert [type(failure) for failure in reader.failures] == [TemporaryFailure]


async def test_uids_that_went_back_are_other_mails() -> None:
    """A mailbox restored from a backup gives out its UIDs again. Their keys must not look recorded."""
    async with (
        scripted(mails=[mails.plain("one"), mails.plain("two")]) as server,
        reading(server.account(), reader=Reader(stored=at(5))) as reader,
    ):
        await reader.until_messages(2)
        await reader.until(lambda reader: reader.stored.epoch != 7)  # type: ignore[union-attr]
        server.mails.append(mails.plain("three"))
        await reader.until_messages(3)
    assert [message.rescanned for message in reader.messages] == [True, True, False]
    assert not any(message.key.startswith("INBOX/7/") for message in reader.messages)


async def test_nothing_new_is_fetched_although_the_search_finds_the_last_mail() -> None:
    """`UID 3:*` is 2 when the last UID is 2."""
    async with (
        scripted(mails=[mails.plain("one"), mails.plain("two")]) as server,
        reading(server.account(), reader=Reader(stored=at(2))) as reader,
    ):
        await reader.until_checked()
    assert not [command for command in server.commands if command.startswith("UID FETCH")]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"greeting": None}, id="while the server says nothing"),
        pytest.param({}, id="in IDLE"),
    ],
)
async def test_it_stops_at_once_and_leaves_no_socket(settings: dict[str, object]) -> None:
    """A socket left open is a ResourceWarning, which fails this run."""
    async with scripted(**settings) as server:
        async with reading(server.account(timeout=2 * A_WHILE)) as reader:
            if settings:
                await asyncio.sleep(0.05)
            else:
                await server.until_commands("IDLE", 1)
            started = time.monotonic()
        assert time.monotonic() - started < A_WHILE  # not as long as the server may take
    assert not reader.failures


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_tls_is_checked_against_the_certificate(security: str, tmp_path: Path) -> None:
    of_server, trusting = contexts(tmp_path)
    async with (
        imap_server({"maja": "sesame"}, tls=of_server if security == "starttls" else None) as imap,
        proxy_to(imap.host, imap.port, tls=of_server if security == "tls" else None) as proxy,
    ):
        account = MailServer("127.0.0.1", proxy.port, security, "maja", "sesame", PATIENCE)
        async with reading(account, tls=trusting) as reader:
            await reader.until_checked()
            await imap.deliver("maja", mails.plain("Hej"), NOW)
            await reader.until_messages(1)
            await imap.deliver("maja", mails.plain("x" * 60_000), NOW)
            await reader.until_messages(2)
        assert not reader.failures
        async with reading(account) as reader:
            await reader.until(lambda reader: len(reader.failures) > 0)
        assert isinstance(reader.failures[0], PermanentFailure)
        assert "certificate" in str(reader.failures[0])


async def test_plain_text_behind_the_answer_to_starttls_is_refused(tmp_path: Path) -> None:
    """Somebody between could put commands there that the encrypted session would obey."""
    of_server, trusting = contexts(tmp_path)
    async with imap_server({"maja": "sesame"}, tls=of_server) as imap, proxy_to(imap.host, imap.port) as proxy:

        def inject(data: bytes) -> bytes:
            return data + b"* OK injected\r\n" if b"STARTTLS\r\n" in bytes(proxy.said_by_client) else data

        proxy.from_server = inject
        account = MailServer("127.0.0.1", proxy.port, "starttls", "maja", "sesame", PATIENCE)
        async with reading(account, tls=trusting) as reader:
            await reader.until(lambda reader: len(reader.failures) > 0)
    assert "plain text" in str(reader.failures[0])


async def test_the_probe_says_what_it_found() -> None:
    async with imap_server({"maja": "sesame"}) as imap:
        await imap.deliver("maja", mails.plain("Hej"), NOW)
        assert await probe_imap(imap.account("maja"), "INBOX") == "INBOX can be read: 1 mail, IDLE"
        with pytest.raises(PermanentFailure, match="app password"):
            await probe_imap(MailServer(imap.host, imap.port, "none", "maja", "x"), "INBOX")
    with pytest.raises(TemporaryFailure, match="connection refused: check host and port"):
        await probe_imap(MailServer(imap.host, imap.port, "none", "maja", "x"), "INBOX")


def test_the_pause_after_a_refused_login_is_long() -> None:
    """Some providers lock an account that fails often."""
    inbox = object.__new__(ImapInbox)
    inbox._pace, inbox._chance, inbox._failures = Pace(), lambda: 1.0, 1
    assert inbox._pause(PermanentFailure("no")) == timedelta(minutes=1)
    assert inbox._pause(TemporaryFailure("no")) == timedelta(seconds=1)
    assert inbox._pause(TemporaryFailure("no", timedelta(minutes=10))) == timedelta(minutes=15)


def at(position: int) -> Cursor:
    return Cursor("mail/INBOX", 7, position, START, START)
