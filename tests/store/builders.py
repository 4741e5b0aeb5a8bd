"""Short ways to messages, plans and entries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from triage_bot.core.history import History
from triage_bot.core.items import Event
from triage_bot.core.joining import Way
from triage_bot.core.messages import Address, Cursor, IncomingMessage, Medium, OutgoingMessage
from triage_bot.core.promise import Promise
from triage_bot.core.reasons import Reason
from triage_bot.core.urgency import Urgency
from triage_bot.store.drafts import EntryDraft, EntryKind, ItemDraft, Plan

FRIDAY = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
JAN = "jan@firma.pl"


def cursor(position: int = 1, at: datetime = FRIDAY, source: str = "mail/INBOX") -> Cursor:
    return Cursor(source, 1, position, FRIDAY, at)


def mail(number: int, sender: str = JAN, **changes: Any) -> IncomingMessage:
    message = IncomingMessage(
        channel="mail",
        medium=Medium.EMAIL,
        key=f"INBOX/1/{number}",
        received_at=FRIDAY,
        text=f"Proszę o raport numer {number}.",
        header_from=Address(sender, "Jan Kowalski"),
        sent_at=FRIDAY - MINUTE,
        message_id=f"{number}@firma.pl",
        subject="Raport",
    )
    return replace(message, **changes)


def chat(number: int, chat_id: int = 77, **changes: Any) -> IncomingMessage:
    message = IncomingMessage(
        channel="telegram",
        medium=Medium.CHAT,
        key=f"{chat_id}/{number}",
        received_at=FRIDAY,
        text=f"cześć {number}",
        header_from=Address("", "Jan"),
        chat_id=chat_id,
        refs=(str(chat_id),),
    )
    return replace(message, **changes)


def outgoing(to: str = JAN, message_id: str = "", **changes: Any) -> OutgoingMessage:
    message = OutgoingMessage(Medium.EMAIL, to, "Przeczytam o 16:00.", "Re: Raport", message_id=message_id)
    return replace(message, **changes)


def entry(
    to: str = JAN, due_at: datetime = FRIDAY, kind: EntryKind = EntryKind.ACK, message_id: str = "", **changes: Any
) -> EntryDraft:
    return replace(EntryDraft(kind, "mail", outgoing(to, message_id), due_at), **changes)


def draft(message: IncomingMessage, **changes: Any) -> ItemDraft:
    item = ItemDraft(
        client="Firma",
        channel=message.channel,
        medium=message.medium,
        contact=message.header_from.addr or str(message.chat_id),
        contact_name=message.header_from.name,
        subject=message.subject,
        excerpt=message.text,
        urgency=Urgency.NORMAL,
        kind="task",
        last_message_at=message.received_at,
        check_at=FRIDAY + 4 * HOUR,
        promise_at=FRIDAY + 4 * HOUR,
        promise_sentence="Przeczytam dziś o 16:00.",
        because=(Reason("regular"), Reason("window_today", {"check_at": "2026-11-20T16:00:00+01:00"})),
    )
    return replace(item, **changes)


PROMISE = Promise(FRIDAY, FRIDAY + 4 * HOUR, FRIDAY + 4 * HOUR, False, (Reason("window_today"),))


def acknowledged(message: IncomingMessage, history: History) -> Plan:
    """As intake plans for an ordinary mail of a client."""
    return Plan(
        decision={"language": "pl", "urgency": "normal"},
        item=draft(message),
        way=Way.JOINS if history.active_item else Way.BEGINS,
        entries=(entry(draft(message).contact, message.received_at, message_id=f"ack-{message.key}@va.example"),),
        events=(Event(message.received_at, "received", {"key": message.key}), Event(FRIDAY, "decided", {})),
        promise=PROMISE,
        zone="Europe/Warsaw",
    )


def silent(message: IncomingMessage, history: History) -> Plan:
    """An item without any outgoing message."""
    return replace(
        acknowledged(message, history),
        item=draft(message, promise_sentence="", promise_at=None, silence="AUTO_SUBMITTED"),
        entries=(),
        promise=None,
    )


def of_firma(message: IncomingMessage) -> str:
    return "Firma" if message.header_from.addr.endswith("@firma.pl") else ""


class Seen:
    """A plan that remembers the histories it was given, in order."""

    def __init__(self, plan: Callable[[IncomingMessage, History], Plan | None] = acknowledged) -> None:
        self.histories: list[History] = []
        self._plan = plan

    def __call__(self, message: IncomingMessage, history: History) -> Plan | None:
        self.histories.append(history)
        return self._plan(message, history)
