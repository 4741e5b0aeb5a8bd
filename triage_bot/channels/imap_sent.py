"""The Sent folder of a mailbox: a copy of what was delivered is laid there, and it is asked what did leave.

One connection that is kept for a while, beside the one that watches for new mail. Nothing here may delay a delivery:
copies wait in a short queue, and one that cannot be laid down is logged and forgotten. What is laid down carries the
marks of our own mail (X-Triage-Bot, Auto-Submitted), so that it is never taken for her answer.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from triage_bot.channels.imap_connection import Connection
from triage_bot.channels.imap_errors import TooMany, translated
from triage_bot.channels.imap_hosts import Visit
from triage_bot.channels.imap_pool import Pool
from triage_bot.channels.imap_sent_folder import NoSentFolder, find_sent
from triage_bot.channels.imap_session import Session
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure, PermanentFailure, TemporaryFailure

log = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_SECONDS = 30.0
CLOSING_SECONDS = 3.0
"""How long an end of the program waits for copies that are not laid down yet."""
MOST_WAITING = 500
"""Copies in the queue; a mailbox that takes none must not fill the memory."""
REST_SECONDS = 600.0
"""After a refusal that only somebody can mend: providers lock accounts whose logins keep failing."""
SECOND_LOOK = 2.0
"""Seconds after which a server that saves by itself has surely done so."""

_SAVING_HOSTS = ("gmail.com", "googlemail.com", "office365.com", "outlook.com")
_GMAIL = "X-GM-EXT-1"


class SaveSent(StrEnum):
    AUTO = "auto"  # unless the server that sends does so itself
    ALWAYS = "always"
    NEVER = "never"


class _SentConnection(Connection):
    """A connection that has no folder open."""

    saves_itself = False

    def enter(self) -> str:
        """Connect, log in, find the folder; its name is returned."""
        with translated(self._server):
            client = self._log_in_only()
            self.saves_itself = bool(client.has_capability(_GMAIL))
            name = find_sent(client, self._folder)
        if not name:
            raise NoSentFolder(
                f"IMAP {self._server.host}: the mailbox marks no folder as the one for sent mail: name it under "
                "`sent_folder`, or set `save_sent: never`."
            )
        return name

    def append(self, folder: str, raw: bytes, at: datetime) -> None:
        with translated(self._server):
            self._live.append(folder, raw, flags=[b"\\Seen"], msg_time=at)

    def holds(self, folder: str, message_id: str) -> bool:
        with translated(self._server):
            self._live.select_folder(folder, readonly=True)
            return bool(self._live.search(["HEADER", "Message-ID", message_id]))


class SentFolder:
    def __init__(
        self,
        name: str,
        server: MailServer,
        *,
        sending_host: str,
        mode: SaveSent,
        folder: str = "",
        pool: Pool,
        ssl_context: ssl.SSLContext,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """`folder` is its configured name, "" to find it; `sending_host` the SMTP server that may save by itself."""
        self.name = name
        self._server = server
        self._mode = mode
        self._folder = folder
        self._pool = pool
        self._tls = ssl_context
        self._idle_seconds = idle_seconds
        host = f".{sending_host.lower()}"
        self._saves_itself = any(host.endswith(f".{each}") for each in _SAVING_HOSTS)
        self._lock = asyncio.Lock()
        self._entered: tuple[_SentConnection, Session, str] | None = None
        self._visit: Visit | None = None
        self._copies: asyncio.Queue[tuple[bytes, datetime]] = asyncio.Queue(MOST_WAITING)
        self._writing: asyncio.Task[None] | None = None
        self._rests_until = 0.0

    # Copies.

    @property
    def is_wanted(self) -> bool:
        """Whether copies are to be laid down, as far as that is known already."""
        return self._mode is SaveSent.ALWAYS or (self._mode is SaveSent.AUTO and not self._saves_itself)

    @property
    def takes_copies(self) -> bool:
        """Whether `keep` would do anything now."""
        return self.is_wanted and asyncio.get_running_loop().time() >= self._rests_until

    def keep(self, raw: bytes, at: datetime) -> None:
        """Lay down a copy, soon."""
        if not self.takes_copies:
            return
        try:
            self._copies.put_nowait((raw, at))
        except asyncio.QueueFull:
            log.warning("%s: no copy in the Sent folder, too many are waiting", self.name)
            return
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Returns when the copies are laid down, or after a short while."""
        if self._writing is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS):
                    await self._copies.join()
            self._writing.cancel()
            await asyncio.wait([self._writing])
        if self._copies.qsize():
            log.warning("%s: %d copies in the Sent folder are missing", self.name, self._copies.qsize())
        async with self._lock:
            await self._leave()

    async def _write(self) -> None:
        """Until the queue has been empty for a while."""
        while True:
            try:
                async with asyncio.timeout(self._idle_seconds):
                    raw, at = await self._copies.get()
            except TimeoutError:
                async with self._lock:
                    await self._leave()
                if self._copies.empty():
                    return
                continue
            try:
                await self._lay_down(raw, at)
            except ChannelFailure as failure:
                log.warning("%s: no copy in the Sent folder: %s", self.name, failure)
                if isinstance(failure, PermanentFailure):
                    self._rests_until = asyncio.get_running_loop().time() + REST_SECONDS
            finally:
                self._copies.task_done()

    async def _lay_down(self, raw: bytes, at: datetime) -> None:
        if not self.takes_copies:
            return  # found out meanwhile, with those that came before
        async with self._lock:
            await self._enter()
            if self.is_wanted:
                await self._command(_SentConnection.append, raw, at)

    # Questions.

    async def holds(self, message_id: str) -> bool:
        """Whether a mail with this Message-ID lies there: then it has left for certain. If it does not, that proves
        nothing: a copy of ours is laid down only after the delivery, and a server may save late. Raises
        ChannelFailure where nobody can be asked."""
        async with self._lock:
            found = await self._command(_SentConnection.holds, message_id)
            if not found and self._saves_itself:
                await asyncio.sleep(SECOND_LOOK)
                found = await self._command(_SentConnection.holds, message_id)
        return found

    # The connection.

    async def _enter(self) -> tuple[_SentConnection, Session, str]:
        if self._entered is None:
            visit = await self._pool.hosts.of(self._server).enter(_wait_for_it)
            connection = _SentConnection(self._server, self._folder, self._tls)
            session = Session(connection, self._pool)
            try:
                folder = await session.call(connection.enter)
            except BaseException as error:
                await session.close()
                if isinstance(error, TooMany):
                    visit.refused()
                elif isinstance(error, TemporaryFailure) and not connection.reached:
                    visit.unreachable(error)
                visit.leave()
                raise
            visit.opened()
            self._saves_itself = self._saves_itself or connection.saves_itself
            self._entered, self._visit = (connection, session, folder), visit
        return self._entered

    async def _command(self, command: Callable[..., T], *args: object) -> T:
        """Once more on a new connection if the kept one turns out to be dead."""
        connection, session, folder = await self._enter()
        try:
            return await session.call(command, connection, folder, *args)
        except TemporaryFailure:
            await self._leave()
        except BaseException:
            await self._leave()
            raise
        connection, session, folder = await self._enter()
        return await session.call(command, connection, folder, *args)

    async def _leave(self) -> None:
        entered, self._entered = self._entered, None
        visit, self._visit = self._visit, None
        if entered is not None:
            await entered[1].close()
        if visit is not None:
            visit.leave()


def _wait_for_it(_: ChannelFailure) -> None:
    """Who watches the mailbox tells of it."""
