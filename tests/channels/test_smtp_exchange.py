"""MAIL and RCPT in one go, where the server says that it can (RFC 2920)."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.servers.certificates import contexts
from triage_bot.channels.smtp_courier import SmtpCourier
from triage_bot.core.messages import Medium, OutgoingMessage
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure, InDoubt, PermanentFailure, TemporaryFailure

MESSAGE = OutgoingMessage(
    Medium.EMAIL,
    to="anna@client.example",
    text="Good day\n.\n..two periods",
    subject="Re: Pytanie",
    from_addr="maja@example.com",
    message_id="1.ack@example.com",
    date="2026-11-20T12:30:00+01:00",
    automatic=True,
)


class Server:
    """Says what it is told to say; what it reads at once is one question."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.mails: list[bytes] = []
        self.hello = b"250-sink\r\n250 PIPELINING\r\n"
        self.answers = {b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"DATA": b"354 go on\r\n"}
        self.taken = b"250 queued\r\n"
        self.behind_mails = b""
        self.hangs_up_after = b""
        self._conversations: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self, tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None) -> AsyncIterator[SmtpCourier]:
        """`tls` are the contexts of the server and of the courier."""
        of_server, trusting = tls or (None, None)
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0, ssl=of_server)
        port = server.sockets[0].getsockname()[1]
        security = "tls" if tls else "none"
        courier = SmtpCourier("mail", MailServer("127.0.0.1", port, security, "", "", PATIENCE), ssl_context=trusting)
        async with server:
            yield courier
            await courier.close()
            await asyncio.gather(*self._conversations)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._conversations.add(_current())
        writer.write(b"220 sink\r\n")
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while question := await reader.read(65536):
                self.heard.append(question)
                for line in question.split(b"\r\n")[:-1]:
                    verb = line[:4].upper()
                    writer.write(self.hello if verb == b"EHLO" else self.answers.get(verb, b"250 ok\r\n"))
                    if verb == self.hangs_up_after:
                        break
                    if verb == b"DATA" and self.answers[verb].startswith(b"354"):
                        self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                        writer.write(self.taken + self.behind_mails)
                else:
                    continue
                break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def _current() -> "asyncio.Task[None]":
    task = asyncio.current_task()
    assert task is not None
    return task


async def nothing() -> None:
    pass


async def test_addresses_go_together_and_data_waits_for_the_commitment() -> None:
    server = Server()
    seen: list[list[bytes]] = []

    async def commitment() -> None:
        seen.append(list(server.heard))

    async with server.listening() as courier:
        assert await courier.hand_over(MESSAGE, commitment) == "250 queued"
    assert seen[0][-1] == b"MAIL FROM:<>\r\nRCPT TO:<anna@client.example>\r\n"
    assert server.heard[len(seen[0])] == b"DATA\r\n"


async def test_answers_that_come_at_once_in_two_records_of_tls_are_both_read(tmp_path: Path) -> None:
    server = Server()
    server.answers[b"MAIL"] = b"250-2.1.0 of whom\r\n250 2.1.0 ok\r\n"
    server.answers[b"RCPT"] = b"550 5.1.1 no such user\r\n"
    async with server.listening(contexts(tmp_path)) as courier:
        with pytest.raises(PermanentFailure, match="no such user"):
            await courier.hand_over(MESSAGE, nothing)
        server.answers[b"RCPT"] = b"250 ok\r\n"
        assert await courier.hand_over(MESSAGE, nothing) == "250 queued"


async def test_a_server_that_announces_nothing_is_asked_one_by_one() -> None:
    server = Server()
    server.hello = b"250 sink\r\n"
    async with server.listening() as courier:
        await courier.hand_over(MESSAGE, nothing)
    assert b"MAIL FROM:<>\r\n" in server.heard
    assert b"RCPT TO:<anna@client.example>\r\n" in server.heard


async def test_lines_that_begin_with_a_period_arrive_as_they_were() -> None:
    server = Server()
    async with server.listening() as courier:
        await courier.hand_over(MESSAGE, nothing)
    lines = server.mails[0].split(b"\r\n")
    assert b".." in lines
    assert b"...two periods" in lines


