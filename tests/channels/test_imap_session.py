"""However a connection is left, its socket is closed: one that is not is a ResourceWarning, which fails a run."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from tests.patience import PATIENCE
from tests.servers.scripted_imap import scripted
from triage_bot.channels.imap_connection import Connection, Opened
from triage_bot.channels.imap_pool import Pool
from triage_bot.channels.imap_session import Session


@asynccontextmanager
async def opening(**settings: object) -> AsyncIterator[tuple[Connection, Session, asyncio.Future[Opened]]]:
    async with scripted(**settings) as server, aclosing(Pool(1)) as pool:
        connection = Connection(server.account(), "INBOX", ssl.create_default_context())
        session = Session(connection, pool)
        yield connection, session, session.start(connection.open)


def has_socket(connection: Connection) -> bool:
    with contextlib.suppress(IndexError, AttributeError):  # not begun yet
        return connection.fileno() != -1
    return False


async def cancelled_while_it_closes(session: Session) -> None:
    closing = asyncio.create_task(session.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])


async def test_whoever_is_cancelled_while_it_closes_leaves_that_to_the_command() -> None:
    async with opening(greeting=None) as (connection, session, _):
        async with asyncio.timeout(PATIENCE):
            while not has_socket(connection):
                await asyncio.sleep(0.005)
        await cancelled_while_it_closes(session)
    assert not has_socket(connection)


async def test_with_no_command_under_way_it_closes_at_once() -> None:
    async with opening() as (connection, session, opened):
        await opened
        assert has_socket(connection)
        await cancelled_while_it_closes(session)
        assert not has_socket(connection)
