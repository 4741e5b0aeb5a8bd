"""A courier on several connections to one SMTP server, for whoever hands over several mails at once.

The connections are opened as they are needed, and the one used last is used first, so that the others time out when
there is less to do. A server that lets nobody have so many is not asked again for a while.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from triage_bot.channels.smtp_courier import SmtpCourier
from triage_bot.core.messages import OutgoingMessage
from triage_bot.errors import ChannelFailure

log = logging.getLogger(__name__)

CROWDED_SECONDS = 300.0
"""How long a server that refused a further connection is not asked for one."""


class SmtpConnections:
    def __init__(self, name: str, open_another: Callable[[], SmtpCourier], most: int) -> None:
        self.name = name
        self._another = open_another
        self._most = most
        self._all: list[SmtpCourier] = []
        self._free: asyncio.LifoQueue[SmtpCourier] = asyncio.LifoQueue()
        self._crowded_until = 0.0

    async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
        connection = await self._take()
        try:
            return await connection.hand_over(message, before_commitment)
        finally:
            self._free.put_nowait(connection)

    async def close(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._all))

    async def _take(self) -> SmtpCourier:
        """A connection that nobody uses; wait for one if there may be no more."""
        while True:
            if self._free.empty() and self._may_open():
                connection = self._another()
                self._all.append(connection)
            else:
                connection = await self._free.get()
            if connection.is_connected or not self._others_connected(connection):
                return connection
            try:
                await connection.open()
            except ChannelFailure as refused:
                if not self._others_connected(connection):
                    return connection  # it was the last hope then, and will say itself what is wrong
                log.info("%s: no further connection beside the others (%s)", self.name, refused)
                self._crowded_until = asyncio.get_running_loop().time() + CROWDED_SECONDS
                self._all.remove(connection)
            except BaseException:
                self._all.remove(connection)
                raise
            else:
                return connection

    def _may_open(self) -> bool:
        crowded = asyncio.get_running_loop().time() < self._crowded_until
        return not self._all or (len(self._all) < self._most and not crowded)

    def _others_connected(self, connection: SmtpCourier) -> bool:
        return any(other.is_connected for other in self._all if other is not connection)
