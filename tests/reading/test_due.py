"""Which of the moments that a message names is the deadline, by all that stands around them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.reading.model import Locale
from triage_bot.reading.read import read

WARSAW = ZoneInfo("Europe/Warsaw")
SENT_AT = datetime(2026, 11, 24, 10, 30, tzinfo=WARSAW)  # a Tuesday


def at(day: int, hour: int = 0, minute: int = 0, month: int = 11) -> date | datetime:
    if not hour:
        return date(2026, month, day)
    return datetime(2026, month, day, hour, minute, tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("text", "locale", "due"),
    [
        ("Proszę o wycenę do czwartku, w piątek o 9 spotykam się z inwestorem.", Locale.PL, at(26)),
        ("Targi są 3 grudnia, ulotki muszą być u mnie dzień wcześniej, do 2 grudnia.", Locale.PL, at(2, month=12)),
        ("W środę o 14 mam prezentację, potrzebuję na nią slajdów.", Locale.PL, at(25, 14)),
        ("Umów mi dentystę na 8 grudnia.", Locale.PL, None),
        ("Byłam tam w poniedziałek od 10 do 15, sklep otwarty do 18, wszystko wygląda dobrze.", Locale.PL, None),
        ("Potwierdzam, kurier był o 9, paczki dojdą w czwartek.", Locale.PL, None),
        ("Treba mi prevod do petka, u ponedeljak u 9 ga predajem.", Locale.SR, at(27)),
        ("Pošalji ponudu do 15h, sastanak je sutra u 10.", Locale.SR, at(24, 15)),
        ("Резервиши ми сто за 5. децембар, биће нас шесторо.", Locale.SR_CYRL, None),
        ("Bila sam tamo u četvrtak, rade do 18, nova vrata stižu u petak.", Locale.SR, None),
        ("Could you send the minutes by Thursday? We met on Monday at 10.", Locale.EN, at(26)),
        ("I board at 14:00 and need the ticket on my phone.", Locale.EN, at(24, 14)),
        ("Thanks, it is perfect! I am back on Monday, the accountant was here at 10.", Locale.EN, None),
        (
            "We are open 9 to 5, Saturdays till 1, closed on 25 December. What would ten hours a month cost?",
            Locale.EN,
            None,
        ),
        ("Book a table for 5 December, six of us, somewhere quiet.", Locale.EN, None),
    ],
)
def test_a_deadline_is_when_the_result_is_needed_and_no_other_moment(
    text: str, locale: Locale, due: date | datetime | None
) -> None:
    found = read("", text, sent_at=SENT_AT, prior=locale, medium="chat").deadline
    assert (found.at if found else None) == due


@pytest.mark.parametrize(
    ("text", "locale", "due"),
    [
        ("Do Wigilii potrzebuję 50 kartek, proszę zamów.", Locale.PL, at(24, month=12)),
        ("Proszę to zrobić przed Nowym Rokiem.", Locale.PL, at(31, month=12)),
        ("Listę gości poproszę do konca tyg", Locale.PL, at(27)),
        ("Treba mi sajt do Nove godine.", Locale.SR, at(31, month=12)),
        ("Do petnaestog mi sastavi budžet, molim te.", Locale.SR, at(15, month=12)),
        ("Please update the banner by Christmas.", Locale.EN, at(24, month=12)),
        ("Please get it done before the week is out.", Locale.EN, at(27)),
    ],
)
def test_days_have_names_too(text: str, locale: Locale, due: date) -> None:
    found = read("", text, sent_at=SENT_AT, prior=locale, medium="chat").deadline
    assert found is not None
    assert found.at == due


def test_of_a_bare_day_and_an_hour_the_hour_is_the_deadline() -> None:
    text = "Tonight is the big evening. Please send me the list of guests by 16:00."
    found = read("", text, sent_at=SENT_AT, prior=Locale.EN, medium="chat").deadline
    assert found is not None
    assert found.at == at(24, 16)


def test_a_timetable_of_a_thousand_hours_hides_no_deadline() -> None:
    hours = " ".join(
        f"{day}.{month}. at {hour}:00" for hour in range(8, 18) for month in (1, 2, 3) for day in range(1, 29)
    )
    text = f"Please print it by Friday. The timetable: {hours}"
    found = read("", text, sent_at=SENT_AT, prior=Locale.EN, medium="chat").deadline
    assert found is not None
    assert found.at == at(27)
