"""What a message means as a whole: one table a rule, in all languages. Wednesday 10 March 2027, 10:30 in Warsaw."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.reading import read
from triage_bot.reading.model import Kind, Locale, Missing, Reading, Tone

SENT_AT = datetime(2027, 3, 10, 10, 30, tzinfo=ZoneInfo("Europe/Warsaw"))


def chat(locale: str, text: str, sent_at: datetime = SENT_AT) -> Reading:
    return read("", text, sent_at=sent_at, prior=Locale(locale), medium="chat")


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pl", "hipotetycznie: gdyby nam padł sklep w święta, ogarnęłabyś to?"),
        ("sr", "a šta bi bilo kad bi nam jednom pao sajt usred akcije?"),
        ("en", "theoretically, if our till died on a Saturday, could you take orders by phone?"),
    ],
)
def test_an_imagined_failure_is_a_question(locale: str, text: str) -> None:
    found = chat(locale, text)
    assert (found.kind, found.harm, found.tone) == (Kind.QUESTION, (), Tone.NEUTRAL)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pl", "z góry dziękuję! Na jutro potrzebne 12 identyfikatorów"),
        ("sr", "unapred hvala! Za sutra treba 12 pločica sa imenima"),
        ("en", "many thanks in advance! 12 name badges for tomorrow"),
    ],
)
def test_thanks_for_what_is_still_to_be_done_ask_for_it(locale: str, text: str) -> None:
    found = chat(locale, text)
    assert (found.kind, found.needs_ack, found.deadline is not None) == (Kind.TASK, True, True)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pl", "tyle deszczu ze kot placze 😂"),
        ("sr", "toliko kiše da mačka plače 😂"),
        ("en", "so much rain that even the cat is crying lol"),
    ],
)
def test_who_laughs_and_wants_nothing_chats(locale: str, text: str) -> None:
    found = chat(locale, text)
    assert (found.kind, found.harm, found.needs_ack) == (Kind.SMALLTALK, (), False)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pl", "idiotko, 25 dzieci stoi na peronie bez biletów, dzwoń do przewoźnika"),
        ("sr", "glupačo jedna, 25 dece stoji na peronu bez karata, zovi prevoznika"),
        ("en", "you stupid cow, 25 kids at the gate without tickets, ring the coach firm"),
    ],
)
def test_who_insults_but_has_people_waiting_wants_something_done(locale: str, text: str) -> None:
    found = chat(locale, text)
    assert (found.kind, found.tone, bool(found.harm)) == (Kind.TASK, Tone.ABUSIVE, True)


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pl", "klientka była wczoraj wściekła, ale już jej przeszło"),
        ("pl", "stary piec padł, nowy chodzi od maja"),
        ("sr", "klijentkinja je juče bila besna ali prošlo je"),
        ("sr", "stari kotao crkao, novi radi od maja"),
        ("en", "the client was furious yesterday but she's fine now"),
        ("en", "our old boiler died, the new one has run since May"),
        ("pl", "panel nie działa jeszcze, programista skończy w maju"),
        ("sr", "panel ne radi još, programer završava u maju"),
        ("en", "the panel isn't live yet, the developer finishes in May"),
    ],
)
def test_harm_that_is_over_or_known_is_none(locale: str, text: str) -> None:
    assert chat(locale, text).harm == ()


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pl", "wózkowy przewrócił regał, kierowca czeka, a kod do bramy masz tylko ty"),
        ("pl", "dostali nasz cennik hurtowy, poszło do całej konkurencji"),
        ("sr", "viljuškar srušio regal, vozač čeka, a kod za kapiju imaš samo ti"),
        ("en", "forklift knocked the rack over, driver's waiting and only you have the gate code"),
        ("en", "the code was meant to give 5 and gives 50 instead of 5, orders are rolling in"),
        ("pl", "kod miał dawać 5 procent, a daje 50, zamówienia lecą"),
        ("sr", "kod je trebalo da daje 5 posto a daje 50, porudžbine pljušte"),
    ],
)
def test_what_is_going_wrong_is_harm_although_nothing_is_asked_for(locale: str, text: str) -> None:
    assert chat(locale, text).harm


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("pl", "zarezerwuj nam kort na 8 kwietnia o 17"),
        ("sr", "rezerviši nam teren za 8. april u 17"),
        ("en", "get us a court for 8 April 5pm"),
    ],
)
def test_the_day_of_a_thing_that_is_booked_is_no_deadline_and_one_is_missing(locale: str, text: str) -> None:
    found = chat(locale, text)
    assert (found.deadline, Missing.DEADLINE in found.missing) == (None, True)


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("pl", "jutro o 6 rusza autokar, popraw listę pasażerów", 6),
        ("sr", "sutra u 6 kreće autobus, ispravi spisak putnika", 6),
        ("en", "the coach leaves at 6 tomorrow, correct the passenger list", 6),
        ("en", "dinner is at 6 tomorrow, send me the menu by then", 18),
    ],
)
def test_what_sets_out_at_six_does_so_in_the_morning(locale: str, text: str, expected: int) -> None:
    due = chat(locale, text).deadline
    assert due is not None
    assert isinstance(due.at, datetime)
    assert due.at.hour == expected


@pytest.mark.parametrize(
    ("locale", "ask", "notice"),
    [
        ("pl", "Ogarnie to Pani?", "Państwa rezerwacja wygasa dziś o godz. 15:00."),
        ("sr", "Reši ovo molim te.", "Rezervacija ističe danas u 15.00 časova."),
        ("en", "One for you please.", "Your reservation expires today at 15:00."),
    ],
)
def test_what_expires_in_a_notice_that_is_to_be_dealt_with_counts(locale: str, ask: str, notice: str) -> None:
    body = (
        f"{ask}\n\n---------- Forwarded message ---------\nFrom: Hall <hall@hall.example>\nSubject: Option\n\n{notice}"
    )
    due = read("Fwd: Option", body, sent_at=SENT_AT, prior=Locale(locale)).deadline
    assert due is not None
    assert due.at == SENT_AT.replace(hour=15, minute=0)


def test_a_weekday_that_is_today_excuses_the_hour_and_is_no_deadline() -> None:
    saturday = SENT_AT.replace(day=13)
    assert chat("en", "find the spare key please, saturday i know", saturday).deadline is None


def test_a_weekday_beside_its_date_is_that_date() -> None:
    due = chat("en", "type the list up by Monday 12 April").deadline
    assert due is not None
    assert due.at == date(2027, 4, 12)
