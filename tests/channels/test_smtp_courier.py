"""Handing mails over, and what is known of each when the server does not play along."""

import asyncio
import contextlib
import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from tests.servers.certificates import contexts
from tests.servers.proxy import proxy_to
from triage_bot.channels.smtp_courier import SmtpCourier, probe_smtp
from triage_bot.core.messages import Medium, OutgoingFile, OutgoingMessage
from triage_bot.core.servers import MailServer
from triage_bot.demo.mail_servers import smtp_sink
from triage_bot.errors import ChannelFailure, FailureKind, InDoubt, PermanentFailure, TemporaryFailure

MESSAGE = OutgoingMessage(
    Medium.EMAIL,
    to="anna@client.example",
    text="Dzień dobry",
    subject="Re: Pytanie",
    from_addr="maja@example.com",
    from_name="Maja",
    message_id="1.ack@example.com",
    date="2026-11-20T12:30:00+01:00",
)


class Commitment:
    """Counts how often the courier said that now it counts."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


async def test_a_mail_is_handed_over_and_the_answer_comes_back() -> None:
    commitment = Commitment()
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        answer = await courier.hand_over(MESSAGE, commitment)
        await courier.close()
    assert answer == "250 2.0.0 queued as 1"
    assert commitment.times == 1
    (received,) = sink.received
    assert received.recipients == ("anna@client.example",)
    read = email.message_from_bytes(received.data, policy=email.policy.default)
    assert read["Message-ID"] == "<1.ack@example.com>"
    assert read.get_content().strip() == "Dzień dobry"


async def test_a_line_that_is_a_dot_does_not_end_the_mail() -> None:
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        await courier.hand_over(replace(MESSAGE, text="a\n.\nb\n..\n"), Commitment())
        await courier.close()
    read = email.message_from_bytes(sink.received[0].data, policy=email.policy.default)
    assert read.get_content().replace("\r\n", "\n") == "a\n.\nb\n..\n"


async def test_one_connection_serves_many_mails() -> None:
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        await asyncio.gather(*(courier.hand_over(MESSAGE, Commitment()) for _ in range(20)))
        await courier.close()
        assert (len(sink.received), sink.connections) == (20, 1)


async def test_a_connection_that_died_meanwhile_is_opened_again_without_a_failure() -> None:
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        await courier.hand_over(MESSAGE, Commitment())
        sink.cut()
        commitment = Commitment()
        await courier.hand_over(MESSAGE, commitment)
        await courier.close()
        assert (len(sink.received), sink.connections, commitment.times) == (2, 2, 1)


async def test_an_unused_connection_is_closed() -> None:
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account(), idle_seconds=0.01)
        await courier.hand_over(MESSAGE, Commitment())
        async with asyncio.timeout(PATIENCE):
            while sink._open:
                await asyncio.sleep(0.005)
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
        assert sink.connections == 2


ANSWERS = [
    pytest.param("on_mail", "451 4.3.0 later", TemporaryFailure, 0, id="a sender that is refused for now"),
    pytest.param("on_mail", "550 5.7.1 no", PermanentFailure, 0, id="a sender that is refused"),
    pytest.param("on_mail", "421 4.3.2 going down", TemporaryFailure, 0, id="a server that goes down"),
    pytest.param("on_rcpt", "450 4.2.0 greylisted", TemporaryFailure, 0, id="a recipient that is refused for now"),
    pytest.param("on_rcpt", "550 5.1.1 no such user", PermanentFailure, 0, id="a recipient that does not exist"),
    pytest.param("on_data", "452 4.3.1 disk full", TemporaryFailure, 1, id="a mail that is refused for now"),
    pytest.param("on_data", "554 5.7.1 spam", PermanentFailure, 1, id="a mail that is refused"),
]


@pytest.mark.parametrize(("hook", "answer", "failure", "commitments"), ANSWERS)
async def test_an_answer_is_temporary_or_permanent(
    hook: str, answer: str, failure: type[ChannelFailure], commitments: int
) -> None:
    """Also after DATA: an answer tells for certain that the mail was not taken. The next mail goes through."""
    commitment = Commitment()
    async with smtp_sink() as sink:
        setattr(sink, hook, lambda _: answer)
        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(failure) as raised:
            await courier.hand_over(MESSAGE, commitment)
        setattr(sink, hook, lambda _: None)
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
    assert answer[4:] in str(raised.value)
    assert raised.value.kind is FailureKind.OTHER, "it is about this mail"
    assert commitment.times == commitments
    assert len(sink.received) == 1


async def test_a_mail_refused_for_now_is_taken_at_the_next_attempt() -> None:
    answers = ["450 4.2.0 greylisted", None]
    async with smtp_sink() as sink:
        sink.on_rcpt = lambda _: answers.pop(0)
        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(TemporaryFailure):
            await courier.hand_over(MESSAGE, Commitment())
        assert await courier.hand_over(MESSAGE, Commitment())
        await courier.close()


async def test_a_connection_lost_before_data_leaves_no_doubt() -> None:
    async with smtp_sink() as sink:

        def lose(_: str) -> str:
            sink.cut()
            return "250 OK"

        sink.on_rcpt = lose
        courier = SmtpCourier("mail", sink.account())
        commitment = Commitment()
        with pytest.raises(TemporaryFailure):
            await courier.hand_over(MESSAGE, commitment)
        await courier.close()
    assert commitment.times == 0
    assert not sink.received


async def test_a_connection_lost_during_the_commitment_leaves_no_doubt() -> None:
    async with smtp_sink() as sink:

        async def lose() -> None:
            sink.cut()
            await asyncio.sleep(0.05)

        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(TemporaryFailure):
            await courier.hand_over(MESSAGE, lose)
        await courier.close()
    assert not sink.received


async def test_a_connection_lost_after_data_is_in_doubt() -> None:
    """The server has the mail and we never hear of it. Sending it again would be a second acknowledgement."""
    async with smtp_sink() as sink:
        sink.lose_before_answer = True
        courier = SmtpCourier("mail", sink.account())
        commitment = Commitment()
        with pytest.raises(InDoubt):
            await courier.hand_over(MESSAGE, commitment)
        await courier.close()
    assert commitment.times == 1
    assert len(sink.received) == 1


async def test_a_server_that_does_not_answer_data_is_in_doubt() -> None:
    async with smtp_sink() as sink, proxy_to(sink.host, sink.port) as proxy:
        courier = SmtpCourier("mail", MailServer(proxy.host, proxy.port, "none", timeout=2.0))

        async def stall() -> None:
            proxy.pause()

        with pytest.raises(InDoubt):
            await courier.hand_over(MESSAGE, stall)
        proxy.resume()
        courier._server = MailServer(proxy.host, proxy.port, "none", timeout=PATIENCE)
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()


async def test_what_was_not_recorded_is_not_sent() -> None:
    class DiskFullError(Exception):
        pass

    async def fail() -> None:
        raise DiskFullError

    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(DiskFullError):
            await courier.hand_over(MESSAGE, fail)
        assert not sink.received
        await courier.hand_over(replace(MESSAGE, to="other@client.example"), Commitment())
        await courier.close()
    assert [received.recipients for received in sink.received] == [("other@client.example",)]


async def test_automatic_mail_has_the_null_return_path_and_her_own_mail_has_hers() -> None:
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        await courier.hand_over(MESSAGE, Commitment())
        await courier.hand_over(replace(MESSAGE, automatic=False), Commitment())
        await courier.close()
    assert [received.mail_from for received in sink.received] == ["", "maja@example.com"]


@pytest.mark.parametrize("where", ["on_mail", "on_rcpt"])
async def test_a_refused_null_return_path_is_replaced_and_remembered(where: str) -> None:
    """Some servers refuse it at MAIL, some only when they know the recipient."""
    paths: list[str] = []

    async with smtp_sink() as sink:

        def at_mail(path: str) -> str | None:
            paths.append(path)
            return "550 5.7.1 null sender not allowed" if where == "on_mail" and not path else None

        sink.on_mail = at_mail
        sink.on_rcpt = lambda _: "550 5.7.1 sender rejected" if where == "on_rcpt" and not paths[-1] else None
        courier = SmtpCourier("mail", sink.account())
        commitment = Commitment()
        await courier.hand_over(MESSAGE, commitment)
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
    assert commitment.times == 1
    assert paths == ["", "maja@example.com", "maja@example.com"]


async def test_a_recipient_that_does_not_exist_does_not_cost_the_null_return_path() -> None:
    async with smtp_sink() as sink:
        sink.on_rcpt = lambda address: "550 5.1.1 no such user" if address.startswith("nobody") else None
        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(PermanentFailure):
            await courier.hand_over(replace(MESSAGE, to="nobody@client.example"), Commitment())
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
    assert [received.mail_from for received in sink.received] == [""]


async def test_login_is_used_and_a_refused_one_says_what_to_do() -> None:
    async with smtp_sink(user="maja", password="sesame") as sink:
        courier = SmtpCourier("mail", sink.account())
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
        wrong = SmtpCourier("mail", MailServer(sink.host, sink.port, "none", "maja", "wrong"))
        with pytest.raises(PermanentFailure, match="app password") as raised:
            await wrong.hand_over(MESSAGE, Commitment())
        await wrong.close()
    assert "wrong" not in str(raised.value)
    assert raised.value.kind is FailureKind.LOGIN_REFUSED


async def test_an_address_beyond_ascii_needs_a_server_that_knows_it() -> None:
    message = replace(MESSAGE, to="zażółć@klient.example")
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        await courier.hand_over(message, Commitment())
        await courier.close()
        assert sink.received[0].recipients == ("zażółć@klient.example",)
    async with smtp_sink(smtputf8=False) as sink:
        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(PermanentFailure, match="SMTPUTF8"):
            await courier.hand_over(message, Commitment())
        await courier.hand_over(replace(MESSAGE, to="anna@żółć.example"), Commitment())
        await courier.close()
        assert sink.received[0].recipients == ("anna@xn--kda4b0koi.example",)


@pytest.mark.parametrize("address", ["a@b.c\r\nRCPT TO:<x@y.z>", "a@b.c>", "", "nobody", "a b@c.d", "a@b@c\n"])
async def test_what_is_no_address_goes_nowhere(address: str) -> None:
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(PermanentFailure):
            await courier.hand_over(replace(MESSAGE, to=address), Commitment())
        await courier.close()
        assert sink.connections == 0


async def test_a_server_that_is_away_is_a_temporary_failure() -> None:
    async with smtp_sink() as sink:
        pass
    courier = SmtpCourier("mail", sink.account())
    with pytest.raises(TemporaryFailure) as raised:
        await courier.hand_over(MESSAGE, Commitment())
    assert raised.value.kind is FailureKind.UNREACHABLE
    await courier.close()


@pytest.mark.parametrize(
    ("greeting", "failure", "kind"),
    [
        ("421 4.7.0 too many connections", TemporaryFailure, FailureKind.TOO_MANY),
        ("554 5.7.1 your address is on a list", PermanentFailure, FailureKind.UNREACHABLE),
    ],
)
async def test_a_server_that_lets_nobody_in_is_no_fault_of_the_mail(
    greeting: str, failure: type[ChannelFailure], kind: FailureKind
) -> None:
    async def turn_away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting.encode() + b"\r\n")
        writer.close()

    async with await asyncio.start_server(turn_away, "127.0.0.1", 0) as server:
        courier = SmtpCourier("mail", MailServer("127.0.0.1", server.sockets[0].getsockname()[1], "none"))
        with pytest.raises(failure) as raised:
            await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
    assert raised.value.kind is kind
    assert greeting[4:] in str(raised.value)


async def test_a_server_that_wants_a_login_wants_it_for_every_mail() -> None:
    async with smtp_sink() as sink:
        sink.on_mail = lambda _: "530 5.7.0 authentication required"
        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(PermanentFailure, match="Check `user`") as raised:
            await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
    assert raised.value.kind is FailureKind.LOGIN_REFUSED


async def test_a_hand_over_that_is_cancelled_leaves_a_courier_that_works() -> None:
    async with smtp_sink() as sink, proxy_to(sink.host, sink.port) as proxy:
        courier = SmtpCourier("mail", MailServer(proxy.host, proxy.port, "none"))
        reached = asyncio.Event()

        async def stall() -> None:
            proxy.pause()
            reached.set()

        task = asyncio.create_task(courier.hand_over(MESSAGE, stall))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        proxy.resume()
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_tls_is_checked_against_the_certificate(security: str, tmp_path: Path) -> None:
    of_server, trusting = contexts(tmp_path)
    starttls = of_server if security == "starttls" else None
    async with (
        smtp_sink(tls=starttls) as sink,
        proxy_to(sink.host, sink.port, tls=None if starttls else of_server) as proxy,
    ):
        server = MailServer("127.0.0.1", proxy.port, security, timeout=PATIENCE)
        courier = SmtpCourier("mail", server, ssl_context=trusting)
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
        suspicious = SmtpCourier("mail", server)
        with pytest.raises(PermanentFailure, match="certificate"):
            await suspicious.hand_over(MESSAGE, Commitment())
        await suspicious.close()


async def test_starttls_is_not_done_without() -> None:
    """A server that does not offer it may be somebody in between."""
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", MailServer(sink.host, sink.port, "starttls", "maja", "sesame"))
        with pytest.raises(ChannelFailure):
            await courier.hand_over(MESSAGE, Commitment())
        await courier.close()


async def test_the_probe_logs_in() -> None:
    async with smtp_sink(user="maja", password="sesame") as sink:
        assert await probe_smtp(sink.account()) == "logged in as maja"
        with pytest.raises(PermanentFailure):
            await probe_smtp(MailServer(sink.host, sink.port, "none", "maja", "wrong"))


async def test_a_mail_beyond_the_size_of_the_server_fails_for_good_before_it_is_sent(tmp_path: Path) -> None:
    large = tmp_path / "large.zip"
    large.write_bytes(b"x" * 2_000_000)
    commitment = Commitment()
    async with smtp_sink(most_bytes=1_500_000) as sink:
        courier = SmtpCourier("mail", sink.account())
        with pytest.raises(
            PermanentFailure, match=r"the mail has 3 MB, and it takes 2 MB at most. Send the files as a"
        ):
            await courier.hand_over(replace(MESSAGE, files=(OutgoingFile(str(large), "large.zip", ""),)), commitment)
        await courier.hand_over(MESSAGE, commitment)
        await courier.close()
    assert (len(sink.received), commitment.times) == (1, 1)


async def test_attachments_arrive(tmp_path: Path) -> None:
    offer = tmp_path / "offer.pdf"
    offer.write_bytes(bytes(range(256)) * 8000)
    async with smtp_sink() as sink:
        courier = SmtpCourier("mail", sink.account())
        file = OutgoingFile(str(offer), "oferta końcowa.pdf", "application/pdf")
        await courier.hand_over(replace(MESSAGE, automatic=False, files=(file,)), Commitment())
        await courier.close()
    read = email.message_from_bytes(sink.received[0].data, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    (attached,) = read.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("oferta końcowa.pdf", bytes(range(256)) * 8000)


class Echo:
    """Lets the server say one of its answers twice."""

    def __init__(self, begins: bytes) -> None:
        self._begins = begins
        self.said = False

    def __call__(self, data: bytes) -> bytes:
        if self.said or not data.startswith(self._begins):
            return data
        self.said = True
        return data + data


@pytest.mark.parametrize("answer", ["220", "250-", "250 2.1.0", "250 2.1.5", "250 OK", "451"])
async def test_an_answer_that_comes_twice_is_taken_for_no_other_answer(answer: str) -> None:
    """After it the server and the courier are not at the same place of the conversation: nothing that is said there is
    final, and no mail leaves twice."""
    async with smtp_sink() as sink, proxy_to(sink.host, sink.port) as proxy:
        proxy.from_server = echo = Echo(answer.encode())
        refusals = ["451 4.3.0 trouble", "451 4.3.0 trouble"]
        sink.on_mail = lambda _: refusals.pop() if refusals else None
        courier = SmtpCourier("mail", MailServer(proxy.host, proxy.port, "none", "", "", PATIENCE))
        for number in range(1, 4):
            while len(sink.received) < number:
                with contextlib.suppress(TemporaryFailure):
                    await courier.hand_over(MESSAGE, Commitment())
            assert len(sink.received) == number
        await courier.close()
    assert echo.said


async def test_a_server_that_answers_data_twice_has_not_got_the_mail() -> None:
    async with smtp_sink() as sink, proxy_to(sink.host, sink.port) as proxy:
        proxy.from_server = Echo(b"354")
        courier = SmtpCourier("mail", MailServer(proxy.host, proxy.port, "none", "", "", PATIENCE))
        with pytest.raises(TemporaryFailure, match="more than it was asked"):
            await courier.hand_over(MESSAGE, Commitment())
        assert not sink.received
        await courier.hand_over(MESSAGE, Commitment())
        await courier.close()
