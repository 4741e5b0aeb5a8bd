"""Hours and days as they are spoken, resolved from Wednesday 10 March 2027, 10:30 in Warsaw."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.reading import read
from triage_bot.reading.model import Language, Locale
from triage_bot.reading.spoken import spoken

SENT_AT = datetime(2027, 3, 10, 10, 30, tzinfo=ZoneInfo("Europe/Warsaw"))


@pytest.mark.parametrize(
    ("locale", "text", "expected", "words"),
    [
        ("pl", "wyślij to za kwadrans dwunasta", "2027-03-10T11:45", "za kwadrans dwunasta"),
        ("pl", "wyślij to kwadrans po jedenastej", "2027-03-10T11:15", "kwadrans po jedenastej"),
        ("pl", "wyślij to do trzynastej trzydzieści", "2027-03-10T13:30", "do trzynastej trzydzieści"),
        ("pl", "wyślij to do za pięć trzecia", "2027-03-10T14:55", "do za pięć trzecia"),
        ("pl", "wyślij to do piętnastego", "2027-03-15", "do piętnastego"),
        ("pl", "wyślij to do dwudziestego piątego kwietnia", "2027-04-25", "do dwudziestego piątego kwietnia"),
        ("pl", "wyślij to na jutro na dwunastą", "2027-03-11T12:00", "na jutro na dwunastą"),
        ("pl", "zostało 40 minut, wyślij to", "2027-03-10T11:10", "zostało 40 minut"),
        ("sr", "pošalji do petnaest do dvanaest", "2027-03-10T11:45", "do petnaest do dvanaest"),
        ("sr", "pošalji do pola jedan", "2027-03-10T12:30", "do pola jedan"),
        ("sr", "pošalji do 11 i 45", "2027-03-10T11:45", "do 11 i 45"),
        ("sr", "pošalji do petnaestog", "2027-03-15", "do petnaestog"),
        ("sr", "pošalji do dvadeset petog aprila", "2027-04-25", "do dvadeset petog aprila"),
        ("sr", "ostalo je 40 minuta, pošalji", "2027-03-10T11:10", "ostalo je 40 minuta"),
        ("sr-Cyrl", "пошаљи до петнаест до дванаест", "2027-03-10T11:45", "до петнаест до дванаест"),
        ("en", "send it by a quarter to twelve", "2027-03-10T11:45", "by a quarter to twelve"),
        ("en", "send it by twenty past eleven", "2027-03-10T11:20", "by twenty past eleven"),
        ("en", "send it by the fifteenth", "2027-03-15", "by the fifteenth"),
        ("en", "send it by the twenty-fifth of April", "2027-04-25", "by the twenty-fifth of April"),
        ("en", "send it, 40 minutes left", "2027-03-10T11:10", "40 minutes left"),
        ("en", "send it in a fortnight", "2027-03-24", "in a fortnight"),
        ("en", "for 10 tomorrow I need the list", "2027-03-11T10:00", "for 10 tomorrow"),
        ("en", "send it before 11 or we lose the slot", "2027-03-10T11:00", "before 11"),
    ],
)
def test_a_spoken_hour_or_day_is_a_deadline_in_the_words_of_the_client(
    locale: str, text: str, expected: str, words: str
) -> None:
    found = read("", text, sent_at=SENT_AT, prior=Locale(locale), medium="chat").deadline
    assert found is not None
    at = found.at.strftime("%Y-%m-%dT%H:%M") if isinstance(found.at, datetime) else found.at.isoformat()
    assert (at, found.words) == (expected, words)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pl", "za pięć dni"),
        ("pl", "za kwadrans wychodzę"),
        ("pl", "do pierwszego spotkania"),
        ("pl", "dwadzieścia osób"),
        ("sr", "pet do deset dana"),
        ("sr", "pola sata"),
        ("sr", "prvog kupca"),
        ("en", "five to ten people"),
        ("en", "a quarter of the budget"),
        ("en", "the first draft"),
    ],
)
def test_what_is_no_hour_stays_as_it_is_written(language: str, text: str) -> None:
    assert spoken(Language(language)).in_digits(text) == (text, [])


@pytest.mark.parametrize("language", list(Language))
def test_the_text_keeps_its_length(language: Language) -> None:
    text = "do za kwadrans dwunasta do petnaest do dvanaest by a quarter to twelve do pietnastego, by the tenth."
    assert len(spoken(language).in_digits(text)[0]) == len(text)


def test_an_hour_of_the_night_that_is_said_to_be_one_stays_there() -> None:
    assert "04:45" in spoken(Language.EN).in_digits("at a quarter to five in the morning")[0]
    assert "16:45" in spoken(Language.EN).in_digits("at a quarter to five")[0]


@pytest.mark.parametrize("language", Language)
def test_every_shape_is_a_pattern(language: Language) -> None:
    """Each is compiled only when a text may hold it."""
    assert all(re.compile(shape) for shape, _ in spoken(language)._shapes)
