"""How a digest is ordered, what it says of her day, and how it is laid out in messages."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.core.builders import an_item
from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.business_calendar import BusinessCalendar, Interval
from triage_bot.core.digest import (
    Heading,
    Occasion,
    due_today,
    last_window,
    mine,
    next_window,
    occasion,
    sections,
)
from triage_bot.core.digest_pages import MOST_ITEMS, MOST_PAGES, PAGE_LIMIT, Block, pages
from triage_bot.core.directory import Directory
from triage_bot.core.reasons import Reason
from triage_bot.core.telegram_text import length, plain
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Locale
from triage_bot.template_digest import Listing, digest_context
from triage_bot.templates import Templates

WARSAW, BELGRADE = ZoneInfo("Europe/Warsaw"), ZoneInfo("Europe/Belgrade")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026; the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=WARSAW).astimezone(UTC)


def agreement(*hours: int) -> Agreement:
    week = (tuple(hour * 60 for hour in hours),) * 5 + ((),) * 2
    return Agreement(BusinessCalendar(WARSAW, hours=((Interval(480, 960),),) * 5 + ((),) * 2, windows=week))


KATARZYNA = Assistant("Katarzyna", Locale.PL, WARSAW, telegram_id=1)
MARTA = Assistant("Marta", Locale.SR, BELGRADE, telegram_id=2)
DIRECTORY = Directory(
    KATARZYNA,
    agreement(8, 12, 16),
    (
        Client("Nowak", agreement(8, 12, 16), Locale.PL, WARSAW),
        Client("Jovanović", agreement(10, 14), Locale.SR, BELGRADE, assistant="Marta"),
    ),
    colleagues=(MARTA,),
)
NOW = at(20, 12)
ITEM = an_item(
    at(20, 9),
    contact_name="Anna Nowak",
    subject="Oferta",
    excerpt="Proszę przygotować ofertę na stronę i sklep.",
    check_at=at(20, 12),
    promise_at=at(20, 12),
    promise_sentence="Odpowiem dziś po 12:00",
)


def test_the_items_of_one_assistant_are_those_of_her_clients_and_strangers_are_the_first_ones() -> None:
    items = [replace(ITEM, id=number, client=name) for number, name in enumerate(("Nowak", "Jovanović", "", "Gone"))]
    assert [item.id for item in mine(items, KATARZYNA, DIRECTORY)] == [0, 2, 3]
    assert [item.id for item in mine(items, MARTA, DIRECTORY)] == [1]


def test_each_has_windows_and_hours_of_her_own() -> None:
    assert next_window(DIRECTORY, at(20, 8), MARTA) == at(20, 10)
    assert next_window(DIRECTORY, at(20, 8), KATARZYNA) == at(20, 12)
    assert next_window(DIRECTORY, at(20, 8)) == at(20, 10), "without a name anybody's"
    assert last_window(DIRECTORY, at(20, 8), at(20, 18), MARTA) == at(20, 14)
    assert DIRECTORY.is_working(MARTA, at(20, 15))
    assert not DIRECTORY.is_working(MARTA, at(21, 12))


def test_who_has_no_client_goes_by_the_default_agreement() -> None:
    directory = Directory(KATARZYNA, agreement(8), (), colleagues=(MARTA,))
    assert next_window(directory, at(20, 7), MARTA) == at(20, 8)


@pytest.mark.parametrize(
    ("window_at", "found"),
    [
        pytest.param(at(20, 8), Occasion.FIRST, id="the first window of the day"),
        pytest.param(at(20, 12), Occasion.NONE, id="one in between"),
        pytest.param(at(20, 16), Occasion.LAST, id="the last one"),
    ],
)
def test_the_first_and_the_last_window_of_a_day_are_known(window_at: datetime, found: Occasion) -> None:
    assert occasion(DIRECTORY, KATARZYNA, window_at) == found


def test_an_only_window_is_the_first() -> None:
    assert occasion(Directory(KATARZYNA, agreement(12), ()), KATARZYNA, NOW) is Occasion.FIRST


def test_what_is_overdue_comes_first_then_urgent_then_untouched_then_client_by_client() -> None:
    items = [
        replace(ITEM, id=1, client="Baker"),
        replace(ITEM, id=2, client=""),
        replace(ITEM, id=3, urgency=Urgency.URGENT),
        replace(ITEM, id=4, promise_at=at(20, 8)),
        replace(ITEM, id=5, promise_at=at(19, 16), urgency=Urgency.URGENT),
        replace(ITEM, id=6),
        replace(ITEM, id=7, client="Nowak", promise_at=at(20, 16)),
        replace(ITEM, id=8, client="Baker", promise_at=at(20, 16)),
    ]
    found = sections(items, {3, 4, 6}, NOW, DIRECTORY)
    assert [(each.heading, each.client, [item.id for item in each.items]) for each in found] == [
        (Heading.OVERDUE, "", [5, 4]),
        (Heading.URGENT, "", [3]),
        (Heading.UNTOUCHED, "", [6]),
        (Heading.CLIENT, "Baker", [1, 8]),
        (Heading.CLIENT, "Nowak", [7]),
        (Heading.CLIENT, "", [2]),
    ]


def test_today_lists_promises_and_deadlines_that_lie_ahead_in_their_order() -> None:
    items = [
        replace(ITEM, id=1, promise_at=at(20, 16), deadline="2026-11-20"),
        replace(ITEM, id=2, promise_at=at(20, 11)),
        replace(ITEM, id=3, promise_at=at(23, 8), deadline="2026-11-20T15:00:00+01:00"),
        replace(ITEM, id=4, promise_at=at(20, 14), promise_sentence=""),
        replace(ITEM, id=5, promise_at=None, deadline="2026-11-21"),
        replace(ITEM, id=6, promise_at=at(20, 12)),
        replace(ITEM, id=7, check_at=at(19, 16), promise_at=at(19, 16)),
    ]
    found = [
        (due.item.id, due.what, due.at) for due in due_today(items, NOW.replace(microsecond=146_000), WARSAW, DIRECTORY)
    ]
    assert found == [
        (6, "promise", at(20, 12)),
        (3, "deadline", at(20, 15)),
        (1, "promise", at(20, 16)),
        (7, "promise", at(20, 16)),
        (1, "deadline", None),
    ]


def test_a_digest_loses_nothing_that_is_due_as_it_comes() -> None:
    listing = Listing([ITEM], [ITEM], (), at(20, 16), Occasion.FIRST)
    told = digest_context(listing, KATARZYNA, NOW, NOW.replace(microsecond=146_000), DIRECTORY, late=False)
    assert (told.overdue, told.due_soon, [line.at for line in told.today]) == (0, 1, ["12:00"])


def test_no_item_is_divided_and_no_message_is_too_long() -> None:
    blocks = [Block("head"), *(Block(f"<b>#{number}</b> " + "ć & 😀 " * 60, number) for number in range(1, 30))]
    made, left = pages(blocks)
    assert left == 0
    assert [number for page in made for number in page.item_ids] == list(range(1, 30))
    assert all(length(page.text) <= PAGE_LIMIT for page in made)
    for block in blocks:
        assert sum(block.text in page.text for page in made) == 1


def test_a_message_lists_no_more_items_than_have_room_for_their_buttons() -> None:
    made, left = pages([Block(f"#{number}", number) for number in range(1, 1001)])
    assert [len(page.item_ids) for page in made] == [MOST_ITEMS] * MOST_PAGES
    assert left == 1000 - MOST_ITEMS * MOST_PAGES


def test_an_item_that_is_too_long_alone_is_cut_where_its_tags_stay_whole() -> None:
    made, left = pages([Block("head"), Block("<b>" + "słowo " * 3000 + "</b>", 1), Block("#2", 2)])
    assert left == 0
    assert [page.item_ids for page in made] == [(), (1,), (2,)] or len(made) <= 3
    assert all(page.text.count("<b>") == page.text.count("</b>") for page in made)
    assert plain(made[-1].text).endswith("#2")


def test_a_digest_of_a_thousand_items_is_made_in_a_fifth_of_a_second() -> None:
    because = (Reason("harm", {"words": "nie mogą zapłacić"}), Reason("rule", {"name": "faktury", "words": "Fakturę"}))
    items = [
        replace(
            ITEM,
            id=number,
            client=f"Klient {number % 70}",
            because=because,
            deadline="2026-11-20T15:00:00+01:00",
            urgency=Urgency.URGENT if number % 9 == 0 else Urgency.NORMAL,
            promise_at=at(20, 12) - timedelta(minutes=number % 300),
        )
        for number in range(1, 1001)
    ]
    templates = Templates()

    def build() -> float:
        began = time.process_time()
        listing = Listing(items, items, frozenset(range(500)), at(20, 16), Occasion.FIRST)
        made, left = pages(templates.digest(digest_context(listing, KATARZYNA, NOW, NOW, DIRECTORY, late=False)))
        assert len(made) <= MOST_PAGES
        assert sum(len(page.item_ids) for page in made) + left <= 1000
        return time.process_time() - began

    build()  # the templates are compiled once
    assert min(build() for _ in range(5)) < 0.2
