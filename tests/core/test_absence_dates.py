"""The days that she writes when she says that she is away."""

from datetime import date

import pytest

from triage_bot.core.absence_dates import absence_dates
from triage_bot.reading.model import Locale

TODAY = date(2026, 11, 20)
WEEK = (date(2026, 12, 1), date(2026, 12, 5))


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
    ],
)
def test_what_is_no_absence_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day|begins|away|there is no"):
        absence_dates(written, Locale.PL, TODAY)
