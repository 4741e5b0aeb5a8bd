"""Mailboxes that share the threads, on real servers: what one of them suffers the others do not notice."""

import asyncio
import time
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.servers import mails
from tests.servers.imap import USER, Server, imap, started  # noqa: F401  fixture
from tests.servers.proxy import proxy_to
from tests.servers.reader import QUICK, Reader, reading
from tests.servers.scripted_imap import Scripted, scripted
from triage_bot.channels import imap_pool
from triage_bot.channels.imap_hosts import Hosts, Manners
from triage_bot.channels.imap_inbox import Pace
from triage_bot.channels.imap_pool import Drains, Pool
from triage_bot.channels.protocols import Batch
from triage_bot.core.servers import MailServer
from triage_bot.demo.mail_servers import imap_server

NOW = datetime.now(UTC)
IDLING = Pace(first_retry=QUICK.first_retry, longest_retry=QUICK.longest_retry, first_idle=timedelta(minutes=1))
SOON = 60.0


@dataclass
class Held(Reader):
    """Records nothing before it may."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    may_record: asyncio.Event = field(default_factory=asyncio.Event)

    async def record(self, batch: Batch) -> None:
        self.reached.set()
        await self.may_record.wait()
        await super().record(batch)


async def test_a_server_of_a_byte_at_a_time_delays_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """More mailboxes of it than there are threads."""
    monkeypatch.setattr(imap_pool, "IN_GOOD_TIME", SOON)  # a busy machine is no slow server
    async with (
        imap_server({"maja": "sesame"}) as server,
        proxy_to(server.host, server.port) as slow,
        proxy_to(server.host, server.port) as fast,
        aclosing(Pool(2)) as pool,
        AsyncExitStack() as stack,
    ):
        slow.seconds_a_byte = 2.0
        account = MailServer(fast.host, fast.port, "none", "maja", "sesame")
        good = await stack.enter_async_context(reading(account, pace=IDLING, pool=pool))
        await fast.until_idle()
        account = MailServer(slow.host, slow.port, "none", "maja", "sesame", timeout=2 * SOON)
        for _ in range(5):
            await stack.enter_async_context(reading(account, pool=pool))
        while slow.connections == 0:
            await asyncio.sleep(0.01)
        started_at = time.monotonic()
        for number in range(3):
            await server.deliver("maja", mails.plain("Hej", number=number), NOW)
            await good.until_messages(number + 1)
            await fast.until_idle(number + 2)
        assert time.monotonic() - started_at < SOON


async def test_a_full_mailbox_delays_nobody_else() -> None:
    """Its first batch is never recorded, and the next ones wait behind it: that is nobody else's business."""
    full, other = Held(), Reader()
    async with started("pymap") as server, aclosing(Pool(2)) as pool, AsyncExitStack() as stack:
        quiet = await stack.enter_async_context(imap_server({"ana": "sesame"}))
        proxy = await stack.enter_async_context(proxy_to(quiet.host, quiet.port))
        account = MailServer(proxy.host, proxy.port, "none", "ana", "sesame")
        await stack.enter_async_context(reading(account, reader=other, pace=IDLING, pool=pool))
        await proxy.until_idle()
        for number in range(60):
            await server.deliver("maja", mails.plain(f"Mail {number}", number=number), NOW)
        start_at = NOW - timedelta(hours=1)
        pace = Pace(QUICK.first_retry, QUICK.longest_retry, batch=10)
        account = server.account("maja")
        await stack.enter_async_context(reading(account, reader=full, start_at=start_at, pace=pace, pool=pool))
        await full.reached.wait()
        await quiet.deliver("ana", mails.plain("Hej"), NOW)
        await other.until_messages(1)
        assert not full.messages
        full.may_record.set()
        await full.until_messages(60)
    assert full.texts == [f"Mail {number}" for number in range(60)]


async def test_many_folders_of_a_real_server_share_two_threads(imap: Server) -> None:  # noqa: F811
    async with aclosing(Pool(2)) as pool, AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(reading(imap.account(USER), pool=pool)) for _ in range(8)]
        for reader in readers:
            await reader.until(lambda reader: reader.checks > 0)
        await imap.deliver(USER, mails.plain("Hej"), NOW)
        for reader in readers:
            await reader.until_messages(1)
        assert not any(reader.failures for reader in readers)


async def test_full_mailboxes_take_turns_and_lose_nothing() -> None:
    """One turn at a time, in shares."""
    async with imap_server({"maja": "sesame", "ana": "sesame"}) as server, aclosing(Pool(2)) as pool:
        pool.drains = Drains(1)
        wanted = [f"Mail {number}" for number in range(60)]
        for user in ("maja", "ana"):
            await server.deliver(user, mails.plain("Known"), NOW)
        readers = {"maja": Reader(), "ana": Reader()}
        async with AsyncExitStack() as stack:
            for user, reader in readers.items():
                await stack.enter_async_context(reading(server.account(user), reader=reader, pool=pool))
                await reader.until_checked()
        for user in readers:
            for number in range(60):
                await server.deliver(user, mails.plain(f"Mail {number}", number=number), NOW)
        async with AsyncExitStack() as stack:
            for user, reader in readers.items():
                await stack.enter_async_context(reading(server.account(user), reader=reader, pace=SHARED, pool=pool))
            for reader in readers.values():
                await reader.until_messages(60)
        assert [reader.texts for reader in readers.values()] == [wanted, wanted]


SHARED = Pace(QUICK.first_retry, QUICK.longest_retry, batch=10, share=20)


async def test_a_provider_with_room_for_three_serves_five_in_turn() -> None:
    """Nobody is left out, and the connections that are open never exceed what it takes."""
    most = 3
    logged_in: set[asyncio.StreamWriter] = set()

    async def login(_server: Scripted, writer: asyncio.StreamWriter, tag: str, _command: str) -> None:
        logged_in.difference_update([each for each in logged_in if each.is_closing()])
        if len(logged_in) >= most:
            writer.write(f"{tag} NO [LIMIT] Maximum number of connections exceeded\r\n".encode())
            return
        logged_in.add(writer)
        writer.write(f"{tag} OK in\r\n".encode())

    pace = Pace(QUICK.first_retry, QUICK.longest_retry, turn=timedelta(milliseconds=50))
    hosts = Hosts(Manners(at_once=1))
    async with (
        scripted(answers={"LOGIN": login}) as server,
        aclosing(Pool(4, hosts)) as pool,
        AsyncExitStack() as stack,
    ):
        every = timedelta(milliseconds=100)
        readers = [
            await stack.enter_async_context(reading(server.account(), pace=pace, poll_every=every, pool=pool))
            for _ in range(5)
        ]
        for reader in readers:
            await reader.until(lambda reader: reader.checks > 0)
        server.mails.append(mails.plain("Hej"))
        for reader in readers:
            await reader.until_messages(1)
        refusals = sum(len(reader.failures) for reader in readers)
        await asyncio.gather(*(reader.until_checked() for reader in readers))
        assert sum(len(reader.failures) for reader in readers) <= refusals + 1, "its limit is known now"
