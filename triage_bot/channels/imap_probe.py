"""Whether a mailbox can be read, for `check`."""

import asyncio
import ssl

from triage_bot.channels.imap_connection import Connection, Opened
from triage_bot.core.servers import MailServer


async def probe_imap(server: MailServer, folder: str, *, ssl_context: ssl.SSLContext | None = None) -> str:
    """Connect, log in, open the folder read-only. Raises ChannelFailure with what to do."""
    connection = Connection(server, folder, ssl_context or ssl.create_default_context())
    try:
        opened = await asyncio.to_thread(_open, connection)
    except asyncio.CancelledError:
        connection.abort()  # the thread closes it
        raise
    mails = "1 mail" if opened.exists == 1 else f"{opened.exists} mails"
    return f"{folder} can be read: {mails}, {'IDLE' if opened.can_idle else 'no IDLE, so it will be polled'}"


def _open(connection: Connection) -> Opened:
    try:
        return connection.open()
    finally:
        connection.close()
