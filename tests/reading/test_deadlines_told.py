"""Deadlines told by an event, taken back, corrected or counted; from Wednesday 10 March 2027, 10:30 in Warsaw."""

from datetime import datetime
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from triage_bot.reading import read
from triage_bot.reading.model import Locale

SENT_AT = datetime(2027, 3, 10, 10, 30, tzinfo=ZoneInfo("Europe/Warsaw"))


def deadline(text: str, locale: str) -> str:
    found = read("", text, sent_at=SENT_AT, prior=Locale(locale), medium="chat").deadline
    if found is None:
        return "-"
    return found.at.strftime("%d %H:%M") if isinstance(found.at, datetime) else found.at.strftime("%m-%d")


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("nie na czwartek, na piątek. lista rzeczy do magazynu poproszę", "pl", "03-12"),
        ("przygotuj plakat na czwartek. Nie, jednak na piątek", "pl", "03-12"),
        ("nie musi być na dziś, do końca tygodnia wystarczy - spis kluczy", "pl", "03-12"),
        ("ne do četvrtka, do petka. spisak ključeva molim", "sr", "03-12"),
        ("pripremi plakat do četvrtka. Ne, izvini, do petka", "sr", "03-12"),
        ("ne mora danas, do kraja nedelje je ok - spisak ključeva", "sr", "03-12"),
        ("not by Thursday, Friday will do. list of keys please", "en", "03-12"),
        ("please do the poster by Thursday. No, sorry, Friday", "en", "03-12"),
        ("it doesn't have to be today, before the weekend is fine - please list the keys", "en", "03-12"),
        ("not tomorrow, the day after. the poster please", "en", "03-12"),
    ],
)
def test_what_is_taken_back_is_no_deadline_and_what_stands_in_its_place_is(
    text: str, locale: str, expected: str
) -> None:
    assert deadline(text, locale) == expected


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("odbiór domu jest 24 marca, na dzień przed nim przygotuj mi proszę protokół", "pl", "03-23"),
        ("wesele 27 marca, tydzień wcześniej wyślij proszę listę gości", "pl", "03-20"),
        ("primopredaja je 24. marta, dan ranije mi pripremi zapisnik", "sr", "03-23"),
        ("the handover is on 24 March, prepare the protocol the day before please", "en", "03-23"),
        ("the fair is on 24 March, please print the badges two days before", "en", "03-22"),
        ("targi są 24 marca, identyfikatory wydrukuj proszę 3 dni wcześniej", "pl", "03-21"),
        ("sajam je 24. marta, odštampaj molim te bedževe jedan dan ranije", "sr", "03-23"),
        ("sajam je 27. marta, odštampaj molim te bedževe dve nedelje ranije", "sr", "03-13"),
        ("the fair is on 24 March, please print the badges 100 days before", "en", "03-24"),
        ("masz 3 dni robocze na ten spis, zrób go proszę", "pl", "03-15"),
        ("prepare the inventory in 3 working days please", "en", "03-15"),
        ("wyślij proszę raport w środę w przyszłym tygodniu", "pl", "03-17"),
        ("send me the report on Friday next week please", "en", "03-19"),
        ("przygotuj proszę zestawienie na koniec kwartału", "pl", "03-31"),
    ],
)
def test_days_are_counted_from_the_day_named(text: str, locale: str, expected: str) -> None:
    assert deadline(text, locale) == expected


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("u pola dvanaest zove majstor, pošalji mi račun", "sr", "10 11:30"),
        ("do pola jedan mi pošalji račun", "sr", "10 12:30"),
        ("wpół do dwunastej przychodzi hydraulik, wyślij mi rachunek", "pl", "10 11:30"),
        ("za trzy kwadranse wyjeżdżam, wydrukuj proszę mapę", "pl", "10 11:15"),
        ("do dwunastej trzydzieści wydrukuj proszę mapę", "pl", "10 12:30"),
        ("print the map by eleven fifteen please", "en", "10 11:15"),
        ("two o'clock at the latest, print the map please", "en", "10 14:00"),
        ("print the map an hour from now please", "en", "10 11:30"),
        ("masz godzinę, potem wyłączają prąd. wydrukuj mapę", "pl", "10 11:30"),
        ("imaš 40 minuta, onda gase struju. odštampaj mapu", "sr", "10 11:10"),
        ("wydrukuj mapę między 12 a 14", "pl", "10 14:00"),
        ("przed obiadem wydrukuj mi mapę", "pl", "03-10"),
        ("print the map before lunch please", "en", "03-10"),
        ("w piątek 8 rano mapa musi być w aucie, wydrukuj", "pl", "12 08:00"),
        ("do 28 marca, godz. 23:59 złóż proszę wniosek", "pl", "28 23:59"),
        ("do 26 marca 2027 r. do godz. 15:00 złóż proszę wniosek", "pl", "26 15:00"),
        ("do 27-go złóż proszę wniosek", "pl", "03-27"),
        ("do 20. tego miesiąca złóż proszę wniosek", "pl", "03-20"),
        ("podnesi molim te zahtev do 20-og", "sr", "03-20"),
    ],
)
def test_hours_and_days_as_they_are_spoken(text: str, locale: str, expected: str) -> None:
    assert deadline(text, locale) == expected


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("o 15 lista chętnych się zamyka, dopisz mnie proszę", "pl", "10 15:00"),
        ("lekarz zaczyna o 12, do tej pory karty pacjentów muszą leżeć na biurku", "pl", "10 12:00"),
        ("radnja se otvara u 12, do tad cenovnik mora da bude na vratima", "sr", "10 12:00"),
        ("doors open at 12, the price list has to be up by then", "en", "10 12:00"),
        ("zaraz po 13 przyjeżdża inspektor, wydrukuj mi plan", "pl", "10 13:00"),
        ("change the door code before the plumber gets here at 12", "en", "10 12:00"),
        ("the passport runs out on 5 April, please apply for a new one", "en", "04-05"),
        ("Our guest in New York needs the map by 9am their time, please send it", "en", "10 15:00"),
        ("Gość z Londynu czeka na mapę do 12 swojego czasu, wyślij ją proszę", "pl", "10 13:00"),
    ],
)
def test_an_event_tells_by_when_it_must_be_done(text: str, locale: str, expected: str) -> None:
    assert deadline(text, locale) == expected


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("Spotkanie 22 marca o 9:00 poprowadzi Ewa. Listę gości wyślij proszę do piątku.", "pl", "03-12"),
        ("wczoraj o 16 był u nas dekarz, zrób notatkę na poniedziałek", "pl", "03-15"),
        ("The talks took place here on 9 March, 10:00 to 14:00. Please type up the minutes by Friday.", "en", "03-12"),
        ("Drže nam cenu od 189 evra do sutra u 10. Polazak 22.03. u 6:15. Molim te kupi kartu.", "sr", "11 10:00"),
    ],
)
def test_of_several_days_the_one_by_which_it_is_needed_counts(text: str, locale: str, expected: str) -> None:
    assert deadline(text, locale) == expected


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("zmień na stronie godziny: pn-pt 8:00-16:00, sob. 9:00-13:00", "pl"),
        ("please change the hours on the site: Mon-Fri 8:00-16:00, Sat 9am-1pm", "en"),
        ("promeni na sajtu radno vreme: pon-pet 8-16h, sub 9-13h", "sr"),
        ("we open at 9 and close at 5, put that on the site please", "en"),
        ("wysyłkę zacznij proszę nie wcześniej niż 22 marca", "pl"),
        ("please start the mailing no earlier than 22 March", "en"),
        ("slanje počni ne pre 22. marta, molim te", "sr"),
        ("zapłać proszę za parking, wyszło 14:30 zł", "pl"),
        ("wizyta 18 marca o 10:30 nie pasuje, przełóż ją proszę", "pl"),
        ("the 18 March slot doesn't suit, please move it", "en"),
        ("w soboty dokładaj proszę ulotki do paczek", "pl"),
    ],
)
def test_hours_and_days_of_a_thing_are_no_deadline(text: str, locale: str) -> None:
    assert deadline(text, locale) == "-"


def test_many_corrections_take_no_longer_than_their_length() -> None:
    def took(count: int) -> float:
        text = "not by 9-12 no, by friday the day before 3 may their time " * count
        started = process_time()
        deadline(text, "en")
        return process_time() - started

    took(20)
    assert min(took(120) for _ in range(3)) < 40 * max(0.001, min(took(12) for _ in range(3)))
