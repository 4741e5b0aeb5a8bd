"""What she types, and what she is shown."""

import re

import pytest

from tests.desk.conftest import CLIENTS, OpenDesk, mailed
from tests.desk.talk import CLIENT_CHAT
from tests.stories.reading import at, read_mail, text_of
from triage_bot.core.items import ItemState
from triage_bot.core.standing import NOTHING_SAID
from triage_bot.desk.parsing import MENU, Command, command_of, number_of


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        pytest.param("/queue", "queue", "", id="a bare command"),
        pytest.param("/QUEUE@triage_demo_bot  Nowak ", "queue", "Nowak", id="in capitals, with the bot's name"),
        pytest.param("/kolejka", "queue", "", id="in Polish"),
        pytest.param("/tydzień", "week", "", id="with diacritics"),
        pytest.param("/помоћ", "help", "", id="in Cyrillic"),
        pytest.param("/note Nowak\nlubi krótko", "note", "Nowak\nlubi krótko", id="over two lines"),
        pytest.param("/nonsense x", "", "x", id="unknown"),
    ],
)
def test_a_command_is_known_however_it_is_written(text: str, name: str, rest: str) -> None:
    assert command_of(text) == Command(name, rest)


@pytest.mark.parametrize("text", ["queue", "", "a/queue", "/", "//", "/@bot", "5/6"])
def test_what_is_no_command(text: str) -> None:
    assert command_of(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("#12", 12), ("nr 7", 7), ("x", None), ("", None), ("²", None)]
)
def test_the_number_of_an_item(text: str, number: int | None) -> None:
    assert number_of(text) == number


async def test_the_menu_is_in_her_language(desk: OpenDesk) -> None:
    talk = await desk()
    menu = await talk.stage.telegram.wait_for(lambda: talk.stage.telegram.menu(talk.chat))
    assert [name for name, _ in menu] == list(MENU)
    assert ("undo", "Cofnij ostatnią czynność") in menu


