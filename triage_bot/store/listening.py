"""Hearing of what other programs do in a PostgreSQL database, by NOTIFY, instead of looking every few seconds."""

import asyncio
import logging
from collections.abc import Callable

import psycopg

from triage_bot.store.database import Database
from triage_bot.store.postgresql import CHANNEL, PostgresDatabase, explained

log = logging.getLogger(__name__)

AGAIN_AFTER = 2.0
"""Seconds until a lost connection is made again."""


async def listen(database: Database, heard: Callable[[str], None]) -> None:
    """Call `heard` with the payload of each notification, until cancelled; with "" when some may have been missed."""
    assert isinstance(database, PostgresDatabase)
    _, arguments = database.engine.dialect.create_connect_args(database.url)
    complained = False
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(**arguments, autocommit=True)
            async with connection:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                complained = False
                heard("")
                async for notification in connection.notifies():
                    heard(notification.payload)
        except (psycopg.Error, OSError) as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError from error  # the driver met an error of its own while it was ended
            if not complained:
                log.warning("news of other workers are not heard: %s", explained(error, database.where) or error)
            complained = True
        await asyncio.sleep(AGAIN_AFTER)
