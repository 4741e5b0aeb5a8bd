"""Several connections to one server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.channels.test_smtp_courier import MESSAGE, Commitment
from tests.patience import PATIENCE
from triage_bot.channels import smtp_connections
from triage_bot.channels.smtp_connections import SmtpConnections
from triage_bot.channels.smtp_courier import SmtpCourier
from triage_bot.core.servers import MailServer
from triage_bot.demo.mail_servers import SmtpSink, smtp_sink
from triage_bot.errors import TemporaryFailure

MOST = 4


def to(sink: SmtpSink, **more: Any) -> SmtpConnections:
    return SmtpConnections("mail", lambda: SmtpCourier("mail", sink.account(), **more), MOST)


async def send(courier: SmtpConnections, number: int) -> None:
    mails = (replace(MESSAGE, to=f"client{n}@client.example") for n in range(number))
    await asyncio.gather(*(courier.hand_over(mail, Commitment()) for mail in mails))


@asynccontextmanager
async def door(sink: SmtpSink, most: int) -> AsyncIterator[MailServer]:
    """In front of the sink; hangs up on whoever comes while `most` are inside."""
    inside = 0

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal inside
        if inside >= most:
            writer.write(b"421 4.7.0 too many connections from you\r\n")
            writer.close()
            return
        inside += 1
        there, back = await asyncio.open_connection(sink.host, sink.port)
        try:
            await asyncio.wait(
                [asyncio.create_task(pump(reader, back)), asyncio.create_task(pump(there, writer))],
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            inside -= 1
            back.close()
            writer.close()

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    try:
        yield MailServer("127.0.0.1", server.sockets[0].getsockname()[1], "none")
    finally:
        server.close()


async def test_as_many_connections_as_mails_at_once_up_to_the_most() -> None:
    async with smtp_sink() as sink:
        courier = to(sink)
        await send(courier, 1)
        assert sink.connections == 1
        await send(courier, 2)
        assert sink.connections == 2
        await send(courier, 40)
        assert sink.connections == MOST
        await courier.close()
        assert len(sink.received) == 43


async def test_with_less_to_do_one_connection_serves_and_the_others_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop, passed = asyncio.get_running_loop(), 0.0
    clock = loop.time
    monkeypatch.setattr(loop, "time", lambda: clock() + passed)
    async with smtp_sink() as sink:
        courier = to(sink, idle_seconds=100.0)
        await send(courier, 40)
        for _ in range(11):
            passed += 10.0
            await send(courier, 1)
        async with asyncio.timeout(PATIENCE):
            while len(sink._open) > 1:
                await asyncio.sleep(0.01)
        await courier.close()
        assert sink.connections == MOST


async def test_a_server_that_allows_fewer_gets_everything_on_those_and_is_not_pressed() -> None:
    async with smtp_sink() as sink, door(sink, most=2) as server:
        opened = 0

        def another() -> SmtpCourier:
            nonlocal opened
            opened += 1
            return SmtpCourier("mail", server)

        courier = SmtpConnections("mail", another, MOST)
        await send(courier, 1)
        await send(courier, 40)
        asked = opened
        await send(courier, 40)
        await courier.close()
        assert len(sink.received) == 81
        assert sink.connections == 2
        assert opened == asked


async def test_after_a_while_it_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_connections, "CROWDED_SECONDS", 0.0)
    async with smtp_sink() as sink, door(sink, most=2) as narrow:
        server = narrow
        courier = SmtpConnections("mail", lambda: SmtpCourier("mail", server), MOST)
        await send(courier, 1)
        await send(courier, 20)
        assert sink.connections == 2
        server = sink.account()
        await send(courier, 20)
        await courier.close()
        assert sink.connections == MOST


async def test_without_a_server_every_mail_may_be_tried_again() -> None:
    async with smtp_sink() as sink:
        account = sink.account()
    courier = SmtpConnections("mail", lambda: SmtpCourier("mail", account), MOST)
    results = await asyncio.gather(
        *(courier.hand_over(MESSAGE, Commitment()) for _ in range(10)), return_exceptions=True
    )
    assert {type(result) for result in results} == {TemporaryFailure}
    await courier.close()


async def test_cancelled_while_it_waits_for_a_connection_it_takes_none_away() -> None:
    async with smtp_sink() as sink:
        courier = to(sink)
        sending = [asyncio.create_task(send(courier, 3)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in sending[1:]:
            task.cancel()
        await asyncio.wait(sending)
        await send(courier, 20)
        await courier.close()
        assert len(sink._open) == 0
