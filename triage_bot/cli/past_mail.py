"""Past mail, oldest first: an mbox file, a Maildir, a folder of .eml files, or a mailbox over IMAP (read-only).

Each source is gone through twice: first the headers only, which gives the order of arrival and how many there are, then
the mails themselves, one at a time. In memory is a date and a place for each mail, never the mails.
"""

import mmap
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Protocol

from triage_bot.channels import mail_headers
from triage_bot.channels.imap_connection import Connection, chunked
from triage_bot.channels.imap_fetch import Source, read_messages
from triage_bot.channels.mail_parse import Sizes
from triage_bot.config.files import refuse_special
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.servers import MailServer
from triage_bot.errors import UsageError

LARGEST_MAIL = 8 * 2**20
"""Bytes of one mail that are looked at: its text stands before what is attached."""
MAILS_AT_ONCE = 200
DATES_AT_ONCE = 5000

_DELETED_IN_MOZILLA = 0x0008
_TRASHED_IN_MAILDIR = frozenset("TD")  # trashed, draft


@dataclass(frozen=True, slots=True)
class Span:
    """`since` <= moment < `until`."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: its bytes, or what IMAP has made of it already."""

    key: str
    arrived_at: datetime
    content: bytes | IncomingMessage


class PastMail(Protocol):
    total: int  # letters that will come
    undated: int  # left out: nothing says when they came

    def letters(self) -> Iterator[Letter]:
        """Oldest first."""


def arrived_at(head: bytes, limit: int) -> datetime | None:
    """When the last server on its way took a mail; if none did, when it was written. None for a mail that its reader
    has deleted, and where no moment is to be found."""
    start = head.startswith(b"From ") and head.find(b"\n") + 1
    headers, _ = mail_headers.multimap(head[start : mail_headers.end_of_block(head, limit)[0]], limit)
    status = headers.get("x-mozilla-status", ("",))[0]
    if re.fullmatch(r"[0-9A-Fa-f]{4}", status) and int(status, 16) & _DELETED_IN_MOZILLA:
        return None
    received = headers.get("received", ("",))[0].rpartition(";")[2]
    moment = mail_headers.moment((received,)) or mail_headers.moment(headers.get("date", ()))
    return moment.astimezone(UTC) if moment else None


def open_files(path: Path, span: Span, sizes: Sizes) -> PastMail:
    """Raises UsageError for what is none of the three."""
    try:
        if not path.is_dir():
            return _Mbox(path, span, sizes)
        if (path / "cur").is_dir() or (path / "new").is_dir():
            folders = [folder for folder in (path / "cur", path / "new") if folder.is_dir()]
            files = [file for folder in folders for file in folder.iterdir() if not _is_trashed(file)]
            return _Files(files, span, sizes)
        files = [file for file in path.iterdir() if file.suffix.lower() == ".eml"]
        if not files:
            raise UsageError(f"{path}: neither a Maildir (it has no `cur`) nor a folder with .eml files")
        return _Files(files, span, sizes)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error


def _is_trashed(file: Path) -> bool:
    _, info, flags = file.name.rpartition(":2,")
    return file.name.startswith(".") or (bool(info) and not _TRASHED_IN_MAILDIR.isdisjoint(flags))


class _Files:
    """One mail a file."""

    def __init__(self, files: list[Path], span: Span, sizes: Sizes) -> None:
        self.undated = 0
        self._found: list[tuple[datetime, Path]] = []
        for file in files:
            at = self._date(file, sizes.header_bytes)
            if at is None:
                self.undated += 1
            elif span.holds(at):
                self._found.append((at, file))
        self._found.sort()
        self.total = len(self._found)

    def _date(self, file: Path, limit: int) -> datetime | None:
        try:
            refuse_special(file)
            with file.open("rb") as opened:
                return arrived_at(opened.read(limit), limit)
        except OSError:  # a dangling link, a folder named *.eml
            return None

    def letters(self) -> Iterator[Letter]:
        for at, file in self._found:
            try:
                with file.open("rb") as opened:
                    content = opened.read(LARGEST_MAIL)
            except OSError:  # a Maildir lives: its reader moves files about
                content = b""
            yield Letter(file.name, at, content)


