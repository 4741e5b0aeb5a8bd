"""What the use cases hand to the store, and what they get back of the outbox."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from triage_bot.core.history import Undeliverable
from triage_bot.core.items import Event, Item, Step
from triage_bot.core.joining import Said, Way
from triage_bot.core.messages import Attachment, BusinessConnection, Medium, OutgoingMessage, OwnMessage
from triage_bot.core.promise import Promise
from triage_bot.core.reasons import Reason
from triage_bot.core.standing import Deed
from triage_bot.core.urgency import Urgency
from triage_bot.values import dataclass


class EntryKind(StrEnum):
    ACK = "ack"
    ALERT = "alert"
    DIGEST = "digest"
    REPLY = "reply"
    CORRECTION = "correction"  # of a promise that the calendar broke
    NOTICE = "notice"  # to a client, and answers nothing: an exemption
    GREETING = "greeting"  # what somebody is told who opens a chat with the bot
    DESK = "desk"  # what the assistant is shown because she asked


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


@dataclass(slots=True)
class Claim:
    """For what is recorded: of the entries of `courier`, those that are due at `now` are leased to `worker` at once,
    `most` at most. They are the `given` ones when the transaction is over."""

    courier: str
    worker: str
    now: datetime
    until: datetime
    most: int
    given: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """The fields of an item that a message decides. Joined to the item of its thread as `core.joining` says."""

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

    `way` and `said` are what `core.joining` says of it; where there is no item to join, a new one begins all the same.
    `promise` is set only when the client is told, `zone` and `locale` are those she is told it in.
    """

    decision: Mapping[str, Any]
    item: ItemDraft
    way: Way = Way.BEGINS
    said: Said = Said.MESSAGE
    entries: tuple[EntryDraft, ...] = ()
    events: tuple[Event, ...] = ()
    promise: Promise | None = None
    zone: str = ""
    locale: str = ""
    one_for_all: bool = False  # the acknowledgement among `entries` takes the place of the thread's pending one
    absence: str = ""  # ISO date of the last day of the absence of which the contact is told
    undeliverable: Undeliverable | None = None  # what a bounce of ours says
    alert: Callable[[Item], tuple[EntryDraft, ...]] | None = None  # what she is told at once of the item as it is then


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
class Act:
    """What the assistant does about one item, and what leaves because of it.

    Of an ANSWER or ASK the entries of kind REPLY are what the client gets: the promise is kept when the last of them
    has been sent. Without such entries she was answered at the moment of the act. LATE needs a `correction`; it stands
    for every promise of the item that is open, whatever its `promise_id`.
    """

    step: Step
    item_id: int
    by: str  # what it came by, as the history says it: "the button on Telegram", "queue done"
    until: datetime | None = None  # of SNOOZE
    urgency: Urgency | None = None  # of RATE
    text: str = ""  # of a NOTE, or why
    entries: tuple[EntryDraft, ...] = ()
    correction: Correction | None = None


class Outcome(StrEnum):
    """What became of an act, or of taking one back."""

    DONE = "done"
    AGAIN = "again"  # recorded before under the same `once`: nothing was done
    UNKNOWN = "unknown"  # there is no such item, or nothing to take back
    REFUSED = "refused"  # not from the state that the item is in
    TOO_LATE = "too late"  # what it sent has left the house
    CHANGED = "changed"  # the item has become something else since


@dataclass(frozen=True, slots=True)
class Acted:
    """`item` as it is now, None where it is unknown or there is none; `step` is what was done, or taken back, `deed`
    what was taken back if it was no step, with the values that were kept of it."""

    outcome: Outcome
    item: Item | None = None
    step: Step | None = None
    entries: tuple[int, ...] = ()  # ids in the outbox: recorded, or withdrawn
    deed: Deed | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """A chat that lives on under another id; `client` is whose it was, "" for nobody's."""

    channel: str
    old: str
    new: str
    client: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What a batch brings besides messages, recorded in the same transaction."""

    connections: tuple[BusinessConnection, ...] = ()
    greetings: tuple[EntryDraft, ...] = ()  # at most one an hour and chat is recorded
    # Chats into which nothing goes any more, each with what the assistant is told if she does not know.
    blocked: tuple[tuple[Undeliverable, tuple[EntryDraft, ...]], ...] = ()
    unblocked: tuple[str, ...] = ()  # chat ids
    moves: tuple[Moved, ...] = ()


NOTHING_BESIDE = Beside()


def _nobody(channel: str, address: str) -> str:
    return ""


def _as_it_was(client: str, excerpt: str) -> str:
    return excerpt


def _unheard(item_id: int, what: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the assistant did past the bot, and what clients took back: recorded with the batch that told of it."""

    own: tuple[OwnMessage, ...] = ()
    marked: tuple[tuple[str, str], ...] = ()  # channel and key of messages that are marked as answered
    deleted: tuple[tuple[str, str], ...] = ()  # channel and Message-ID
    client_of: Callable[[str, str], str] = _nobody  # of a channel and an address; "" for nobody's
    says_deleted: Callable[[str, str], str] = _as_it_was  # a client's name and an excerpt, to what is shown instead
    noted: Callable[[int, str], None] = _unheard  # told of each item that something becomes of, and what


NOTHING_ELSEWHERE = Elsewhere()


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
    refs: tuple[str, ...] = ()  # as an IncomingMessage has them
    written_to: tuple[str, ...] = ()  # addresses of To and Cc
    business: str = ""  # as an IncomingMessage has them
    album: tuple[str, ...] = ()
    deleted_at: datetime | None = None  # when the client took it back
