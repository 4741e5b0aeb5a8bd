"""The bare loop beside the program: what the same mails cost where nothing is judged, remembered or retried.

    python -m benchmarks.floor IMAP_PORT USER SMTP_PORT DATABASE [watch | whole]

imapclient in batches of 200, headers parsed by the standard library, one INSERT and one commit with synchronous=FULL
a batch, and finished bytes handed to one aiosmtplib connection that is kept. Prints what it did as one JSON line.

`watch` waits for mail that comes. `whole` fetches mails as most scripts do: all of each, in batches of 20 as they lie
in memory, parsed by the standard library.
"""

import asyncio
import sqlite3
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parseaddr
from typing import Any

from aiosmtplib import SMTP
from imapclient import IMAPClient

from benchmarks.imap_servers import PASSWORD
from benchmarks.mails import MAILBOX
from benchmarks.processes import answer, memory_mb

BATCH = 200
WHOLE_BATCH = 20
ITEMS = ("INTERNALDATE", "BODY.PEEK[HEADER]", "BODY.PEEK[1]")
WHOLE = ("INTERNALDATE", "BODY.PEEK[]")
# As long as an acknowledgement with its HTML is.
READY = (
    f"From: Katarzyna Zaradna <{MAILBOX}>\r\nTo: client@client.example\r\nSubject: Re: Your message\r\n"
    "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    + "Thank you for your message. I read my mail at 08:00, 12:00 and 16:00.\r\n"
    * 37
).encode()
PARSER: "BytesHeaderParser[Message]" = BytesHeaderParser(policy=compat32)


Row = tuple[int, str, str, str, str, bytes]


def batches(client: IMAPClient, *, whole: bool) -> Iterator[list[Row]]:
    uids = client.search("UID 1:*")
    size, items = (WHOLE_BATCH, WHOLE) if whole else (BATCH, ITEMS)
    for start in range(0, len(uids), size):
        fetched = client.fetch(uids[start : start + size], items)
        yield [_whole(uid, fields) if whole else _text(uid, fields) for uid, fields in fetched.items()]


def _text(uid: int, fields: Any) -> Row:
    return _row(uid, PARSER.parsebytes(fields[b"BODY[HEADER]"]), fields[b"BODY[1]"])


def _whole(uid: int, fields: Any) -> Row:
    mail = message_from_bytes(fields[b"BODY[]"])
    text = next(part for part in mail.walk() if part.get_content_maintype() == "text").get_payload(decode=True)
    assert isinstance(text, bytes)
    return _row(uid, mail, text)


def _row(uid: int, headers: Message, text: bytes) -> Row:
    sender = parseaddr(str(headers["From"]))[1]
    return uid, sender, str(headers["Subject"]), str(headers["Message-ID"]), str(headers["Date"]), text


async def loop(imap_port: int, user: str, smtp_port: int, database: str, *, how: str) -> int:
    """`how` as on the command line; `watch` never ends."""
    store = sqlite3.connect(database)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=FULL")
    store.execute("CREATE TABLE mails (uid INTEGER PRIMARY KEY, sender, subject, message_id, date, text)")
    client = IMAPClient("127.0.0.1", imap_port, ssl=False)
    client._imap.debug = 0  # a fifth of its time goes into a trace that nobody reads
    client.login(user, PASSWORD)
    client.select_folder("INBOX", readonly=True)
    smtp = SMTP(hostname="127.0.0.1", port=smtp_port, use_tls=False, start_tls=False)
    await smtp.connect()
    done = 0
    while how == "watch":
        done = await _next(client, store, smtp, done)
    for rows in batches(client, whole=how == "whole"):
        store.executemany("INSERT INTO mails VALUES (?, ?, ?, ?, ?, ?)", rows)
        store.commit()
        for row in rows:
            await smtp.sendmail("", [row[1]], READY)
        done += len(rows)
    await smtp.quit()
    client.logout()
    store.close()
    return done


async def _next(client: IMAPClient, store: sqlite3.Connection, smtp: SMTP, done: int) -> int:
    """What has come, else the next announcement."""
    uids = [uid for uid in client.search(f"UID {done + 1}:*") if uid > done]
    if not uids:
        client.idle()
        client.idle_check()
        client.idle_done()
        return done
    for fields in client.fetch(uids, ITEMS).values():
        headers = PARSER.parsebytes(fields[b"BODY[HEADER]"])
        sender = parseaddr(str(headers["From"]))[1]
        store.execute("INSERT INTO mails VALUES (NULL, ?, NULL, NULL, NULL, ?)", (sender, fields[b"BODY[1]"]))
        store.commit()
        await smtp.sendmail("", [sender], READY)
    return int(uids[-1])


def main() -> None:
    began = time.monotonic()
    imap_port, user, smtp_port, database, *how = sys.argv[1:]
    done = asyncio.run(loop(int(imap_port), user, int(smtp_port), database, how="".join(how)))
    answer(
        {
            "done": done,
            "began": began,
            "ended": time.monotonic(),
            "cpu": time.process_time(),
            "rss_mb": memory_mb("self")[1],
        }
    )


if __name__ == "__main__":
    main()
