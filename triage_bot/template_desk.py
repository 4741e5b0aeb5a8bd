"""The variables of what the assistant is shown at her desk.

Each context is what one `desk_<name>.telegram.html` may say: its fields are the variables. Moments are words already,
in her language and zone; texts of clients are cut to a bearable length, and escaped by the template.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from triage_bot.core.agreement import Assistant
from triage_bot.core.digest import is_overdue
from triage_bot.core.directory import Directory
from triage_bot.core.items import Item
from triage_bot.core.reasons import Reason
from triage_bot.reading.model import Locale
from triage_bot.template_contexts import ItemContext, item_context, shorten, spoken
from triage_bot.values import dataclass
from triage_bot.wording import Preposition, ago, moment

LINE_LIMIT = 70
NAME_LIMIT = 40


@dataclass(frozen=True, slots=True)
class CardContext(ItemContext):
    """One item with its buttons below. The fields of the digest's item come first."""

    file: ClassVar[str] = "desk_card.telegram.html"
    snoozed: str = ""  # until when: "jutro, godz. 8:00"
    reminders: int = 0  # follow-ups of the client since she was answered last
    said: str = ""  # what has just been done


@dataclass(frozen=True, slots=True)
class MessageContext:
    """One message of a client, as much of it as one screen takes."""

    file: ClassVar[str] = "desk_message.telegram.html"
    locale: Locale
    who: str
    when: str
    text: str  # "" where nothing of it could be read
    attachments: tuple[tuple[str, str], ...]  # names and sizes
    goes_on: bool = False  # it began on an earlier screen
    more: int = 0  # characters that do not stand here
    deleted: bool = False  # the client took it back


@dataclass(frozen=True, slots=True)
class AboutContext:
    """Why an item is judged as it is, what happened to it, and what is known of the client."""

    file: ClassVar[str] = "desk_about.telegram.html"
    locale: Locale
    zone: ZoneInfo
    now: datetime
    id: int
    because: tuple[Reason, ...]
    history: tuple[tuple[str, str], ...]  # when and what, the newest last
    earlier: int  # lines of the history that are not told
    facts: str
    facts_more: bool


@dataclass(frozen=True, slots=True)
class LineContext:
    """One item in a list."""

    id: int
    client: str  # "" for a sender nobody knows
    contact: str
    subject: str  # or the beginning of the text
    age: str
    urgency: str
    promised: str
    overdue: bool
    deadline: str
    state: str
    snoozed: str


@dataclass(frozen=True, slots=True)
class QueueContext:
    file: ClassVar[str] = "desk_queue.telegram.html"
    locale: Locale
    title: str  # the client whose items are listed, or what was searched for; "" for the whole queue
    found: bool  # a search
    lines: tuple[LineContext, ...]
    count: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class DayLineContext:
    kind: str  # promise or deadline
    at: str  # "16:00", "" for a whole day
    line: LineContext


@dataclass(frozen=True, slots=True)
class DaysContext:
    """What was promised and what is due, day by day."""

    file: ClassVar[str] = "desk_days.telegram.html"
    locale: Locale
    week: bool
    late: tuple[DayLineContext, ...]  # their day or hour has passed
    days: tuple[tuple[str, tuple[DayLineContext, ...]], ...]
    more: int  # lines that are not told


@dataclass(frozen=True, slots=True)
class ClientContext:
    file: ClassVar[str] = "desk_client.telegram.html"
    locale: Locale
    name: str
    greeting: str
    contacts: tuple[str, ...]  # addresses, and "*@domain" for all of a domain
    chats: tuple[str, ...]  # on Telegram: "@name" or the chat's number
    hours: str
    windows: str
    response: str  # the kind of the agreement's response time
    within: str  # its span in words
    emergency: str
    facts: str
    facts_more: bool
    facts_trouble: str  # why they cannot be read
    lines: tuple[LineContext, ...]
    count: int
    kept: int
    broken: int
    waiting: int  # promises that are open
    share: int  # per cent of those that are closed; -1 where none is
    answered_in: str  # the median, in working time


@dataclass(frozen=True, slots=True)
class PreviewContext:
    """What will go to a client once she presses Send."""

    file: ClassVar[str] = "desk_preview.telegram.html"
    locale: Locale
    kind: str  # reply, answer, details, exception
    id: int
    chat: bool
    to: str
    subject: str
    text: str
    text_more: int
    signature: str
    quote: str
    quote_more: bool
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HelpContext:
    file: ClassVar[str] = "desk_help.telegram.html"
    locale: Locale
    commands: tuple[tuple[str, str], ...]
    unknown: str  # the command that nobody knows, "" if she asked


DeskContext = (
    CardContext
    | MessageContext
    | AboutContext
    | QueueContext
    | DaysContext
    | ClientContext
    | PreviewContext
    | HelpContext
)


def variables(context: DeskContext) -> dict[str, object]:
    return {each.name: getattr(context, each.name) for each in fields(context)}


def card_context(
    item: Item, assistant: Assistant, now: datetime, directory: Directory, *, said: str = ""
) -> CardContext:
    base = item_context(item, assistant, now, directory)
    return CardContext(
        **{each.name: getattr(base, each.name) for each in fields(base)},
        snoozed=_snoozed(item, assistant, now),
        reminders=item.reminders,
        said=said,
    )


def line_context(item: Item, assistant: Assistant, now: datetime, directory: Directory) -> LineContext:
    locale, zone = assistant.locale, assistant.zone
    promised = ""
    if item.promise_at is not None and item.promise_sentence:
        promised = moment(item.promise_at, now=now, zone=zone, locale=locale, preposition=Preposition.NONE)
    return LineContext(
        id=item.id,
        client=shorten(item.client, NAME_LIMIT),
        contact=shorten(item.contact_name or item.contact, NAME_LIMIT),
        subject=shorten(item.subject or item.excerpt, LINE_LIMIT),
        age=ago(item.last_message_at, now=now, locale=locale),
        urgency=item.urgency.value,
        promised=promised,
        overdue=is_overdue(item, now, directory),
        deadline=spoken(item.deadline, locale, zone, now) if item.deadline else "",
        state=item.state.name.lower(),
        snoozed=_snoozed(item, assistant, now),
    )


def _snoozed(item: Item, assistant: Assistant, now: datetime) -> str:
    if item.snoozed_until is None:
        return ""
    zone, locale = assistant.zone, assistant.locale
    return moment(item.snoozed_until, now=now, zone=zone, locale=locale, preposition=Preposition.NONE)


def size_words(size: int, locale: Locale) -> str:
    """ "840 B", "12 kB", "1,5 MB"; "" where it is not known."""
    if size <= 0:
        return ""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{round(size / 1000)} kB"
    words = f"{size / 1_000_000:.1f} MB"
    return words if locale is Locale.EN else words.replace(".", ",")


def sizes(files: Iterable[tuple[str, int]], locale: Locale) -> tuple[tuple[str, str], ...]:
    return tuple((shorten(name, LINE_LIMIT), size_words(size, locale)) for name, size in files)


def cut(text: str, limit: int) -> tuple[str, int]:
    """The beginning of a text, and how many characters are left out."""
    if len(text) <= limit:
        return text, 0
    head = text[:limit]
    end = max(head.rfind("\n", limit * 2 // 3), head.rfind(" ", limit * 2 // 3))
    head = (head[:end] if end > 0 else head).rstrip()
    return head, len(text) - len(head)
