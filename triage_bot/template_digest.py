"""The variables of the digest: of its head, the headings of its sections, and what it says of her day.

The fields of `DigestContext` are the variables of `digest_head.telegram.html`, `digest_day.telegram.html` and
`digest_rest.telegram.html`; those of `SectionContext` the variables of `digest_section.telegram.html`. The items
themselves are told by `digest_item.telegram.html`, whose variables are those of `ItemContext`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from triage_bot.core.agreement import Assistant
from triage_bot.core.digest import DueToday, Occasion, due_today, is_due_until, is_overdue, sections
from triage_bot.core.digest_pages import MOST_ITEMS, MOST_PAGES
from triage_bot.core.directory import Directory
from triage_bot.core.items import Item
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Locale
from triage_bot.template_contexts import SUBJECT_LIMIT, ItemContext, item_context, shorten
from triage_bot.wording import Preposition, clock_time, day, moment, since, span

MOST_LISTED = MOST_ITEMS * MOST_PAGES
"""No more are put into words: no digest has room for them."""
EXCERPT_LIMIT = 160
SUGGESTIONS_LIMIT = 2
REST_LIMIT = 15
TODAY_LIMIT = 10


@dataclass(frozen=True, slots=True)
class SectionContext:
    """Items under one heading."""

    locale: Locale
    heading: str  # overdue, urgent, untouched, client
    client: str  # of the heading `client`, "" for senders that nobody knows
    count: int  # of all its items, also of those that are not listed
    items: tuple[ItemContext, ...]


@dataclass(frozen=True, slots=True)
class TodayContext:
    """A promise or a deadline of today."""

    at: str  # "16:00", "" for the whole day
    what: str  # promise, deadline
    id: int  # of the item
    client: str  # or who else wrote


@dataclass(frozen=True, slots=True)
class DigestContext:
    """The digest of one check window."""

    locale: Locale
    window: str  # "12:00"
    window_day: str  # "" if it is today
    late: bool  # it comes after its window: the bot was not running
    late_by: str
    now: datetime
    zone: ZoneInfo
    sections: tuple[SectionContext, ...]  # what waits for her
    rest: tuple[ItemContext, ...]  # what needs nothing: thanks, newsletters; told in one block
    rest_more: int  # so many more of the kind
    count: int  # of what waits
    urgent: int
    overdue: int
    due_soon: int = 0  # promised, or wanted, before the next check
    following: str = ""  # the next check: "dziś, godz. 16:00"
    paused: str = ""  # for how long acknowledgements have been paused: "od 2 godz."; "" if they are not
    morning: bool = False  # the first check of her day: `today` is told
    today: tuple[TodayContext, ...] = ()
    today_more: int = 0
    evening: bool = False  # the last one: `left` is told
    left: int = 0  # items that stay for another day
    next_promise: str = ""  # the first promise of theirs: "jutro po 8:00"
    next_id: int = 0  # the item that it was made for


@dataclass(frozen=True, slots=True)
class Listing:
    """What a digest is about: `items` are listed, `all_hers` is everything open of hers, `untouched` the ids of what
    nobody has looked after."""

    items: Sequence[Item]
    all_hers: Sequence[Item]
    untouched: Collection[int] = ()
    following_at: datetime | None = None  # her next check
    occasion: Occasion = Occasion.NONE
    paused_at: datetime | None = None


def digest_context(
    listing: Listing, assistant: Assistant, window_at: datetime, now: datetime, directory: Directory, *, late: bool
) -> DigestContext:
    told = [item for item in listing.items if item.urgency is not Urgency.NONE]
    rest = [item for item in listing.items if item.urgency is Urgency.NONE]
    locale, zone = assistant.locale, assistant.zone
    window_on, today = window_at.astimezone(zone).date(), now.astimezone(zone).date()
    following_at = listing.following_at
    context = DigestContext(
        locale=locale,
        window=clock_time(window_at, zone=zone, locale=locale),
        window_day="" if window_on == today else day(window_on, today=today, locale=locale),
        late=late,
        late_by=span(now - window_at, locale),
        now=now,
        zone=zone,
        sections=_sections(told, listing.untouched, assistant, now, directory),
        rest=tuple(item_context(item, assistant, now, directory) for item in rest[:REST_LIMIT]),
        rest_more=max(0, len(rest) - REST_LIMIT),
        count=len(told),
        urgent=sum(item.urgency == Urgency.URGENT for item in told),
        overdue=sum(is_overdue(item, now, directory) for item in told),
        due_soon=sum(is_due_until(item, now, following_at, directory) for item in told) if following_at else 0,
        following=_said(following_at, assistant, now) if following_at else "",
        paused=since(listing.paused_at, now=now, locale=locale) if listing.paused_at else "",
    )
    return _with_day(context, listing, assistant, now, directory) if window_on == today else context


def _sections(
    items: Sequence[Item], untouched: Collection[int], assistant: Assistant, now: datetime, directory: Directory
) -> tuple[SectionContext, ...]:
    room, found = MOST_LISTED, []
    for each in sections(items, untouched, now, directory):
        told = tuple(_brief(item_context(item, assistant, now, directory)) for item in each.items[:room])
        room -= len(told)
        client = shorten(each.client, SUBJECT_LIMIT)
        found.append(SectionContext(assistant.locale, each.heading.value, client, len(each.items), told))
    return tuple(found)


def _brief(item: ItemContext) -> ItemContext:
    """As a digest tells it; Open tells all."""
    return replace(
        item,
        excerpt=shorten(item.excerpt, EXCERPT_LIMIT),
        because=item.because[:1],
        suggestions=item.suggestions[:SUGGESTIONS_LIMIT],
    )


def _with_day(
    context: DigestContext, listing: Listing, assistant: Assistant, now: datetime, directory: Directory
) -> DigestContext:
    if Occasion.FIRST in listing.occasion:
        found = due_today(listing.all_hers, now, assistant.zone, directory)
        lines = tuple(_today(due, assistant) for due in found[:TODAY_LIMIT])
        return replace(context, morning=True, today=lines, today_more=max(0, len(found) - TODAY_LIMIT))
    if Occasion.LAST in listing.occasion:
        left = [item for item in listing.all_hers if item.urgency is not Urgency.NONE]
        ahead = [item for item in left if item.promise_at is not None and item.promise_sentence]
        ahead = [item for item in ahead if item.promise_at is not None and item.promise_at > now]
        first = min(ahead, key=lambda item: (item.promise_at or now, item.id), default=None)
        promised = item_context(first, assistant, now, directory).promised if first else ""
        return replace(context, evening=True, left=len(left), next_promise=promised, next_id=first.id if first else 0)
    return context


def _today(due: DueToday, assistant: Assistant) -> TodayContext:
    item = due.item
    at = clock_time(due.at, zone=assistant.zone, locale=assistant.locale) if due.at else ""
    return TodayContext(at, due.what, item.id, shorten(item.client or item.contact_name or item.contact, SUBJECT_LIMIT))


def _said(at: datetime, assistant: Assistant, now: datetime) -> str:
    return moment(at, now=now, zone=assistant.zone, locale=assistant.locale, preposition=Preposition.NONE)
