"""The days that she writes when she says that she is away."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bot.core.absence_dates import LONGEST, absence_dates
from triage_bot.reading.model import Locale

TODAY = date(2026, 11, 20)
WEEK = (date(2026, 12, 1), date(2026, 12, 5))
HOLIDAYS = (date(2026, 12, 24), date(2027, 1, 2))


@pytest.mark.parametrize(
    ("written", "first_on", "last_on", "text"),
    [
        pytest.param("2026-12-01..2026-12-05", *WEEK, "", id="ISO dates with two dots"),
        pytest.param("2026-12-01 - 2026-12-05 na szkoleniu", *WEEK, "na szkoleniu", id="ISO dates and a text"),
        pytest.param("1.12-5.12", *WEEK, "", id="day and month"),
        pytest.param("1.12.–5.12. kurs", *WEEK, "kurs", id="Serbian dots and a long dash"),
        pytest.param("01.12.2026 – 05.12.2026, urlop", *WEEK, "urlop", id="whole dates, a comma before the text"),
        pytest.param("1-5.12: wolne", *WEEK, "wolne", id="days of one month"),
        pytest.param("1/12-5/12 training", *WEEK, "training", id="slashes, the day first"),
        pytest.param("12/25", date(2026, 12, 25), date(2026, 12, 25), "", id="no 25th month"),
        pytest.param("24.12", date(2026, 12, 24), date(2026, 12, 24), "", id="one day"),
        pytest.param("24.12 2 osoby", date(2026, 12, 24), date(2026, 12, 24), "2 osoby", id="a text with a number"),
        pytest.param("20.11", TODAY, TODAY, "", id="today is not a year ahead"),
        pytest.param("19.11", date(2027, 11, 19), date(2027, 11, 19), "", id="yesterday is in a year"),
        pytest.param("28.12-3.1", date(2026, 12, 28), date(2027, 1, 3), "", id="over the new year"),
        pytest.param("1.12 do 5.12 kurs", *WEEK, "kurs", id="do, Polish and Serbian"),
        pytest.param("od 1.12. do 5.12.", *WEEK, "", id="od and do"),
        pytest.param("од 1.12. до 5.12. курс", *WEEK, "курс", id="od and do in Cyrillic"),
        pytest.param("From 1.12 to 5.12", *WEEK, "", id="from and to"),
        pytest.param("jutro do 25.11", date(2026, 11, 21), date(2026, 11, 25), "", id="from tomorrow to a date"),
        pytest.param("16.11-25.11", date(2026, 11, 16), date(2026, 11, 25), "", id="a span that runs already"),
        pytest.param("1.12-5.12.2026", *WEEK, "", id="a year with the last day only"),
        pytest.param("29.2", date(2028, 2, 29), date(2028, 2, 29), "", id="the next leap year"),
        pytest.param("jutro", date(2026, 11, 21), date(2026, 11, 21), "", id="tomorrow in Polish"),
        pytest.param("Dziś-25.11 chora", TODAY, date(2026, 11, 25), "chora", id="from today on"),
        pytest.param("сутра", date(2026, 11, 21), date(2026, 11, 21), "", id="tomorrow in Cyrillic"),
        pytest.param("24 grudnia - 2 stycznia", *HOLIDAYS, "", id="names of months"),
        pytest.param("24 GRUDNIA–2 stycznia na nartach", *HOLIDAYS, "na nartach", id="in capitals, and a text"),
        pytest.param("24 gru. - 2 sty., narty", *HOLIDAYS, "narty", id="short names"),
        pytest.param("Dec 24 - Jan 2", *HOLIDAYS, "", id="English names, whatever her language"),
        pytest.param("1-5 grudnia kurs", *WEEK, "kurs", id="days of one month by its name"),
        pytest.param("Dec 1-5: training", *WEEK, "training", id="the same, the month first"),
        pytest.param("Dec 1-5, 2026 training", *WEEK, "training", id="the same, with a year"),
        pytest.param("Nov 18-25", date(2026, 11, 18), date(2026, 11, 25), "", id="the same, running already"),
        pytest.param("Nov 18-19", date(2027, 11, 18), date(2027, 11, 19), "", id="the same, over this year"),
        pytest.param("od 1 do 5 grudnia", *WEEK, "", id="from one day to another of a month"),
        pytest.param("1 grudnia 2026 r. - 5 grudnia 2026 r. kurs", *WEEK, "kurs", id="years as Poles write them"),
        pytest.param("December 24th, 2026 - January 2nd, 2027", *HOLIDAYS, "", id="ordinals and years in English"),
        pytest.param("Dec 24 - 2 people are in", *[date(2026, 12, 24)] * 2, "2 people are in", id="a number is no day"),
        pytest.param("24 grudnia, bez maili", *[date(2026, 12, 24)] * 2, "bez maili", id="one day by its name"),
        pytest.param("pt-pon", TODAY, date(2026, 11, 23), "", id="weekdays, today is Friday"),
        pytest.param("śr. - nd. w górach", date(2026, 11, 25), date(2026, 11, 29), "w górach", id="short weekdays"),
        pytest.param("od wtorku do czwartku", date(2026, 11, 24), date(2026, 11, 26), "", id="inflected weekdays"),
        pytest.param("pon-pon", date(2026, 11, 23), date(2026, 11, 30), "", id="Monday to Monday is a week"),
        pytest.param("w poniedziałek", *[date(2026, 11, 23)] * 2, "", id="one weekday"),
        pytest.param("czw, 24 grudnia", *[date(2026, 12, 24)] * 2, "", id="of a weekday and a date the date counts"),
        pytest.param("pon - 2 stycznia", date(2026, 11, 23), date(2027, 1, 2), "", id="from a weekday to a date"),
        pytest.param("24.12 - pon", date(2026, 12, 24), date(2026, 12, 28), "", id="from a date to a weekday"),
    ],
)
def test_days_are_read(written: str, first_on: date, last_on: date, text: str) -> None:
    assert absence_dates(written, Locale.PL, TODAY) == (first_on, last_on, text)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "na urlopie",
        "31.2",
        "5.13.2026",
        "2026-12-05..2026-12-01",
        "1.12.2026-1.12.2036",
        "12",
        "2026-13-01",
        "8:30",
        "5.12-1.12",
        "1.12 5.12",
        "2026-12-01 2026-12-05",
        "1.12, do 5.12",
        "24 grudnia 2 stycznia",
        "30 lutego",
        "0000-01-01",
        "9999-12-31..pt",
        "Feb 28-30",
        "24 grudnia - 20 grudnia",
        "marta",
    ],
)
def test_what_is_no_absence_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day|year|begins|away|there is no"):
        absence_dates(written, Locale.PL, TODAY)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        (Locale.PL, "pt w przyszłym tygodniu"),
        (Locale.PL, "piątek za tydzień"),
        (Locale.PL, "od pt do pon, następny tydzień"),
        (Locale.EN, "Fri next week"),
        (Locale.EN, "Fri in two weeks"),
        (Locale.EN, "Monday after next"),
        (Locale.SR, "petak sledeće nedelje"),
        (Locale.SR_CYRL, "петак следеће недеље"),
        (Locale.SR, "pet za dve nedelje"),
    ],
)
def test_a_weekday_of_another_week_is_refused(locale: Locale, written: str) -> None:
    with pytest.raises(ValueError, match=r"begins with no date|cannot be told apart"):
        absence_dates(written, locale, TODAY)


def test_a_date_says_which_week() -> None:
    assert absence_dates("Fri 4 December next week", Locale.EN, TODAY)[0] == date(2026, 12, 4)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        (Locale.SR, "24. decembar – 2. januar"),
        (Locale.SR, "od 24. decembra do 2. januara"),
        (Locale.SR, "24.dec - 2.jan"),
        (Locale.SR, "24. decembra 2026. - 2. januara 2027. god."),
        (Locale.SR_CYRL, "24. децембар – 2. јануар"),
        (Locale.SR_CYRL, "од 24. децембра до 2. јануара"),
        (Locale.EN, "24 December to 2 January"),
        (Locale.EN, "from the 24th of December to Jan 2"),
        (Locale.EN, "Thursday 24 Dec - Saturday 2 Jan"),
        (Locale.EN, "Dec. 24 through Jan. 2"),
    ],
)
def test_in_every_language(locale: Locale, written: str) -> None:
    assert absence_dates(written, locale, TODAY) == (*HOLIDAYS, "")


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        (Locale.PL, "piątek-poniedziałek"),
        (Locale.SR, "pet-pon"),
        (Locale.SR, "od petka do ponedeljka"),
        (Locale.SR_CYRL, "петак – понедељак"),
        (Locale.EN, "Fri-Mon"),
        (Locale.EN, "from Friday to Monday"),
    ],
)
def test_weekdays_in_every_language(locale: Locale, written: str) -> None:
    assert absence_dates(written, locale, TODAY) == (TODAY, date(2026, 11, 23), "")


MONTHS = {
    Locale.PL: "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    Locale.SR: "januar februar mart april maj jun jul avgust septembar oktobar novembar decembar",
    Locale.SR_CYRL: "јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра",
    Locale.EN: "Jan Feb March Apr May June Jul Aug Sept Oct Nov December",
}
DAYS = {
    Locale.PL: "pon wtorek śr czwartek pt sob niedziela",
    Locale.SR: "ponedeljak uto sreda čet petak sub nedelja",
    Locale.SR_CYRL: "пон уторак сре четвртак пет субота нед",
    Locale.EN: "Mon Tuesday wed Thurs Friday sat Sunday",
}
todays = st.dates(date(2026, 1, 1), date(2032, 12, 31))
locales = st.sampled_from(list(Locale))


def named(on: date, locale: Locale, year: bool) -> str:
    month = MONTHS[locale].split()[on.month - 1]
    dot = "." if locale.language == "sr" else ""
    return f"{on.day}{dot} {month}" + (f" {on.year}" if year else "")


@given(locales, todays, st.integers(0, 250), st.integers(0, 100), st.booleans(), st.sampled_from((" - ", "–", " do ")))
def test_what_is_written_with_names_is_what_is_meant(
    locale: Locale, today: date, ahead: int, length: int, with_year: bool, dash: str
) -> None:
    first_on = today + timedelta(days=ahead)
    last_on = first_on + timedelta(days=length)
    if not with_year and (first_on.month, first_on.day) == (2, 29):
        return
    written = f"{named(first_on, locale, with_year)}{dash}{named(last_on, locale, with_year)} tekst 5"
    assert absence_dates(written, locale, today) == (first_on, last_on, "tekst 5")


@given(locales, todays, st.integers(0, 6), st.integers(0, 6))
def test_weekdays_are_the_next_ones(locale: Locale, today: date, first: int, last: int) -> None:
    names = DAYS[locale].split()
    first_on, last_on, said = absence_dates(f"{names[first]} - {names[last]} tekst", locale, today)
    assert (first_on.weekday(), last_on.weekday(), said) == (first, last, "tekst")
    assert 0 <= (first_on - today).days <= 6
    assert 1 <= (last_on - first_on).days <= 7


pieces = st.sampled_from(
    [*("24", "2", "31", "12.", ".", "-", "–", "/", "2026", "2026-12-01", "1.12", "grudnia", "Dec")]
)
texts = st.lists(pieces | st.sampled_from(["pt", "do", "od", "jutro", "mart", "th", ",", "r.", "x"]), max_size=8)


@given(locales, todays, texts, st.sampled_from(("", " ")))
def test_whatever_is_written_gives_days_in_order_or_is_refused(
    locale: Locale, today: date, words: list[str], between: str
) -> None:
    written = between.join(words)
    try:
        first_on, last_on, said = absence_dates(written, locale, today)
    except ValueError:
        return
    assert timedelta(0) <= last_on - first_on <= LONGEST
    assert said in written


@given(st.text(), todays)
def test_no_text_breaks_it(written: str, today: date) -> None:
    try:
        first_on, last_on, _ = absence_dates(written, Locale.PL, today)
    except ValueError:
        return
    assert first_on <= last_on
