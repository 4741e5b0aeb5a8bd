"""Lists of items: the queue by pages, the day and the week, what a search found, the one thing to do next."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from triage_bot.core.digest import ahead_at, in_order
from triage_bot.core.items import ACTIVE, Item
from triage_bot.desk.buttons import Button, Rows, carried, in_rows, key_of
from triage_bot.desk.people import named
from triage_bot.desk.visit import Answer, Visit
from triage_bot.template_desk import DayLineContext, DaysContext, QueueContext, line_context
from triage_bot.wording import Preposition, clock_time, day

PAGE = 8
MOST_FOUND = 20
MOST_DAY_LINES = 40
BUTTONS_IN_A_ROW = 4
A_WEEK = 7


def queue(visit: Visit, rest: str) -> Answer:
    if not rest:
        return listed(visit, 0, "")
    found = named(visit, rest)
    if len(found) != 1:
        code = "client_unclear" if found else "client_unknown"
        return visit.say(code, name=rest, names=", ".join(client.name for client in found))
    return listed(visit, 0, key_of(found[0].name))


def listed(visit: Visit, page: int, key: str, *, in_place: bool = False) -> Answer:
    """One page of the queue, of all clients or of the one whose key it is."""
    waiting = visit.waiting()
    hers = visit.directory.clients_of(visit.assistant)
    client = next((client.name for client in hers if key_of(client.name) == key), "")
    if key:
        waiting = [item for item in waiting if item.client == client]
    pages = max(1, -(-len(waiting) // PAGE))
    page = min(max(page, 0), pages - 1)
    shown = in_order(waiting, visit.now, visit.directory)[page * PAGE : (page + 1) * PAGE]
    context = QueueContext(
        locale=visit.locale,
        title=client,
        found=False,
        lines=tuple(line_context(item, visit.assistant, visit.now, visit.directory) for item in shown),
        count=len(waiting),
        page=page + 1,
        pages=pages,
    )
    where = _place(page, key)
    rows = in_rows([(f"#{item.id}", carried("card", item.id, where)) for item in shown], BUTTONS_IN_A_ROW)
    if pages > 1:
        rows = (*rows, _pager(page, pages, key))
    return Answer((visit.templates.page(context),), rows, in_place=in_place)


def place_of(argument: str) -> tuple[int, str]:
    """The page and the client's key that a button carries. Raises ValueError."""
    page, _, key = argument.partition(".")
    return int(page or "0"), key


def _place(page: int, key: str) -> str:
    return f"{page}.{key}" if key else str(page)


def _pager(page: int, pages: int, key: str) -> tuple[Button, ...]:
    before, after = (page - 1) % pages, (page + 1) % pages
    return (
        ("‹", carried("list", 0, _place(before, key))),
        (f"{page + 1}/{pages}", carried("list", 0, _place(page, key))),
        ("›", carried("list", 0, _place(after, key))),
    )


def following(visit: Visit, rest: str) -> Answer:
    """The one thing to do next."""
    waiting = in_order(visit.waiting(), visit.now, visit.directory)
    return visit.card(waiting[0]) if waiting else visit.say("nothing_waits")


def search(visit: Visit, rest: str) -> Answer:
    if not rest:
        return visit.say("search_usage")
    found = visit.store.search(rest, limit=MOST_FOUND * 3, counts=visit.is_hers)
    context = QueueContext(
        locale=visit.locale,
        title=rest[:80],
        found=True,
        lines=tuple(line_context(item, visit.assistant, visit.now, visit.directory) for item in found[:MOST_FOUND]),
        count=len(found),
        page=1,
        pages=1,
    )
    return Answer((visit.templates.page(context),), _to_open(found[:MOST_FOUND]))


def today(visit: Visit, rest: str) -> Answer:
    return _days(visit, 1)


def week(visit: Visit, rest: str) -> Answer:
    return _days(visit, A_WEEK)


def _days(visit: Visit, count: int) -> Answer:
    zone, locale = visit.assistant.zone, visit.locale
    first_on = visit.now.astimezone(zone).date()
    visit.store.wake(visit.now)
    hers = [item for item in visit.store.items(ACTIVE) if visit.is_hers(item)]
    marks = sorted(_marks(visit, hers), key=lambda mark: (mark.sorts_at, mark.item.id))
    late = [mark for mark in marks if mark.is_past]
    ahead = [mark for mark in marks if not mark.is_past and mark.on < first_on + timedelta(days=count)]
    told = [*late, *ahead][:MOST_DAY_LINES]
    days = []
    for number in range(count):
        on = first_on + timedelta(days=number)
        lines = tuple(mark.line for mark in told if not mark.is_past and mark.on == on)
        if lines:
            days.append((day(on, today=first_on, locale=locale, preposition=Preposition.NONE), lines))
    context = DaysContext(
        locale=locale,
        week=count > 1,
        late=tuple(mark.line for mark in told if mark.is_past),
        days=tuple(days),
        more=len(late) + len(ahead) - len(told),
    )
    items = {mark.item.id: mark.item for mark in told}
    return Answer((visit.templates.page(context),), _to_open(items.values()))


class _Mark:
    """A promise or a deadline in her calendar."""

    def __init__(self, visit: Visit, item: Item, kind: str, at: datetime | date) -> None:
        zone = visit.assistant.zone
        self.item = item
        whole_day = not isinstance(at, datetime)
        moment = datetime.combine(at, datetime.max.time(), zone) if whole_day else at
        assert isinstance(moment, datetime)
        self.sorts_at = moment.astimezone(zone)
        self.on = self.sorts_at.date()
        self.is_past = moment < visit.now.replace(second=0, microsecond=0)
        clock = "" if whole_day else clock_time(moment, zone=zone, locale=visit.locale)
        self.line = DayLineContext(kind, clock, line_context(item, visit.assistant, visit.now, visit.directory))


def _marks(visit: Visit, items: Iterable[Item]) -> Iterable[_Mark]:
    for item in items:
        promised_at = ahead_at(item, visit.now, visit.directory)
        if promised_at is not None and item.promise_sentence and item.answered_at is None:
            yield _Mark(visit, item, "promise", promised_at)
        if item.deadline and (at := _deadline(item.deadline)) is not None:
            yield _Mark(visit, item, "deadline", at)


def _deadline(said: str) -> datetime | date | None:
    try:
        if len(said) == len("2026-11-27"):
            return date.fromisoformat(said)
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _to_open(items: Iterable[Item]) -> Rows:
    buttons = [(f"#{item.id}", carried("open", item.id)) for item in items]
    return in_rows(buttons[: BUTTONS_IN_A_ROW * 5], BUTTONS_IN_A_ROW)


def pressed_list(visit: Visit, argument: str) -> Answer:
    page, key = place_of(argument)
    return listed(visit, page, key, in_place=True)


def pressed_queue(visit: Visit, argument: str) -> Answer:
    """From a digest, which stays as it is."""
    return listed(visit, 0, "")


def pressed_card(visit: Visit, item: Item, argument: str) -> Answer:
    """An item of a list, in the place of the list."""
    page, key = place_of(argument)
    back = carried("list", 0, _place(page, key))
    card = visit.card(item)
    rows = (*card.rows, ((visit.words("button_back"), back),))
    return replace(card, rows=rows, in_place=True, back=back)
