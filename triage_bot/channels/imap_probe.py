"""Whether a mailbox can be read, for `check`."""

import asyncio
import ssl

from triage_bot.channels.imap_connection import Connection, Opened
from triage_bot.channels.imap_errors import translated
from triage_bot.channels.imap_sent_folder import find_sent
from triage_bot.core.servers import MailServer

NO_SENT = "no folder for sent mail was found: name it under `sent_folder`, else your own answers are not noticed"


async def probe_imap(
    server: MailServer, folder: str, *, sent: str | None = None, ssl_context: ssl.SSLContext | None = None
) -> str:
    """Connect, log in, open the folder read-only, and find the one for sent mail. `sent` is its configured name, "" to
    find it, None if nobody wants it. Raises ChannelFailure with what to do."""
    connection = _Probe(server, folder, ssl_context or ssl.create_default_context())
    try:
        opened, found = await asyncio.to_thread(_open, connection, sent)
    except asyncio.CancelledError:
        connection.abort()  # the thread closes it
        raise
    mails = "1 mail" if opened.exists == 1 else f"{opened.exists} mails"
    said = f"{folder} can be read: {mails}, {'IDLE' if opened.can_idle else 'no IDLE, so it will be polled'}"
    if sent is None:
        return said
    return f"{said}; sent mail is in {found}" if found else f"{said}; {NO_SENT}"


class _Probe(Connection):
    def sent_folder(self, configured: str) -> str:
        """Its name, "" if there is none."""
        with translated(self._server):
            name = find_sent(self._live, configured)
            return name if not configured or self._live.folder_exists(configured) else ""


def _open(connection: _Probe, sent: str | None) -> tuple[Opened, str]:
    try:
        return connection.open(), connection.sent_folder(sent) if sent is not None else ""
    finally:
        connection.close()
