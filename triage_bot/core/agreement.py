"""What was agreed with a client. Built from the configuration once; every decision reads it, none changes it."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.messages import IncomingMessage, Medium
from triage_bot.reading.model import Locale


class ResponseKind(StrEnum):
    """How the promised moment follows from the check window."""

    AFTER_WINDOW = "after_window"  # answered after the next check
    WITHIN = "within"  # a span of working time after the check
    SPAN = "span"  # a plain span after the message: only where no day off can break it
    SAME_OR_NEXT_DAY = "same_day_or_next"  # by the end of the working day of the check, else of the next one


@dataclass(frozen=True, slots=True)
class ResponseTime:
    kind: ResponseKind = ResponseKind.AFTER_WINDOW
    within: timedelta = timedelta(0)  # for WITHIN: working time; for SPAN: any time


@dataclass(frozen=True, slots=True)
class Emergencies:
    """When an urgent item may be announced to the assistant at once.

    Inside working hours always. Outside them only from `alert_from` to `alert_until` (wall time in the calendar's
    zone, both None: never; equal: at any hour). `contact` is the agreed way that a client is told of, "" for none.
    """

    alert_from: time | None = None
    alert_until: time | None = None
    contact: str = ""

    def allow(self, local: datetime) -> bool:
        """Whether an alert may go out at `local`, a moment in the calendar's zone, outside working hours."""
        if self.alert_from is None or self.alert_until is None:
            return False
        at = local.time()
        if self.alert_from < self.alert_until:
            return self.alert_from <= at < self.alert_until
        return at >= self.alert_from or at < self.alert_until  # past midnight, or equal: at any hour


@dataclass(frozen=True, slots=True)
class Grace:
    """How long an acknowledgement waits, so that several messages in a row get one."""

    mail: timedelta = timedelta(0)
    chat: timedelta = timedelta(0)

    def of(self, medium: Medium) -> timedelta:
        return self.chat if medium is Medium.CHAT else self.mail


@dataclass(frozen=True, slots=True)
class Agreement:
    calendar: BusinessCalendar
    response: ResponseTime = ResponseTime()
    emergencies: Emergencies = Emergencies()
    acknowledge: bool = True
    acknowledge_after: Grace = Grace()
    ask_for_missing: bool = True
    warn_before: timedelta = timedelta(minutes=30)  # working time, before a promise breaks; 0: never


@dataclass(frozen=True, slots=True)
class Client:
    """`addresses` are whole addr-specs, `domains` stand for everybody there; all lower case. `zone` and `locale` are
    the ones she is written to in."""

    name: str
    agreement: Agreement
    locale: Locale
    zone: ZoneInfo
    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    telegram_ids: frozenset[int] = frozenset()
    telegram_names: frozenset[str] = frozenset()  # without @, lower case
    greeting: str = ""  # how she is addressed ("Panie Janie"); "" leaves the name out
    assistant: str = ""  # the name of the assistant who works for her; "" for the first one

    def is_named(self, message: IncomingMessage) -> bool:
        """Whether the sender is one of the contacts that are named one by one, not just somebody of a domain."""
        if message.chat_id is not None:
            person = message.sender_id or message.chat_id
            return person in self.telegram_ids or message.username in self.telegram_names
        return message.header_from.addr in self.addresses


@dataclass(frozen=True, slots=True)
class Assistant:
    name: str
    locale: Locale
    zone: ZoneInfo
    telegram_id: int | None = None
    signature: str = ""
    addresses: frozenset[str] = field(default_factory=frozenset)  # all of her own
