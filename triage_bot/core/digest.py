"""What a digest lists, and in which order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Flag, StrEnum, auto
from zoneinfo import ZoneInfo

from triage_bot.core.agreement import Assistant
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.directory import Directory
from triage_bot.core.items import Item
from triage_bot.core.kept import answer_due_at
from triage_bot.core.urgency import Urgency

LAST_MINUTE = timedelta(minutes=1)
"""A message that comes within the minute of a window belongs to it, also when the digest has just gone out."""

RANK = {Urgency.URGENT: 0, Urgency.NORMAL: 1, Urgency.LOW: 2, Urgency.NONE: 3}


def due_at(item: Item, directory: Directory) -> datetime | None:
    """By when the answer is due, as the ledger has it: a check that the answer comes after leaves the working day.
    None where no moment was computed."""
    if item.promise_at is None:
        return None
    answered_by = item.check_at is not None and item.promise_at != item.check_at
    return answer_due_at(item.promise_at, directory.agreement(item.client).calendar, answered_by=answered_by)


def ahead_at(item: Item, now: datetime, directory: Directory) -> datetime | None:
    """The moment to look at next: the promised one until it is there, then that by which the answer is due."""
    if item.promise_at is None or item.promise_at >= _minute(now):
        return item.promise_at
    return due_at(item, directory)


def is_overdue(item: Item, now: datetime, directory: Directory) -> bool:
    """Whether the answer was due before the minute of `now`."""
    at = ahead_at(item, now, directory)
    return at is not None and at < _minute(now)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def in_order(items: Iterable[Item], now: datetime, directory: Directory) -> list[Item]:
    """Most urgent first, then the most overdue, then by the promise and the age; without a promise last."""

    def key(item: Item) -> tuple[int, bool, bool, datetime, datetime, int]:
        return (
            RANK[item.urgency],
            not is_overdue(item, now, directory),
            item.promise_at is None,
            item.promise_at or item.last_message_at,
            item.last_message_at,
            item.id,
        )

    return sorted(items, key=key)


def mine(items: Iterable[Item], assistant: Assistant, directory: Directory) -> list[Item]:
    """The items that await this assistant: of her clients, and for the first one also of strangers."""
    return [item for item in items if directory.assistant_of(item.client) is assistant]


def _calendars(directory: Directory, assistant: Assistant | None) -> Iterable[BusinessCalendar]:
    """The calendars whose windows bring her a digest; None: those of all assistants."""
    hers = (assistant,) if assistant else directory.assistants
    return dict.fromkeys(calendar for each in hers for calendar in directory.calendars_of(each))


def next_window(directory: Directory, after: datetime, assistant: Assistant | None = None) -> datetime | None:
    """Her first check window after the moment `after`, in UTC: moments of one zone compare by their wall times, which
    is wrong in the hour that a clock change doubles (PEP 495). Without `assistant` the first of anybody."""
    following = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    moments = (calendar.next_window(following) for calendar in _calendars(directory, assistant))
    return min((moment.astimezone(UTC) for moment in moments if moment is not None), default=None)


def windows_between(directory: Directory, after: datetime, until: datetime, assistant: Assistant) -> list[datetime]:
    """Her check windows with `after` < window <= `until`, in their order, each once, in UTC."""
    calendars = _calendars(directory, assistant)
    found = {window.astimezone(UTC) for calendar in calendars for window in calendar.windows_between(after, until)}
    return sorted(found)


def last_window(
    directory: Directory, after: datetime, until: datetime, assistant: Assistant | None = None
) -> datetime | None:
    """Her newest check window with `after` < window <= `until`, in UTC; without `assistant` that of anybody."""
    windows = (w for calendar in _calendars(directory, assistant) for w in calendar.windows_between(after, until))
    return max((window.astimezone(UTC) for window in windows), default=None)


def belongs(item: Item, window_at: datetime, directory: Directory) -> bool:
    """Whether an item is listed at a window: its client's agreement has that window, it is urgent, or its check has
    come (a check that was missed, or a client whose agreement changed)."""
    if item.urgency is Urgency.URGENT or (item.check_at is not None and item.check_at <= window_at):
        return True
    window = directory.agreement(item.client).calendar.next_window(window_at)
    return window is not None and window.astimezone(UTC) == window_at


def due_items(items: Sequence[Item], window_at: datetime, directory: Directory, now: datetime) -> list[Item]:
    return in_order((item for item in items if belongs(item, window_at, directory)), now, directory)


class Heading(StrEnum):
    """What stands above the items of a section, in the order of the sections."""

    OVERDUE = "overdue"
    URGENT = "urgent"
    UNTOUCHED = "untouched"
    CLIENT = "client"  # one section a client, strangers last


@dataclass(frozen=True, slots=True)
class Section:
    heading: Heading
    items: tuple[Item, ...]
    client: str = ""  # of Heading.CLIENT; "" for who is unknown


def sections(items: Iterable[Item], untouched: Collection[int], now: datetime, directory: Directory) -> list[Section]:
    """`items` under their headings, each under the first that fits; `untouched` are the ids of those that nobody has
    looked after."""
    found: dict[tuple[Heading, str], list[Item]] = {}
    for item in in_order(items, now, directory):
        heading = _heading(item, untouched, is_overdue(item, now, directory))
        found.setdefault((heading, item.client if heading is Heading.CLIENT else ""), []).append(item)
    order = list(Heading)
    # Of clients the one whose most pressing item comes first, as `in_order` has it.
    keys = sorted(found, key=lambda key: (order.index(key[0]), key[0] is Heading.CLIENT and not key[1]))
    return [Section(heading, tuple(found[heading, client]), client) for heading, client in keys]


def _heading(item: Item, untouched: Collection[int], overdue: bool) -> Heading:
    if overdue:
        return Heading.OVERDUE
    if item.urgency is Urgency.URGENT:
        return Heading.URGENT
    return Heading.UNTOUCHED if item.id in untouched else Heading.CLIENT


def is_due_until(item: Item, now: datetime, until: datetime, directory: Directory) -> bool:
    """Whether the answer, or what the text names, is due between two moments: from the minute of `now` on."""
    moments = [ahead_at(item, now, directory), *(at for at in (deadline_of(item),) if isinstance(at, datetime))]
    return any(at is not None and _minute(now) <= at <= until for at in moments)


def deadline_of(item: Item) -> date | None:
    """A moment where the text names one, else a date; None for no deadline."""
    if not item.deadline:
        return None
    is_day = len(item.deadline) == len("2026-11-27")
    return date.fromisoformat(item.deadline) if is_day else datetime.fromisoformat(item.deadline)


class Occasion(Flag):
    """What is particular about a check window within her day."""

    NONE = 0
    FIRST = auto()
    LAST = auto()


def occasion(directory: Directory, assistant: Assistant, window_at: datetime) -> Occasion:
    """Whether a window is the first or the last one of her day. An only one is the first."""
    on = window_at.astimezone(assistant.zone).date()
    begin = datetime.combine(on, time(0), assistant.zone).astimezone(UTC)
    end = datetime.combine(on + timedelta(days=1), time(0), assistant.zone).astimezone(UTC)
    tick = timedelta(microseconds=1)
    windows = windows_between(directory, begin - tick, end - tick, assistant)
    if not windows or window_at == windows[0]:
        return Occasion.FIRST
    return Occasion.LAST if window_at == windows[-1] else Occasion.NONE


@dataclass(frozen=True, slots=True)
class DueToday:
    """A promise or a deadline of today; `at` is None for a deadline that is the whole day."""

    item: Item
    what: str  # promise, deadline
    at: datetime | None


def due_today(items: Iterable[Item], now: datetime, zone: ZoneInfo, directory: Directory) -> list[DueToday]:
    """What lies ahead on the date of `now` in `zone`, from its minute on, in its order; deadlines without an hour
    last. A promise to answer after a check that is over stands where its answer is due."""
    since = _minute(now)
    today = now.astimezone(zone).date()
    found = []
    for item in items:
        promised_at = ahead_at(item, now, directory)
        if promised_at is not None and item.promise_sentence:
            found.append(DueToday(item, "promise", promised_at))
        wanted = deadline_of(item)
        if isinstance(wanted, datetime):
            found.append(DueToday(item, "deadline", wanted))
        elif wanted == today:
            found.append(DueToday(item, "deadline", None))
    todays = [due for due in found if due.at is None or (due.at >= since and due.at.astimezone(zone).date() == today)]
    latest = datetime.max.replace(tzinfo=UTC)
    return sorted(todays, key=lambda due: (due.at is None, (due.at or latest).astimezone(UTC), due.item.id))
