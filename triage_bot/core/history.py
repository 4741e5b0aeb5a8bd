"""What happened before with a thread and a contact, as far as it bears on the decision about a new message."""

from datetime import datetime

from triage_bot.core.items import Item
from triage_bot.values import dataclass


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """An address from which mail of ours came back. Nothing goes there until the assistant clears it."""

    address: str
    since_at: datetime
    permanent: bool  # the address does not exist; else a trouble that may pass
    status: str = ""  # "5.1.1"
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """The mail of ours that a bounce is about."""

    recipient: str
    item_id: int | None
    client: str


@dataclass(frozen=True, slots=True)
class PendingAck:
    """An acknowledgement in the message's thread that has not begun to leave."""

    due_at: datetime
    recipient: str


@dataclass(frozen=True, slots=True)
class History:
    """Counts of acknowledgements are those recorded for sending, whether or not they have left already."""

    known: bool = False  # a copy of this message (equal fingerprint) is recorded
    active_item: Item | None = None  # the thread's item that still awaits the assistant
    closed_item: Item | None = None  # the thread's newest item that does not
    thread_acknowledged_at: datetime | None = None  # the newest acknowledgement in the thread
    contact_last_hour: int = 0
    contact_last_day: int = 0
    domain_last_hour: int = 0
    all_last_hour: int = 0
    same_text_at: datetime | None = None  # the contact last sent the very same text then
    pending_ack: PendingAck | None = None
    absence_told: str = ""  # the contact was told that the assistant is away until this day, an ISO date
    contact_acknowledged: bool = False  # ever
    greeted_at: datetime | None = None  # when this chat was last told what the bot is
    undeliverable: bool = False  # mail to this contact came back
    returned: Returned | None = None  # the message is a bounce of this
    answered_at: datetime | None = None  # she answered this very message before the bot had read it
