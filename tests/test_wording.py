"""Moments, days and spans are said as a person of the language says them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from triage_bot.reading.model import Locale
from triage_bot.wording import (
    Preposition,
    ago,
    clock_time,
    date_words,
    day,
    in_script,
    moment,
    plural,
    since,
    span,
)

WARSAW = ZoneInfo("Europe/Warsaw")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=WARSAW)  # a Friday
TODAY = NOW.date()
AT, AFTER, BY, UNTIL, NONE = (
    Preposition.AT,
    Preposition.AFTER,
    Preposition.BY,
    Preposition.UNTIL,
    Preposition.NONE,
)
PL, SR, CYRL, EN = Locale.PL, Locale.SR, Locale.SR_CYRL, Locale.EN


def warsaw(month: int, on: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, on, hour, minute, tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("at", "preposition", "locale", "words"),
    [
        pytest.param(warsaw(11, 20, 16), AFTER, PL, "dziś po 16:00", id="today, Polish"),
        pytest.param(warsaw(11, 20, 16), AT, PL, "dziś o 16:00", id="today, at"),
        pytest.param(warsaw(11, 20, 16), BY, PL, "dziś do 16:00", id="today, by"),
        pytest.param(warsaw(11, 20, 16), NONE, PL, "dziś, godz. 16:00", id="today, bare"),
        pytest.param(warsaw(11, 21, 8), AFTER, PL, "jutro po 8:00", id="tomorrow, hours without a leading zero"),
        pytest.param(warsaw(11, 19, 8), AT, PL, "wczoraj o 8:00", id="yesterday"),
        pytest.param(warsaw(11, 20, 16, 30), AFTER, PL, "dziś po 16:30", id="minutes"),
        pytest.param(warsaw(11, 23, 8), AFTER, PL, "w poniedziałek 23 listopada po 8:00", id="Monday"),
        pytest.param(warsaw(11, 24, 8), AFTER, PL, "we wtorek 24 listopada po 8:00", id="we before wtorek"),
        pytest.param(warsaw(11, 25, 8), AFTER, PL, "w środę 25 listopada po 8:00", id="accusative of środa"),
        pytest.param(warsaw(11, 28, 8), AFTER, PL, "w sobotę 28 listopada po 8:00", id="accusative of sobota"),
        pytest.param(warsaw(11, 29, 8), AFTER, PL, "w niedzielę 29 listopada po 8:00", id="accusative of niedziela"),
        pytest.param(warsaw(1, 4, 8, year=2027), AFTER, PL, "w poniedziałek 4 stycznia 2027 po 8:00", id="next year"),
        pytest.param(warsaw(11, 21, 0), BY, PL, "dziś do północy", id="by midnight belongs to the day that ends"),
        pytest.param(warsaw(11, 20, 16), AFTER, SR, "danas posle 16 časova", id="today, Serbian"),
        pytest.param(warsaw(11, 21, 12), AFTER, SR, "sutra posle 12 časova", id="tomorrow, Serbian"),
        pytest.param(warsaw(11, 20, 16, 30), AFTER, SR, "danas posle 16:30", id="minutes, Serbian"),
        pytest.param(warsaw(11, 23, 8), AFTER, SR, "u ponedeljak, 23. novembra, posle 8 časova", id="ponedeljak"),
        pytest.param(warsaw(11, 25, 21), AT, SR, "u sredu, 25. novembra, u 21 čas", id="one o'clock, accusative"),
        pytest.param(warsaw(11, 25, 21), AFTER, SR, "u sredu, 25. novembra, posle 21 časa", id="one, genitive"),
        pytest.param(warsaw(11, 28, 22), AT, SR, "u subotu, 28. novembra, u 22 časa", id="two to four"),
        pytest.param(warsaw(11, 29, 11), BY, SR, "u nedelju, 29. novembra, do 11 časova", id="eleven is many"),
        pytest.param(warsaw(1, 4, 8, year=2027), AT, SR, "u ponedeljak, 4. januara 2027, u 8 časova", id="year, sr"),
        pytest.param(warsaw(11, 27, 12), NONE, SR, "petak, 27. novembar, u 12 časova", id="nominative, Serbian"),
        pytest.param(warsaw(11, 20, 16), AFTER, CYRL, "данас после 16 часова", id="today, Cyrillic"),
        pytest.param(warsaw(11, 29, 8), AFTER, CYRL, "у недељу, 29. новембра, после 8 часова", id="љ stays one letter"),
        pytest.param(warsaw(11, 20, 16), AFTER, EN, "after 4 pm today", id="today, English"),
        pytest.param(warsaw(11, 21, 9, 15), BY, EN, "by 9:15 am tomorrow", id="tomorrow, English"),
        pytest.param(warsaw(11, 23, 8), AFTER, EN, "on Monday 23 November after 8 am", id="Monday, English"),
        pytest.param(warsaw(11, 20, 16), AT, EN, "at 4 pm today", id="at, English"),
        pytest.param(warsaw(11, 27, 12), NONE, EN, "Friday 27 November, 12 noon", id="noon is never 12 pm"),
        pytest.param(warsaw(11, 27, 0), AFTER, EN, "on Friday 27 November after 00:00", id="nor midnight 12 am"),
        pytest.param(warsaw(11, 20, 15), NONE, EN, "3 pm today", id="bare, English"),
    ],
)
def test_a_moment_is_said_relative_to_now(at: datetime, preposition: Preposition, locale: Locale, words: str) -> None:
    assert moment(at, now=NOW, zone=WARSAW, locale=locale, preposition=preposition) == words


@pytest.mark.parametrize(
    ("at", "locale", "words"),
    [
        pytest.param(warsaw(11, 20, 16), PL, "dziś po 10:00 (u mnie 16:00)", id="Polish"),
        pytest.param(warsaw(11, 20, 16), SR, "danas posle 10 časova (kod mene je tada 16 časova)", id="Serbian"),
        pytest.param(warsaw(11, 20, 16), CYRL, "данас после 10 часова (код мене је тада 16 часова)", id="Cyrillic"),
        pytest.param(warsaw(11, 20, 16), EN, "after 10 am today (4 pm my time)", id="English"),
        pytest.param(warsaw(11, 21, 1), PL, "dziś po 19:00 (u mnie sobota, 1:00)", id="another weekday here"),
        pytest.param(warsaw(11, 21, 1), EN, "after 7 pm today (1 am on Saturday my time)", id="the same in English"),
    ],
)
def test_the_readers_clock_comes_first_and_the_writers_is_added(at: datetime, locale: Locale, words: str) -> None:
    said = moment(at, now=NOW, zone=NEW_YORK, locale=locale, preposition=AFTER, other_zone=WARSAW)
    assert said == words


def test_another_zone_with_the_same_clock_is_not_mentioned() -> None:
    belgrade = ZoneInfo("Europe/Belgrade")
    assert moment(NOW, now=NOW, zone=WARSAW, locale=PL, preposition=AT, other_zone=belgrade) == "dziś o 12:30"


def test_today_is_the_readers_day() -> None:
    """At 23:30 in New York it is tomorrow in Warsaw."""
    late = datetime(2026, 11, 20, 23, 30, tzinfo=NEW_YORK)
    assert moment(late, now=late, zone=WARSAW, locale=EN, preposition=AT) == "at 5:30 am today"
    assert moment(late, now=NOW, zone=NEW_YORK, locale=EN, preposition=AT) == "at 11:30 pm today"


@pytest.mark.parametrize(
    ("preposition", "locale", "words"),
    [
        (AT, PL, "dziś, jutro, w niedzielę 22 listopada, we wtorek 24 listopada, w środę 25 listopada"),
        (BY, PL, "do końca dnia, do jutra, do niedzieli 22 listopada, do wtorku 24 listopada, do środy 25 listopada"),
        (NONE, PL, "dziś, jutro, niedziela 22 listopada, wtorek 24 listopada, środa 25 listopada"),
        (AT, SR, "danas, sutra, u nedelju, 22. novembra, u utorak, 24. novembra, u sredu, 25. novembra"),
        (BY, SR, "do kraja dana, do sutra, do nedelje, 22. novembra, do utorka, 24. novembra, do srede, 25. novembra"),
        (BY, CYRL, "до краја дана, до сутра, до недеље, 22. новембра, до уторка, 24. новембра, до среде, 25. новембра"),
        (
            BY,
            EN,
            "by the end of today, by tomorrow, by Sunday 22 November, by Tuesday 24 November, by Wednesday 25 November",
        ),
        (
            UNTIL,
            EN,
            "until the end of today, until tomorrow, until Sunday 22 November, until Tuesday 24 November, "
            "until Wednesday 25 November",
        ),
    ],
)
def test_a_day_is_inflected(preposition: Preposition, locale: Locale, words: str) -> None:
    days = [TODAY, *(date(2026, 11, number) for number in (21, 22, 24, 25))]
    assert ", ".join(day(on, today=TODAY, locale=locale, preposition=preposition) for on in days) == words


def test_a_serbian_year_leaves_its_dot_to_what_follows() -> None:
    """Neither "2027.." at the end of a sentence nor "2027.," before the hour."""
    on = date(2027, 1, 8)
    assert day(on, today=TODAY, locale=SR, preposition=UNTIL) == "do petka, 8. januara 2027"
    assert day(on, today=TODAY, locale=CYRL, preposition=NONE) == "петак, 8. јануар 2027"


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (
            PL,
            "1 stycznia 1 lutego 1 marca 1 kwietnia 1 maja 1 czerwca 1 lipca 1 sierpnia 1 września 1 października "
            "1 listopada 1 grudnia",
        ),
        (
            SR,
            "1. januara 1. februara 1. marta 1. aprila 1. maja 1. juna 1. jula 1. avgusta 1. septembra 1. oktobra "
            "1. novembra 1. decembra",
        ),
        (
            CYRL,
            "1. јануара 1. фебруара 1. марта 1. априла 1. маја 1. јуна 1. јула 1. августа 1. септембра 1. октобра "
            "1. новембра 1. децембра",
        ),
    ],
)
def test_months_stand_in_the_genitive(locale: Locale, words: str) -> None:
    dates = (date(2026, month, 1) for month in range(1, 13))
    assert " ".join(date_words(on, today=TODAY, locale=locale) for on in dates) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        pytest.param(timedelta(seconds=90), ("1 min", "1 min", "1 мин", "1 min"), id="a minute"),
        pytest.param(timedelta(hours=1), ("1 godz.", "1 sat", "1 сат", "1 hour"), id="an hour"),
        pytest.param(timedelta(hours=3), ("3 godz.", "3 sata", "3 сата", "3 hours"), id="three hours"),
        pytest.param(timedelta(hours=12), ("12 godz.", "12 sati", "12 сати", "12 hours"), id="twelve hours"),
        pytest.param(timedelta(hours=21), ("21 godz.", "21 sat", "21 сат", "21 hours"), id="twenty-one hours"),
        pytest.param(timedelta(days=1), ("1 dzień", "1 dan", "1 дан", "1 day"), id="a day"),
        pytest.param(timedelta(days=3), ("3 dni", "3 dana", "3 дана", "3 days"), id="three days"),
        pytest.param(timedelta(days=21), ("21 dni", "21 dan", "21 дан", "21 days"), id="twenty-one days"),
    ],
)
def test_spans_follow_the_plural_of_the_language(length: timedelta, words: tuple[str, ...]) -> None:
    assert tuple(span(length, locale) for locale in (PL, SR, CYRL, EN)) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        pytest.param(timedelta(minutes=30), ("30 min", "30 min", "30 мин", "30 min"), id="minutes"),
        pytest.param(timedelta(hours=1), ("1 godz.", "1 sata", "1 сата", "1 hour"), id="an hour"),
        pytest.param(timedelta(hours=4), ("4 godz.", "4 sata", "4 сата", "4 hours"), id="four hours"),
        pytest.param(timedelta(hours=8), ("8 godz.", "8 sati", "8 сати", "8 hours"), id="eight hours"),
        pytest.param(timedelta(days=1), ("1 dnia", "1 dana", "1 дана", "1 day"), id="a day"),
        pytest.param(timedelta(days=5), ("5 dni", "5 dana", "5 дана", "5 days"), id="five days"),
    ],
)
def test_a_span_has_a_genitive(length: timedelta, words: tuple[str, ...]) -> None:
    assert tuple(span(length, locale, genitive=True) for locale in (PL, SR, CYRL, EN)) == words


def test_ages() -> None:
    two_hours, a_day = NOW - timedelta(hours=2), NOW - timedelta(days=1)
    assert [ago(two_hours, now=NOW, locale=locale) for locale in (PL, SR, CYRL, EN)] == [
        "2 godz. temu",
        "pre 2 sata",
        "пре 2 сата",
        "2 hours ago",
    ]
    assert [since(a_day, now=NOW, locale=locale) for locale in (PL, SR, CYRL, EN)] == [
        "od 1 dnia",
        "već 1 dan",
        "већ 1 дан",
        "for 1 day",
    ]
    assert [ago(a_day, now=NOW, locale=locale) for locale in (PL, SR, CYRL, EN)] == [
        "1 dzień temu",
        "pre 1 dana",
        "пре 1 дана",
        "1 day ago",
    ]
    assert ago(NOW - timedelta(hours=21), now=NOW, locale=SR) == "pre 21 sata"
    assert since(NOW - timedelta(hours=1), now=NOW, locale=SR) == "već 1 sat"
    assert ago(NOW, now=NOW, locale=PL) == "przed chwilą"
    assert since(NOW - timedelta(days=3), now=NOW, locale=PL) == "od 3 dni"


def test_plural_forms() -> None:
    said = [plural(count, PL, "sprawa", "sprawy", "spraw") for count in (1, 2, 5, 12, 22, 25)]
    assert said == ["sprawa", "sprawy", "spraw", "spraw", "sprawy", "spraw"]
    said = [plural(count, SR, "stavka", "stavke", "stavki") for count in (1, 2, 5, 11, 21, 22)]
    assert said == ["stavka", "stavke", "stavki", "stavki", "stavka", "stavke"]
    assert [plural(count, EN, "item", "items") for count in (0, 1, 2)] == ["items", "item", "items"]


def test_the_clock_alone() -> None:
    assert [clock_time(warsaw(11, 20, 16), zone=WARSAW, locale=locale) for locale in (PL, SR, EN)] == [
        "16:00",
        "16:00",
        "4 pm",
    ]


def test_serbian_names_are_put_into_the_readers_script() -> None:
    assert in_script("Његошева недеља и Џ", SR) == "Njegoševa nedelja i Dž"
    assert in_script("Нова година", CYRL) == "Нова година"
    assert in_script("Boże Ciało", PL) == "Boże Ciało"


def test_a_moment_in_the_doubled_hour_is_said_by_its_wall_clock() -> None:
    for moment_at in (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)):
        said = moment(moment_at, now=moment_at, zone=WARSAW, locale=PL, preposition=AT)
        assert said == "dziś o 2:30"
