"""The date of return in automatic replies."""

from datetime import date

import pytest

from triage_bot.core.away import returns_on

SENT_ON = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Jestem na urlopie do 27 listopada.", date(2026, 11, 27), id="Polish, a month's name"),
        pytest.param(
            "Jestem na urlopie w dniach 20-27 listopada 2026.", date(2026, 11, 27), id="Polish, a range of days"
        ),
        pytest.param("Przebywam na urlopie od 20.11 do 27.11.2026 r.", date(2026, 11, 27), id="Polish, numbers"),
        pytest.param("Wracam w piątek, 27 listopada", date(2026, 11, 27), id="Polish, with a weekday"),
        pytest.param("I am out of the office until 27 Nov.", date(2026, 11, 27), id="English, short month"),
        pytest.param("I will be back on Friday, November 27th.", date(2026, 11, 27), id="English, month first"),
        pytest.param("Away until 2027-01-04", date(2027, 1, 4), id="ISO"),
        pytest.param("I am away until January 4.", date(2027, 1, 4), id="no year: the next one"),
        pytest.param("Na odmoru sam do 27. novembra.", date(2026, 11, 27), id="Serbian"),
        pytest.param("На одмору сам до 27. новембра 2026.", date(2026, 11, 27), id="Serbian, Cyrillic"),
        pytest.param("Ich bin bis zum 27. November abwesend.", date(2026, 11, 27), id="German"),
        pytest.param("Ich bin vom 20.11. bis 27.11.2026 im Urlaub.", date(2026, 11, 27), id="German, numbers"),
        pytest.param("I am out of the office.", None, id="no date"),
        pytest.param("Our offer 12/2020 stays as it is", None, id="a date that is over"),
        pytest.param("until 31 February", None, id="a day that does not exist"),
        pytest.param("Office hours 8:00-16:00, tel. 22 600 10 20", None, id="hours and telephone numbers"),
    ],
)
def test_the_date_is_the_one_she_named(text: str, expected: date | None) -> None:
    assert returns_on(text, SENT_ON) == expected


def test_what_she_quotes_names_no_return() -> None:
    assert returns_on("I am away.\n\n> I need it until 30 November", SENT_ON) is None
