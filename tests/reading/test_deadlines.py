"""Deadlines, resolved from Wednesday 10 March 2027, 10:30 in Warsaw."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.reading import read
from triage_bot.reading.model import Locale

SENT_AT = datetime(2027, 3, 10, 10, 30, tzinfo=ZoneInfo("Europe/Warsaw"))


def deadline(text: str, locale: str, sent_at: datetime = SENT_AT) -> str:
    found = read("", text, sent_at=sent_at, prior=Locale(locale), medium="chat").deadline
    if found is None:
        return "-"
    return found.at.strftime("%Y-%m-%dT%H:%M") if isinstance(found.at, datetime) else found.at.isoformat()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("do 15", "2027-03-10T15:00"),
        ("do 15:30", "2027-03-10T15:30"),
        ("do 15.30", "2027-03-10T15:30"),
        ("do godz. 15", "2027-03-10T15:00"),
        ("do godziny 13:30 w dniu dzisiejszym", "2027-03-10T13:30"),
        ("do piętnastej", "2027-03-10T15:00"),
        ("do 14-tej", "2027-03-10T14:00"),
        ("przed 14", "2027-03-10T14:00"),
        ("najpóźniej o 13", "2027-03-10T13:00"),
        ("za godzinę", "2027-03-10T11:30"),
        ("za pół godziny", "2027-03-10T11:00"),
        ("w ciągu dwóch godzin", "2027-03-10T12:30"),
        ("do południa", "2027-03-10T12:00"),
        ("jeszcze dziś", "2027-03-10"),
        ("do końca dnia", "2027-03-10"),
        ("na jutro", "2027-03-11"),
        ("jutro do 16", "2027-03-11T16:00"),
        ("do jutra do 9:00", "2027-03-11T09:00"),
        ("pojutrze", "2027-03-12"),
        ("do piątku", "2027-03-12"),
        ("do piątku do 12", "2027-03-12T12:00"),
        ("do końca tygodnia", "2027-03-12"),
        ("do końca miesiąca", "2027-03-31"),
        ("do końca kwietnia", "2027-04-30"),
        ("do 15 kwietnia", "2027-04-15"),
        ("do 3.11", "2027-11-03"),
        ("do 3.11.2027", "2027-11-03"),
        ("do 2027-04-01", "2027-04-01"),
        ("do poniedzialku", "2027-03-15"),
        ("do 14:00 czasu londyńskiego", "2027-03-10T15:00"),
        ("natychmiast", "-"),
        ("na wczoraj", "-"),
        ("jak najszybciej", "-"),
        ("do 1 marca", "-"),
    ],
)
def test_polish(words: str, expected: str) -> None:
    assert deadline(f"proszę przygotować zestawienie kosztów {words}", "pl") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("do 15h", "2027-03-10T15:00"),
        ("do 15 časova", "2027-03-10T15:00"),
        ("do 15:30", "2027-03-10T15:30"),
        ("do pola 3", "2027-03-10T14:30"),
        ("do 3 popodne", "2027-03-10T15:00"),
        ("do podne", "2027-03-10T12:00"),
        ("za sat vremena", "2027-03-10T11:30"),
        ("za pola sata", "2027-03-10T11:00"),
        ("u roku od dva sata", "2027-03-10T12:30"),
        ("još danas", "2027-03-10"),
        ("do kraja dana", "2027-03-10"),
        ("za sutra", "2027-03-11"),
        ("sutra do 10", "2027-03-11T10:00"),
        ("do prekosutra", "2027-03-12"),
        ("do petka", "2027-03-12"),
        ("до петка", "2027-03-12"),
        ("до петка у 10", "2027-03-12T10:00"),
        ("do kraja nedelje", "2027-03-12"),
        ("do kraja meseca", "2027-03-31"),
        ("do 15. aprila", "2027-04-15"),
        ("do 15.4.", "2027-04-15"),
        ("najkasnije u ponedeljak", "2027-03-15"),
        ("odmah", "-"),
        ("što pre", "-"),
        ("do 1. marta", "-"),
    ],
)
def test_serbian(words: str, expected: str) -> None:
    assert deadline(f"molim vas pripremite pregled troškova {words}", "sr") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("by 3pm", "2027-03-10T15:00"),
        ("by 3", "2027-03-10T15:00"),
        ("by 15:30", "2027-03-10T15:30"),
        ("by half past two", "2027-03-10T14:30"),
        ("before noon", "2027-03-10T12:00"),
        ("in an hour", "2027-03-10T11:30"),
        ("within two hours", "2027-03-10T12:30"),
        ("by EOD", "2027-03-10"),
        ("today", "2027-03-10"),
        ("by tomorrow", "2027-03-11"),
        ("by close of business tomorrow", "2027-03-11"),
        ("by noon tomorrow", "2027-03-11T12:00"),
        ("by Friday", "2027-03-12"),
        ("by Fri 10am", "2027-03-12T10:00"),
        ("by the end of the week", "2027-03-12"),
        ("by the end of the month", "2027-03-31"),
        ("by April 15th", "2027-04-15"),
        ("by 15 April", "2027-04-15"),
        ("by the 15th", "2027-03-15"),
        ("by 2pm London time", "2027-03-10T15:00"),
        ("by 5pm Eastern", "2027-03-10T23:00"),
        ("asap", "-"),
        ("whenever you like", "-"),
        ("by March 1st", "-"),
    ],
)
def test_english(words: str, expected: str) -> None:
    assert deadline(f"please prepare the cost summary {words}", "en") == expected


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        pytest.param("zarezerwuj stolik na 25 czerwca na 19", "pl", id="a table"),
        pytest.param("popraw proszę fakturę z 3 marca", "pl", id="an invoice's date"),
        pytest.param("sklep jest otwarty od 9 do 17, popraw to na stronie", "pl", id="opening hours"),
        pytest.param("rezerviši hotel za 3. jun", "sr", id="a hotel"),
        pytest.param("please book a flight for 14 June", "en", id="a flight"),
        pytest.param("order 30 boxes for 12 people", "en", id="numbers"),
        pytest.param("dzięki, do jutra!", "pl", id="a farewell"),
    ],
)
def test_the_date_of_a_thing_is_no_deadline(text: str, locale: str) -> None:
    assert deadline(text, locale) == "-"


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        pytest.param("o 14 mam zarząd, przygotuj mi proszę budżet", "pl", "2027-03-10T14:00", id="a meeting today"),
        pytest.param("sutra u 9 imam sastanak, pošalji mi ugovor", "sr", "2027-03-11T09:00", id="a meeting tomorrow"),
        pytest.param("I'm seeing the bank at 2, send me the figures", "en", "2027-03-10T14:00", id="seeing the bank"),
        pytest.param(
            "do piątku raport, a do jutra lista gości proszę", "pl", "2027-03-11", id="the earliest of several"
        ),
    ],
)
def test_an_event_for_which_something_must_be_ready_is_one(text: str, locale: str, expected: str) -> None:
    assert deadline(text, locale) == expected


def test_an_hour_of_the_morning_said_in_the_evening_is_of_tomorrow() -> None:
    assert deadline("potrzebuję umowę do 9", "pl", SENT_AT.replace(hour=19)) == "2027-03-11T09:00"


def test_the_words_of_the_deadline_are_the_clients_own() -> None:
    found = read("", "Molim Vas пошаљите до Петка!", sent_at=SENT_AT, prior=Locale.SR)
    assert found.deadline is not None
    assert found.deadline.words == "до Петка"
