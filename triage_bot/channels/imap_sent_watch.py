"""Watches the Sent folder of a mailbox: what she has answered from her mail program.

An inbox like any other, with a cursor of its own, but only headers are fetched, and what comes out are no messages of
clients. A mailbox without such a folder is looked at again now and then: many servers make it with the first mail.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from triage_bot.channels.imap_connection import Connection, Opened, Refused
from triage_bot.channels.imap_errors import translated
from triage_bot.channels.imap_fetch import arrived_at
from triage_bot.channels.imap_fetched import Fields
from triage_bot.channels.imap_inbox import ImapInbox
from triage_bot.channels.imap_sent_folder import NoSentFolder, find_sent
from triage_bot.channels.mail_own import HEADER_BYTES, fields, own_message
from triage_bot.channels.protocols import Batch
from triage_bot.core.messages import Cursor, OwnMessage
from triage_bot.core.servers import MailServer
from triage_bot.core.suppression import Ours
from triage_bot.errors import ChannelFailure

log = logging.getLogger(__name__)

REST_SECONDS = 600.0
"""Until a mailbox without a Sent folder is looked at again."""
_HEADER = b"BODY[HEADER.FIELDS"


class _SentConnection(Connection):
    """Opens the folder that it finds; `watched` is the one that another inbox reads."""

    watched = ""

    @property
    def folder(self) -> str:
        return self._folder

    def open(self) -> Opened:
        with translated(self._server):
            client = self._log_in_only()
            self._folder = find_sent(client, self._folder)
            if not self._folder or self._folder == self.watched:
                raise NoSentFolder(f"IMAP {self._server.host}: the mailbox has no folder for sent mail")
            return self._examine(client)


class ImapSentWatch(ImapInbox):
    """`folder` is the configured name of the Sent folder, "" to find it. `watched` is the folder in which clients' mail
    arrives: should that be the same one, nothing is watched here."""

    def __init__(
        self, name: str, server: MailServer, folder: str = "", *, watched: str, ours: Ours, **settings: Any
    ) -> None:
        super().__init__(name, server, folder, **settings)
        self._configured = folder
        self._watched = watched
        self._ours = ours
        self._missing_since: datetime | None = None
        self.shown = f"{name}/{folder or 'Sent'}"

    def _connect(self) -> Connection:
        connection = _SentConnection(self._server, self._configured, self._tls)
        connection.watched = self._watched
        return connection

    def _entered(self, connection: Connection) -> None:
        assert isinstance(connection, _SentConnection)
        self._folder = connection.folder
        self.source = f"{self.name}/{connection.folder}"
        if self._missing_since is not None and self._start_at is None:
            self._start_at = self._missing_since  # what lies in a folder that has just been made was sent since

    def _read(self, connection: Connection, uids: Sequence[int], cursor: Cursor, now: datetime) -> Batch:
        found = _headers(connection, uids)
        own = (self._own(uid, found[uid], cursor, now) for uid in uids if uid in found)
        return Batch((), cursor, own=tuple(message for message in own if message is not None))

    def _own(self, uid: int, said: Fields, cursor: Cursor, now: datetime) -> OwnMessage | None:
        if b"\\Draft" in said.get(b"FLAGS", ()):
            return None
        block = next((value for name, value in said.items() if name.startswith(_HEADER)), b"")
        return own_message(
            block if isinstance(block, bytes) else b"",
            channel=self.name,
            key=f"{self._folder}/{cursor.epoch}/{uid}",
            received_at=arrived_at(said, now),
            ours=self._ours,
        )

    async def _wait_out(self, failure: ChannelFailure) -> None:
        if not isinstance(failure, NoSentFolder):
            await super()._wait_out(failure)
            return
        if self._missing_since is None:
            self._missing_since = self._clock.now()
            log.info("%s: %s: what she answers from her mail program is not noticed", self.name, failure)
        self._failures = 0
        # Under the name of the folder that another inbox reads, it is not for this one to say that there is none.
        self._health(self.shown, None if self.shown == f"{self.name}/{self._watched}" else failure)
        await asyncio.sleep(REST_SECONDS)


def _headers(connection: Connection, uids: Sequence[int]) -> dict[int, Fields]:
    items = ("INTERNALDATE", "FLAGS", f"BODY.PEEK[HEADER.FIELDS ({' '.join(fields())})]<0.{HEADER_BYTES}>")
    try:
        return connection.fetch(uids, items)
    except Refused as refused:
        if len(uids) == 1:
            log.warning("UID %d of the Sent folder cannot be read: %s", uids[0], refused)
            return {}
    return {uid: said for each in uids for uid, said in _headers(connection, [each]).items()}
