"""Messages as the decisions see them, whatever protocol brought them or takes them away."""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from triage_bot.values import dataclass

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)

NO_HEADERS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def believed(moment: datetime, now: datetime) -> datetime:
    """When a server says that something came, if that can be: a moment ahead of `now` or before there was such mail is
    a clock that runs wrong, and nothing may be promised by it."""
    return moment if EARLIEST <= moment <= now else now


class Medium(StrEnum):
    EMAIL = "email"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Address:
    """An RFC 5322 mailbox. `addr` is the addr-spec in lower case, "" where there was none that could be read."""

    addr: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.addr.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    media_type: str
    size: int  # bytes as transferred; 0 where unknown


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a source was read.

    `source` is "<channel>/<folder>" for a mailbox and the channel's name for Telegram. `epoch` is UIDVALIDITY
    (0 for Telegram), `position` the last UID or update_id that is recorded. `started_at` is when the bot first
    looked: what is older was never its business.
    """

    source: str
    epoch: int
    position: int
    started_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a mail server says of a mail that it could not deliver (RFC 3464)."""

    message_id: str  # of the mail that came back
    recipient: str  # lower case, "" where it is not named
    permanent: bool  # 5.x.x; else the server gave up on a trouble that may pass (4.x.x)
    status: str = ""  # "5.1.1"
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One message of a client, or of anybody else who wrote.

    `key` is unique within the channel and says where the message lies ("INBOX/<uidvalidity>/<uid>",
    "<chat>/<message>" or "<chat>/<message>/<edit date>/<update>"). `received_at` is INTERNALDATE or the update's date,
    aware. `headers` maps lower-case names to the unfolded raw values in order of appearance. `refs` are the Message-IDs
    of In-Reply-To and References without angle brackets. Of a chat there is one, which names its thread: the chat's id
    as text, "<chat>:<topic>" in a forum, "<chat>@<owner>" in a chat of hers that she let the bot see (Telegram
    Business).
    """

    channel: str
    medium: Medium
    key: str
    received_at: datetime
    text: str
    header_from: Address = Address("")
    authors: tuple[Address, ...] = ()  # every mailbox of every From field
    senders: tuple[Address, ...] = ()  # and of every Sender field
    sent_at: datetime | None = None
    message_id: str = ""
    refs: tuple[str, ...] = ()
    subject: str = ""
    envelope_from: str | None = None  # Return-Path; "" is the null path, None unknown
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NO_HEADERS)
    content_type: str = "text/plain"  # of the whole message, lower case, without parameters
    part_types: frozenset[str] = frozenset()  # of every part
    attachments: tuple[Attachment, ...] = ()
    chat_id: int | None = None
    sender_id: int = 0  # who wrote in that chat, where that is another number: in a group
    username: str = ""  # Telegram @name without the @, lower case
    business: str = ""  # the business connection by which it came
    may_answer: bool = True  # False: nothing can be sent into that chat
    album: tuple[str, ...] = ()  # the Message-IDs of all its parts, where it has several
    edited: bool = False
    rescanned: bool = False  # read again after UIDVALIDITY changed
    report: DeliveryReport | None = None  # only a bounce has one
    header_cut: bool = False  # a header field that was not read may stand behind what was
    unreadable: str = ""  # why the message could not be read; the rest is then what could

    @property
    def contact(self) -> str:
        """Who wrote, as threads, limits and bindings know her: the address or the chat; "" where neither could be
        read."""
        return str(self.chat_id) if self.chat_id is not None else self.header_from.addr

    @property
    def fingerprint(self) -> str:
        """Equal for two copies of one message, wherever they lie and however often they were fetched.

        It begins with the second in which the message was sent: what is looked up by it, and by our Message-IDs that
        are made of it, lies side by side in an index with what else came that day, however long the history is.
        """
        # A span, not a moment in UTC: a Date header may name the year 1 in a zone east of Greenwich.
        sent_at = (self.sent_at or self.received_at) - _EPOCH
        parts: tuple[str, ...] = (self.message_id, self.header_from.addr, str(sent_at), self.subject, self.text)
        if self.medium is Medium.CHAT:
            parts = (*parts, self.key)
        made_of = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return f"{max(sent_at // _SECOND, 0):010x}{made_of}"


@dataclass(frozen=True, slots=True)
class BusinessConnection:
    """The bot as secretary of an account of hers (Telegram Business): it sees the chats that she chose there."""

    id: str
    user_id: int  # whose account
    chat_id: int  # her private chat with the bot
    can_reply: bool  # in her name
    enabled: bool
    changed_at: datetime


BUSINESS_SPAN = timedelta(hours=24)
"""So long after the client's last message Telegram lets the bot write into a business chat."""


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """What the assistant herself wrote to somebody, past the bot: a mail in her Sent folder, a message in a chat.

    `refs` are as an IncomingMessage has them. Nothing that the bot sent is ever one.
    """

    channel: str
    medium: Medium
    key: str  # unique within the channel, as an IncomingMessage's
    sent_at: datetime
    recipients: tuple[str, ...]  # addr-specs in lower case, or the chat's id as text
    message_id: str = ""
    refs: tuple[str, ...] = ()
    subject: str = ""
    sender: str = ""  # the From of a mail, an addr-spec in lower case; "" where it is an address of hers


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that goes out with a message; it lies at `path` until the outbox is done with it."""

    path: str
    filename: str
    media_type: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What the outbox keeps of a message until a courier has handed it over. Plain values only: stored as JSON.

    For e-mail `to` is an addr-spec and `from_addr`/`from_name` the address of hers the client wrote to; `message_id`
    is made when the message is decided, so that it is the same at every attempt. For chat `to` is the chat's id as
    text and `text` is Telegram HTML when `html` is "telegram", plain otherwise.
    """

    medium: Medium
    to: str
    text: str
    subject: str = ""
    html: str = ""
    from_addr: str = ""
    from_name: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = True  # marks Auto-Submitted: auto-replied (RFC 3834 section 5)
    silent: bool = False  # Telegram: without a sound
    date: str = ""  # ISO moment for the Date header
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()  # of a chat: rows of (label, what it carries)
    files: tuple[OutgoingFile, ...] = ()
    # Of a chat: "<chat>/<message>[,<message>...]" that is forwarded as it is; `text` stands in for what cannot be.
    forward_from: str = ""
    business: str = ""  # of a chat: the business connection in whose name it is sent
    reply_to: str = ""  # of a chat: the Message-ID or the number of the message in the same chat that it answers
