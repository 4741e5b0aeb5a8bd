"""What the use cases hand to the store, and what they get back of the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from triage_bot.core.history import Undeliverable
from triage_bot.core.items import Event
from triage_bot.core.messages import Attachment, Medium, OutgoingMessage
from triage_bot.core.promise import Promise
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency


class EntryKind(StrEnum):
    ACK = "ack"
    ALERT = "alert"
    DIGEST = "digest"
    REPLY = "reply"
    CORRECTION = "correction"  # of a promise that the calendar broke


class EntryState(StrEnum):
    WAITING = "waiting"  # for its time or for a courier; leased while a courier has it in hand
    HANDING_OVER = "handing_over"  # it may be leaving at this very moment
    SENT = "sent"
    FAILED = "failed"  # given up
    IN_DOUBT = "in_doubt"  # it may have been delivered, nobody can tell
    DROPPED = "dropped"  # no longer true or no longer wanted


@dataclass(frozen=True, slots=True)
class EntryDraft:
    kind: EntryKind
    courier: str  # the channel's name
    message: OutgoingMessage
    due_at: datetime
    drop_at: datetime | None = None  # from then on it would say something untrue


@dataclass(frozen=True, slots=True)
class Entry:
    """One outgoing message of the outbox. `attempts` counts the failed ones."""

    id: int
    kind: EntryKind
    courier: str
    message: OutgoingMessage
    state: EntryState
    due_at: datetime
    drop_at: datetime | None
    item_id: int | None
    attempts: int
    created_at: datetime
    handed_over_at: datetime | None = None
    closed_at: datetime | None = None  # sent, given up, in doubt or dropped at
    receipt: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """The fields of an item that a message decides. Joined to an active item (`core.items.joined` says how)."""

    client: str
    channel: str
    medium: Medium
    contact: str
    contact_name: str
    subject: str
    excerpt: str
    urgency: Urgency
    kind: str
    last_message_at: datetime
    check_at: datetime | None = None
    promise_at: datetime | None = None
    promise_sentence: str = ""
    deadline: str = ""
    because: tuple[Reason, ...] = ()
    silence: str = ""
    alerted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of one message. `decision` is kept on the message row as plain JSON values.

    `join` adds the message to the thread's active item instead of opening a new one; where there is none, a new one
    is opened all the same. `promise` is set only when the client is told, `zone` and `locale` are those she is told it
    in.
    """

    decision: Mapping[str, Any]
    item: ItemDraft
    join: bool = False
    entries: tuple[EntryDraft, ...] = ()
    events: tuple[Event, ...] = ()
    promise: Promise | None = None
    zone: str = ""
    locale: str = ""
    one_for_all: bool = False  # the acknowledgement among `entries` takes the place of the thread's pending one
    absence: str = ""  # ISO date of the last day of the absence of which the contact is told
    undeliverable: Undeliverable | None = None  # what a bounce of ours says


@dataclass(frozen=True, slots=True)
class Correction:
    """What replaces a promise: the message to the client, and the new promise with its sentence, None if there is
    none."""

    promise_id: int
    entry: EntryDraft
    promise: Promise | None
    sentence: str
    zone: str
    locale: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one message of a batch. `new` is False when it had been recorded before: nothing was done.
    `item_id` is None for a message that was recorded without an item (a duplicate)."""

    channel: str
    key: str
    new: bool
    item_id: int | None
    opened: bool = False  # the message opened the item, it did not join one


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of a client as the database keeps it."""

    channel: str
    key: str
    medium: Medium
    contact: str
    contact_name: str
    received_at: datetime
    sent_at: datetime | None
    message_id: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...]
    decision: Mapping[str, Any]