@pytest.mark.parametrize(
    ("verb", "answer", "failure"),
    [
        pytest.param(b"RCPT", b"550 5.1.1 no such user\r\n", PermanentFailure, id="a recipient that is refused"),
        pytest.param(b"MAIL", b"451 4.3.0 later\r\n", TemporaryFailure, id="a sender that is refused"),
        pytest.param(b"RCPT", b"250 ok\r\n250 ok\r\n", TemporaryFailure, id="an answer too many"),
        pytest.param(b"MAIL", b"what?\r\n", TemporaryFailure, id="no answer of SMTP"),
        pytest.param(b"MAIL", b"250 " + b"x" * 40_000 + b"\r\n", TemporaryFailure, id="an endless answer"),
        pytest.param(b"MAIL", b"250-" + b"x\r\n250-" * 9_000 + b"\r\n", TemporaryFailure, id="an answer without end"),
        pytest.param(b"DATA", b"554 5.6.0 no\r\n", PermanentFailure, id="DATA is refused"),
        pytest.param(b"DATA", b"250 ok\r\n", TemporaryFailure, id="an answer to DATA that wants no mail"),
        pytest.param(b"DATA", b"354 go on\r\n250 ok\r\n", TemporaryFailure, id="more than an answer to DATA"),
    ],
)
async def test_a_refusal_is_one_and_the_next_mail_goes_through(
    verb: bytes, answer: bytes, failure: type[ChannelFailure]
) -> None:
    server = Server()
    usual, server.answers[verb] = server.answers[verb], answer
    async with server.listening() as courier:
        with pytest.raises(failure):
            await courier.hand_over(MESSAGE, nothing)
        assert not server.mails
        server.answers[verb] = usual
        await courier.hand_over(MESSAGE, nothing)
    assert len(server.mails) == 1


@pytest.mark.parametrize("verb", [b"MAIL", b"RCPT"])
async def test_a_server_that_hangs_up_in_the_envelope_has_no_mail(verb: bytes) -> None:
    server = Server()
    server.hangs_up_after = verb
    server.answers[verb] = b""
    async with server.listening() as courier:
        with pytest.raises(TemporaryFailure):
            await courier.hand_over(MESSAGE, nothing)
        server.hangs_up_after = b""
        server.answers[verb] = b"250 ok\r\n"
        await courier.hand_over(MESSAGE, nothing)
    assert len(server.mails) == 1


async def test_a_server_that_hangs_up_after_data_leaves_a_doubt() -> None:
    server = Server()
    server.hangs_up_after = b"DATA"
    async with server.listening() as courier:
        with pytest.raises(InDoubt):
            await courier.hand_over(MESSAGE, nothing)


async def test_a_server_that_says_nothing_of_a_mail_leaves_a_doubt() -> None:
    """Each question has its own time: that of the mail begins when it goes out."""
    server = Server()
    server.taken = b""
    async with server.listening() as courier:
        patient, courier._server = courier._server, replace(courier._server, timeout=2.0)
        with pytest.raises(InDoubt):
            await courier.hand_over(MESSAGE, nothing)
        assert not courier.is_connected
        courier._server = patient
        server.taken = b"250 queued\r\n"
        assert await courier.hand_over(MESSAGE, nothing) == "250 queued"


async def test_a_server_that_closes_behind_its_answer_has_the_mail() -> None:
    """RFC 5321 section 3.8: 421 may be said at any time, also in the same breath as that the mail is taken."""
    server = Server()
    server.behind_mails = b"421-4.7.0 too many mails\r\n421 4.7.0 closing\r\n"
    async with server.listening() as courier:
        for number in (1, 2):
            assert await courier.hand_over(MESSAGE, nothing) == "250 queued"
            assert len(server.mails) == number
            assert not courier.is_connected


async def test_an_answer_that_comes_too_late_is_taken_for_no_other_one() -> None:
    server = Server()
    server.answers[b"MAIL"] = server.answers[b"RCPT"] = b""
    server.answers[b"RSET"] = b"250 ok\r\n550 no such user\r\n250 ok\r\n"
    async with server.listening() as courier:
        patient, courier._server = courier._server, replace(courier._server, timeout=0.5)
        with pytest.raises(TemporaryFailure):
            await courier.hand_over(MESSAGE, nothing)
        assert not courier.is_connected
        courier._server = patient
        server.answers[b"MAIL"] = server.answers[b"RCPT"] = b"250 ok\r\n"
        assert await courier.hand_over(MESSAGE, nothing) == "250 queued"
