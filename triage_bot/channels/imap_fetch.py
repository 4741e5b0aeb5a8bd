"""A batch of UIDs to IncomingMessages: headers and text parts only, each with a cap, in as few commands as possible.

The first look takes the headers, the structure and the beginning of part 1, which is the text of most mails. What
else is text (HTML only, text behind other parts, long text) takes a second look, one command for all mails that want
the same parts. An attachment is never asked for, and nothing here sets \\Seen.

One mail that the server or its answer breaks is fetched alone, then whole up to a cap; if that fails too it becomes a
message that says `unreadable`. Blocking: runs in a thread of the pool.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from triage_bot.channels import mail_parse
from triage_bot.channels.imap_connection import Connection, Refused
from triage_bot.channels.imap_fetched import Fields
from triage_bot.channels.imap_structure import Layout, Section, layout
from triage_bot.channels.mail_parse import Part, Sizes
from triage_bot.channels.mail_report import REPORT_BYTES
from triage_bot.core.messages import IncomingMessage, Medium, believed
from triage_bot.values import dataclass

log = logging.getLogger(__name__)

FIRST_BYTES = 16 * 1024
"""Of part 1 in the first look. Few texts are longer; if part 1 is an attachment, this much is wasted."""
BYTES_AT_ONCE = 4 * 2**20
"""Of further parts in one command, so that a batch of long mails does not fill the memory."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the messages of one folder have in common."""

    channel: str
    key_prefix: str  # "INBOX/<epoch>/"
    sizes: Sizes

    def key(self, uid: int) -> str:
        return f"{self.key_prefix}{uid}"


@dataclass(frozen=True, slots=True)
class _Look:
    """One mail after the first look."""

    uid: int
    received_at: datetime
    headers: bytes
    layout: Layout
    first: bytes


def read_messages(connection: Connection, uids: Sequence[int], source: Source, now: datetime) -> list[IncomingMessage]:
    """In the order of `uids`; one that has vanished meanwhile is left out. `now` stands in for a missing INTERNALDATE.

    Raises ChannelFailure when the connection is lost, never for a mail."""
    try:
        return list(_read(connection, uids, source, now))
    except Refused as refused:
        log.info("%s: %d mails could not be fetched together, one by one now: %s", source.channel, len(uids), refused)
    return [message for uid in uids for message in _read_alone(connection, uid, source, now)]


def _read(connection: Connection, uids: Sequence[int], source: Source, now: datetime) -> Iterator[IncomingMessage]:
    first_bytes = min(FIRST_BYTES, source.sizes.part_bytes)
    items = (
        "INTERNALDATE",
        "BODYSTRUCTURE",
        f"BODY.PEEK[HEADER]<0.{source.sizes.header_bytes + 1}>",  # one more: the parser sees that it was cut
        f"BODY.PEEK[1]<0.{first_bytes}>",
    )
    fetched = connection.fetch(uids, items)
    looks = [_look(uid, fetched[uid], now) for uid in uids if uid in fetched]
    further = _further(connection, looks, source.sizes.part_bytes, lambda found: found.texts)
    reports = _further(connection, looks, REPORT_BYTES, lambda found: found.report)
    for look in looks:
        yield mail_parse.parse(
            channel=source.channel,
            key=source.key(look.uid),
            headers=look.headers,
            parts=[_part(section, _body(look, section, further)) for section in look.layout.texts],
            attachments=look.layout.attachments,
            received_at=look.received_at,
            part_types=look.layout.types,
            sizes=source.sizes,
            report=[_part(section, _body(look, section, reports)) for section in look.layout.report],
        )


def _look(uid: int, fields: Fields, now: datetime) -> _Look:
    try:
        structure = fields[b"BODYSTRUCTURE"]
        found = structure if isinstance(structure, Layout) else layout(structure)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Refused(f"UID {uid} has a structure that cannot be read: {error!r}") from error
    return _Look(
        uid,
        arrived_at(fields, now),
        _section(fields, b"BODY[HEADER]"),
        found,
        _section(fields, b"BODY[1]"),
    )


def _further(
    connection: Connection, looks: Iterable[_Look], part_bytes: int, which: Callable[[Layout], Iterable[Section]]
) -> Mapping[int, Fields]:
    """What the first look did not bring, grouped by the parts that are wanted."""
    wanted: dict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
    for look in looks:
        missing = [section for section in which(look.layout) if not _is_whole(look, section)]
        if missing:
            size = sum(min(section.size, part_bytes) for section in missing)
            wanted[tuple(section.number for section in missing)].append((look.uid, size))
    found: dict[int, Fields] = {}
    for numbers, mails in wanted.items():
        items = [f"BODY.PEEK[{number}]<0.{part_bytes}>" for number in numbers]
        for uids in _portions(mails):
            found.update(connection.fetch(uids, items))
    return found


def _portions(mails: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    uids: list[int] = []
    total = 0
    for uid, size in mails:
        if uids and total + size > BYTES_AT_ONCE:
            yield uids
            uids, total = [], 0
        uids.append(uid)
        total += size
    if uids:
        yield uids


def _is_whole(look: _Look, section: Section) -> bool:
    return section.number == "1" and section.size <= len(look.first)


def _body(look: _Look, section: Section, further: Mapping[int, Fields]) -> bytes:
    if _is_whole(look, section):
        return look.first
    body = _section(further.get(look.uid, {}), f"BODY[{section.number}]".encode())
    return body or (look.first if section.number == "1" else b"")


def _part(section: Section, body: bytes) -> Part:
    return Part(section.media_type, section.charset, section.encoding, body, section.flowed, section.delsp)


def _read_alone(connection: Connection, uid: int, source: Source, now: datetime) -> Iterator[IncomingMessage]:
    try:
        yield from _read(connection, [uid], source, now)
        return
    except Refused as refused:
        log.info("%s: UID %d is fetched whole: %s", source.channel, uid, refused)
    limit = source.sizes.header_bytes + source.sizes.part_bytes
    try:
        fields = connection.fetch([uid], ["INTERNALDATE", f"BODY.PEEK[]<0.{limit}>"]).get(uid)
    except Refused as refused:
        log.warning("%s: UID %d cannot be read: %s", source.channel, uid, refused)
        yield _unreadable(uid, source, now, f"the mail server could not hand it over ({refused})")
        return
    if fields is None:
        return
    received_at = arrived_at(fields, now)
    raw = _section(fields, b"BODY[]")
    if not raw.strip():
        yield _unreadable(uid, source, received_at, "the mail server has nothing of it but its place")
        return
    yield mail_parse.parse_whole(
        raw, channel=source.channel, key=source.key(uid), received_at=received_at, sizes=source.sizes
    )


def _unreadable(uid: int, source: Source, received_at: datetime, why: str) -> IncomingMessage:
    return IncomingMessage(source.channel, Medium.EMAIL, source.key(uid), received_at, text="", unreadable=why)


def arrived_at(fields: Fields, now: datetime) -> datetime:
    moment = fields.get(b"INTERNALDATE")
    try:
        return believed(moment.astimezone(UTC), now) if isinstance(moment, datetime) and moment.tzinfo else now
    except (OverflowError, ValueError):
        return now


def _section(fields: Mapping[bytes, Any], name: bytes) -> bytes:
    """Servers echo the origin of a partial fetch (`BODY[1]<0>`), a few forget it when they send all."""
    value = fields.get(name + b"<0>")
    if value is None:
        value = fields.get(name)
    if isinstance(value, int):  # a short body that the library's parser took for a number
        return str(value).encode()
    return value if isinstance(value, bytes) else b""