_FROM_LINE = re.compile(rb"(?:\A|\n)(From [^\r\n]{0,998})\r?\n(?=>?[!-9;-~]{1,80}:|>?From )")
_HAS_DATE = re.compile(rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b.*\b\d\d:\d\d")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")


class _Mbox:
    """All the mails of a file, mapped and not read: the system keeps of it in memory what there is room for."""

    def __init__(self, path: Path, span: Span, sizes: Sizes) -> None:
        self._path = path
        self.undated = 0
        self._found: list[tuple[datetime, int, int]] = []
        if not path.stat().st_size:
            self.total = 0
            return
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            starts = _starts(mapped)
            first = next(starts, None)
            if first != 0:
                raise UsageError(f"{path}: not an mbox file: it does not begin with a line `From ...`")
            self._index(mapped, starts, span, sizes.header_bytes)
        self._found.sort()
        self.total = len(self._found)

    def _index(self, mapped: mmap.mmap, starts: Iterator[int], span: Span, limit: int) -> None:
        start = 0
        for end in chain(starts, [len(mapped)]):
            at = arrived_at(mapped[start : min(end, start + limit)], limit)
            if at is None:
                self.undated += 1
            elif span.holds(at):
                self._found.append((at, start, end))
            start = end

    def letters(self) -> Iterator[Letter]:
        with self._path.open("rb") as file:
            for at, start, end in self._found:
                file.seek(start)
                raw = file.read(min(end - start, LARGEST_MAIL))
                content = raw[raw.find(b"\n") + 1 :]
                yield Letter(str(start), at, _QUOTED_FROM.sub(rb"\1", content) if b"\n>" in content else content)


def _starts(mapped: mmap.mmap) -> Iterator[int]:
    """Where the mails begin: at a `From ` line before a header, if it follows an empty line or names a date. Few
    programs quote such lines in a body as they should."""
    for match in _FROM_LINE.finditer(mapped):
        start = match.start(1)
        after_empty = (
            start == 0 or mapped[max(0, start - 2) : start] == b"\n\n" or mapped[start - 3 : start] == b"\n\r\n"
        )
        if after_empty or _HAS_DATE.search(match[1]):
            yield start


class ImapPast:
    """A folder, opened read-only: nothing is marked as read."""

    def __init__(self, channel: str, server: MailServer, folder: str, span: Span, sizes: Sizes) -> None:
        self._sizes = sizes
        self._channel = channel
        self._folder = folder
        self._connection = Connection(server, folder, ssl.create_default_context())
        try:
            self._epoch = self._connection.open().uid_validity
            self._uids = self._in_order(span)
        except BaseException:
            self._connection.close()
            raise
        self.total = len(self._uids)
        self.undated = 0

    def _in_order(self, span: Span) -> list[int]:
        since = span.since or datetime(1990, 1, 1, tzinfo=UTC)
        found: list[tuple[datetime, int]] = []
        for uids in chunked(self._connection.uids_since(since), DATES_AT_ONCE):
            for uid, fields in self._connection.fetch(uids, ["INTERNALDATE"]).items():
                at = fields.get(b"INTERNALDATE")
                if isinstance(at, datetime) and span.holds(at):
                    found.append((at, uid))
        return [uid for _, uid in sorted(found)]

    def letters(self) -> Iterator[Letter]:
        source = Source(self._channel, f"{self._folder}/{self._epoch}/", self._sizes)
        try:
            for uids in chunked(self._uids, MAILS_AT_ONCE):
                messages = read_messages(self._connection, uids, source, datetime.now(UTC))
                for message in sorted(messages, key=lambda each: each.received_at):
                    yield Letter(message.key, message.received_at, message)
        finally:
            self._connection.close()