async def test_the_service_runs_without_a_menu(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/help")
    assert "/queue [klient]" in talk.reads
    await talk.says("/nonsens")
    assert "/nonsens" in talk.reads
    assert "/undo" in talk.reads


async def test_the_queue_has_pages_that_turn_in_place(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/queue")
    assert "Nic nie czeka" in talk.reads
    for number in range(10):
        await mailed(talk, subject=f"Oferta {number}")
    await mailed(talk, sender="ewa@nowacka.example", subject="Ulotka", name="Ewa")
    await talk.says("/queue")
    assert "(11)" in talk.reads
    assert "Ulotka" in talk.reads, "what was promised comes before what was not"
    assert "Oferta 9" not in talk.reads
    shown = talk.newest
    await talk.presses("›")
    assert "Oferta 9" in talk.newest.text
    assert talk.newest.message_id == shown.message_id
    await talk.presses("#10")
    assert "Oferta 9" in talk.newest.text
    assert talk.newest.message_id == shown.message_id
    await talk.presses("Wróć")
    assert "strona 2 z 2" in talk.newest.text
    assert talk.newest.message_id == shown.message_id
    await talk.says("/queue nowacka")
    assert "(1)" in talk.reads
    assert "Ulotka" in talk.reads
    await talk.says("/queue now")
    assert "Nowak i Syn, Nowacka" in talk.reads


async def test_next_shows_the_most_urgent_item(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/next")
    assert "Nic nie czeka" in talk.reads
    await mailed(talk, subject="Zwykła")
    await mailed(talk, subject="Awaria", text="Sklep internetowy nie działa, klienci nie mogą nic kupić")
    await talk.says("/next")
    assert "Awaria" in talk.reads
    assert "Zwykła" not in talk.reads


async def test_today_and_the_week_list_promises_and_deadlines_by_day(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/today")
    assert "Żadnych obietnic" in talk.reads
    await mailed(talk, subject="Umowa", text="Proszę o umowę do 25.11.2026.")
    await talk.says("/today")
    assert "16:00 obiecane · #1 Nowak i Syn · Umowa" in talk.reads
    assert "termin" not in talk.reads
    await talk.says("/week")
    assert "środa 25 listopada" in talk.reads.lower()
    assert "termin · #1" in talk.reads
    await talk.stage.move_to(at(23, 9))
    await talk.says("/today")
    assert "Po czasie" not in talk.reads, "read as Friday ended, it is answered on Monday"
    assert "16:00 obiecane · #1 Nowak i Syn · Umowa" in talk.reads
    await talk.stage.move_to(at(23, 16, 1))
    await talk.says("/today")
    assert "Po czasie" in talk.reads


async def test_all_about_a_client_stands_in_one_place(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk, subject="Umowa")
    await talk.says("/note nowak dzwonić <b>po</b> 10")
    assert "Zanotowane" in talk.reads
    await talk.says("/client NOWAK")
    for words in (
        *("Nowak i Syn", "jan@nowak.example", "Panie Janie", "poniedziałek–piątek 8:00–16:00", "8:00, 12:00, 16:00"),
        *("2026-11-20: dzwonić <b>po</b> 10", "#1", "Umowa", "otwarte 1", "✉️ jan@nowak", "💬 500"),
    ):
        assert words in talk.reads
    await talk.says("/client now")
    assert talk.labels() == ["Nowak i Syn", "Nowacka"]
    await talk.presses("Nowacka")
    assert "ewa@nowacka.example" in talk.reads
    await talk.says("/client Kowalski")
    assert "Nie znam klienta" in talk.reads
    await talk.says("/client")
    assert len(talk.labels()) == 3


async def test_opening_an_item_shows_what_is_known_of_the_client(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk)
    await talk.says("/note Nowak i Syn NIP 5250000000")
    await talk.says("/next")
    await talk.presses("Otwórz")
    assert "NIP 5250000000" in talk.reads


async def test_facts_that_cannot_be_read_are_said_and_nothing_breaks(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/note Nowacka x")
    (file,) = (talk.stage.folder / "facts").iterdir()
    file.write_bytes(b"\xff\xfe\x00bad")
    await talk.says("/note Nowacka y")
    assert "UTF-8" in talk.reads
    await talk.says("/client Nowacka")
    assert "UTF-8" in talk.reads
    await talk.says("/note Nowacka")
    assert "Co zanotować" in talk.reads
    await talk.says("/note")
    assert "/note NAZWA TEKST" in talk.reads


async def test_a_search_finds_words_in_what_clients_wrote(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk, text="Proszę o fakturę za żółwia.")
    await talk.says("/search ZOLWIA")
    assert "#1" in talk.reads
    await talk.presses("#1")
    assert "żółwia" in talk.reads
    await talk.says("/search czegoś takiego nie ma")
    assert "Nic nie znaleziono" in talk.reads
    await talk.says("/search")
    assert "/search" in talk.reads


async def test_why_tells_the_reasons_and_the_history(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk, text="Sklep internetowy nie działa, klienci nie mogą nic kupić")
    await talk.says("/why 1")
    for words in ("Dlaczego", "Historia", "przyszła", "potwierdzona"):
        assert words in talk.reads
    await talk.says("/why 77")
    assert "#77" in talk.reads
    await talk.says("/why")
    assert "/why 12" in talk.reads


async def test_the_history_speaks_her_language(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk)
    await talk.says("/next")
    await talk.presses("Gotowe")
    await talk.presses("Cofnij")
    await talk.says("/why 1")
    for words in ("oceniona: zwykła", "zamknięta: tutaj, na Telegramie", "znów otwarta: cofnięcie"):
        assert words in talk.reads
    assert not re.search(r"desk|taken|normal", talk.reads)


async def test_away_and_back_change_what_clients_are_promised(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/away 23.11-27.11 Jestem w górach.")
    assert "poniedziałek 23 listopada" in talk.reads
    await mailed(talk, sender="ewa@nowacka.example", name="Ewa", subject="Ulotka")
    await talk.stage.move_to(at(23, 9))
    await mailed(talk, subject="Umowa")
    assert "Jestem w górach." in text_of(read_mail(talk.stage.smtp.received[-1].data))
    await talk.says("/away")
    assert "Jestem w górach." in talk.reads
    await talk.says("/back")
    assert "Witaj" in talk.reads
    await mailed(talk, sender="ewa@nowacka.example", name="Ewa", subject="Plakat", text="Proszę o plakat.")
    assert "w górach" not in text_of(read_mail(talk.stage.smtp.received[-1].data))
    await talk.says("/back")
    assert "Nie znam nieobecności" in talk.reads
    await talk.says("/away kiedyś")
    assert "/away 1.12-5.12" in talk.reads


async def test_months_and_weekdays_in_her_language(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/away 24 grudnia - 2 stycznia Wesołych Świąt!")
    assert "czwartek 24 grudnia – sobota 2 stycznia" in talk.reads
    assert "„Wesołych Świąt!”" in talk.reads
    await talk.says("/away pt-pon")
    assert "dziś – poniedziałek 23 listopada" in talk.reads


async def test_pause_and_resume(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/pause")
    assert "Przerwa" in talk.reads
    await mailed(talk)
    assert talk.stage.smtp.received == []
    assert talk.item().subject == "Oferta"
    await talk.says("/pause")
    assert "już trwa" in talk.reads
    await talk.says("/resume")
    await mailed(talk, sender="ewa@nowacka.example", name="Ewa", subject="Ulotka")
    assert len(talk.stage.smtp.received) == 1
    await talk.says("/resume")
    assert "Żadna przerwa" in talk.reads


async def test_undo_takes_back_what_was_said_and_not_something_older_instead(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk)
    await talk.says("/next")
    await talk.presses("Gotowe")
    for said, undone in (
        ("/note Nowacka lubi maki", "Cofnięte: ostatnia notatka o kliencie Nowacka usunięta."),
        ("/away 23.11-27.11 Góry.", "Cofnięte, nieobecność odwołana: poniedziałek 23 listopada – piątek 27 listopada."),
        ("/pause", "Cofnięte: klienci znów dostają potwierdzenia."),
    ):
        await talk.says(said)
        await talk.says("/undo")
        assert talk.reads == undone
        assert talk.state() is ItemState.DONE
    assert talk.stage.ask(lambda store: store.standing()) == NOTHING_SAID
    await talk.says("/client Nowacka")
    assert "maki" not in talk.reads
    await talk.says("/undo")
    assert talk.state() is ItemState.OPEN, "the deed before those"
    await talk.says("/undo")
    assert "Nie ma czego cofać" in talk.reads


async def test_a_note_that_she_has_changed_in_the_file_is_left_to_her(desk: OpenDesk) -> None:
    talk = await desk()
    await talk.says("/note Nowacka lubi maki")
    (file,) = (talk.stage.folder / "facts").iterdir()
    file.write_text(file.read_text(encoding="utf-8") + "- i róże\n", encoding="utf-8")
    await talk.says("/undo")
    assert "plik się od tego czasu zmienił" in talk.reads
    assert "maki" in file.read_text(encoding="utf-8")


async def test_nobody_else_commands(desk: OpenDesk) -> None:
    talk = await desk()
    talk.stage.telegram.client_writes(CLIENT_CHAT, "/queue", name="Jan")
    await talk.stage.quiet()
    assert not any("Nic nie czeka" in message.text for message in talk.stage.telegram.sent(CLIENT_CHAT))


async def test_two_assistants_do_not_see_each_others_items(desk: OpenDesk) -> None:
    second = "assistants:\n  - {name: Anna Druga, language: en, zone: Europe/Warsaw, telegram: 2000}\n"
    clients = CLIENTS.replace("{name: Nowacka,", '{name: Nowacka, assistant: "Anna Druga",') + second
    talk = await desk(clients=clients)
    talk.stage.telegram.opens_chat(2000, "Anna")
    await mailed(talk, subject="Umowa")
    await mailed(talk, sender="ewa@nowacka.example", name="Ewa", subject="Ulotka")
    await talk.says("/queue")
    assert "Umowa" in talk.reads
    assert "Ulotka" not in talk.reads
    await talk.says("/why 2")
    assert "Nie znam takiej sprawy" in talk.reads
    await talk.says("/search Ulotka")
    assert "Nic nie znaleziono" in talk.reads
    await talk.says("/client Nowacka")
    assert "Nie znam klienta" in talk.reads
    talk.chat = 2000
    await talk.says("/queue")
    assert "Ulotka" in talk.reads
    assert "What is waiting" in talk.reads
    assert "Umowa" not in talk.reads
