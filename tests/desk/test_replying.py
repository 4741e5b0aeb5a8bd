"""She answers a client from Telegram."""

from datetime import timedelta
from email.utils import getaddresses

import pytest

from tests.desk.conftest import CLIENTS, OpenDesk, mailed
from tests.desk.talk import CLIENT_CHAT, Talk
from tests.stories.reading import at, read_mail, text_of
from triage_bot.core.items import ItemState
from triage_bot.demo.stage import ASSISTANT_CHAT


async def begun(desk: OpenDesk, **mail: str) -> Talk:
    """A mail is opened, and she has pressed Reply."""
    talk = await desk()
    await mailed(talk, **mail)
    await talk.says("/next")
    await talk.presses("Odpowiedz")
    return talk


async def test_the_answer_is_shown_as_it_will_go_and_goes_threaded_from_the_right_address(desk: OpenDesk) -> None:
    talk = await begun(desk, text="Proszę o ofertę.\nNajlepiej dziś.")
    assert "Jan" in talk.reads or "Nowak" in talk.reads
    await talk.says("Dzień dobry, oferta w drodze <b>&.")
    preview = talk.reads
    for words in ("jan@nowak.example", "Re: Oferta", "<b>&.", "Katarzyna Zaradna", "> Proszę o ofertę."):
        assert words in preview
    await talk.presses("Wyślij")
    assert "20 s" in talk.toast
    assert talk.state() is ItemState.ANSWERED
    assert len(talk.stage.smtp.received) == 1  # the acknowledgement: it can still be taken back
    await talk.waits()
    answer = read_mail(talk.stage.smtp.received[-1].data)
    original = talk.stage.ask(lambda store: store.messages_of(1))[0]
    assert answer["In-Reply-To"] == f"<{original.message_id}>"
    assert original.message_id in answer["References"]
    assert answer["Subject"] == "Re: Oferta"
    assert [address for _, address in getaddresses([answer["From"]])] == ["kontakt@zaradna.example"]
    assert "Auto-Submitted" not in answer
    assert "@triage-bot." in answer["Message-ID"]
    assert text_of(answer).replace("\r\n", "\n") == (
        "Dzień dobry, oferta w drodze <b>&.\n\n"
        "Katarzyna Zaradna\n\n"
        "W dniu 20 listopada o 13:00 Jan Nowak pisze:\n"
        "> Proszę o ofertę.\n> Najlepiej dziś.\n"
    )
    (line,) = talk.stage.ask(lambda store: store.promises_of(1))
    assert line.promise.state == "kept"


async def test_send_pressed_twice_sends_once(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.says("Już wysyłam.")
    preview = talk.newest
    data = preview.buttons[0][0][1]
    telegram = talk.stage.telegram
    callbacks = [telegram.press(talk.chat, preview.message_id, data) for _ in range(2)]
    await telegram.wait_for(lambda: set(callbacks) <= telegram.callback_answers.keys())
    await talk.waits()
    assert len(talk.stage.smtp.received) == 2  # the acknowledgement and one answer
    assert "jest już odpowiedź" in telegram.callback_answers[callbacks[1]]


async def test_an_answer_taken_back_in_time_never_leaves_and_is_a_draft_again(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.says("Pomyłka.")
    await talk.presses("Wyślij")
    await talk.presses("Cofnij")
    assert "Cofnięte" in talk.toast
    await talk.waits()
    assert len(talk.stage.smtp.received) == 1
    assert talk.state() is ItemState.OPEN
    await talk.presses("Odpowiedz")
    assert "Pomyłka." in talk.reads
    await talk.presses("Wyślij")
    await talk.waits()
    await talk.says("/undo")
    assert "Za późno" in talk.reads
    assert len(talk.stage.smtp.received) == 2


async def test_further_messages_extend_the_draft_and_edit_replaces_it(desk: OpenDesk) -> None:
    talk = await begun(desk)
    first = await talk.says("Pierwsze zdanie.")
    old = talk.newest
    await talk.says("Drugie zdanie.")
    assert "Pierwsze zdanie.\n\nDrugie zdanie." in talk.reads
    await talk.presses("Wyślij", on=old)
    assert "Najnowsza wersja" in talk.toast
    await talk.edits(first, "Poprawione zdanie.")
    assert "Poprawione zdanie.\n\nDrugie zdanie." in talk.reads
    await talk.presses("Zmień")
    assert "Poprawione zdanie." in talk.reads
    await talk.says("Zupełnie inaczej.")
    assert "Drugie" not in talk.reads
    await talk.presses("Odrzuć")
    await talk.waits()
    assert len(talk.stage.smtp.received) == 1
    await talk.says("A to dokąd?")
    assert "Nie wiem, do kogo" in talk.reads


async def test_a_discarded_draft_can_be_taken_back(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.says("Szkoda wyrzucać.")
    await talk.presses("Odrzuć")
    await talk.says("/undo")
    assert "Szkic do sprawy #1 znów jest" in talk.reads
    await talk.presses("Odpowiedz")
    assert "Szkoda wyrzucać." in talk.reads
    assert talk.state() is ItemState.OPEN


async def test_a_draft_survives_a_restart_and_is_forgotten_after_a_day(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.says("Połowa odpowiedzi.")
    await talk.stage.stop()
    await talk.stage.start()
    await talk.says("Druga połowa.")
    assert "Połowa odpowiedzi.\n\nDruga połowa." in talk.reads
    preview = talk.newest
    await talk.stage.move_to(at(22, 9))
    await talk.presses("Wyślij", on=preview)
    assert "Nie ma już szkicu" in talk.toast


async def test_answering_the_message_of_an_item_begins_a_draft(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk)
    await talk.says("/next")
    await talk.says("Od razu odpisuję.", to=talk.newest)
    assert "Od razu odpisuję." in talk.reads
    assert any("Wyślij" in label for label in talk.labels())


async def test_a_file_that_she_sends_along_is_attached_and_removed_afterwards(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.attaches("oferta.pdf", b"%PDF-1.7 oferta", "W załączeniu.")
    assert "oferta.pdf" in talk.reads
    assert "W załączeniu." in talk.reads
    folder = talk.stage.folder / "triage_bot.attachments"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(list(folder.iterdir())) == 1
    await talk.presses("Wyślij")
    await talk.waits()
    answer = read_mail(talk.stage.smtp.received[-1].data)
    (attachment,) = answer.iter_attachments()
    assert attachment.get_filename() == "oferta.pdf"
    assert attachment.get_content() == b"%PDF-1.7 oferta"
    await talk.waits(timedelta(minutes=5))
    await talk.stage.until(lambda store: not list(folder.iterdir()))


async def test_what_nobody_is_to_send_is_removed_at_the_start(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.attaches("oferta.pdf", b"%PDF")
    folder = talk.stage.folder / "triage_bot.attachments"
    (kept,) = folder.iterdir()
    (folder / "left-over").write_bytes(b"x")
    await talk.stage.stop()
    await talk.stage.start()
    await talk.stage.until(lambda store: list(folder.iterdir()) == [kept])


async def test_a_file_over_the_limit_is_not_attached_and_a_discarded_one_is_removed(desk: OpenDesk) -> None:
    limit = "desk: {most_attachment_bytes: 100}\n"
    talk = await desk(clients=CLIENTS + limit)
    await mailed(talk)
    await talk.says("/next")
    await talk.presses("Odpowiedz")
    await talk.attaches("film.mp4", b"x" * 500, "Film")
    assert "film.mp4" in talk.reads
    assert "Bez załącznika" in talk.reads
    await talk.attaches("maly.txt", b"x" * 50)
    await talk.presses("Odrzuć")
    assert list((talk.stage.folder / "triage_bot.attachments").iterdir()) == []


async def test_a_client_on_telegram_is_answered_in_her_chat(desk: OpenDesk) -> None:
    talk = await desk()
    talk.stage.telegram.client_writes(CLIENT_CHAT, "Kiedy będzie gotowa ulotka?", name="Jan Nowak")
    await talk.stage.quiet()
    await talk.says("/next")
    await talk.presses("Odpowiedz")
    await talk.says("Jutro rano! <i>")
    assert "Katarzyna Zaradna" not in talk.reads
    await talk.presses("Wyślij")
    await talk.waits()
    answer = talk.stage.telegram.sent(CLIENT_CHAT)[-1]
    assert answer.text == "Jutro rano! <i>"
    assert answer.reply_to is not None
    assert talk.state() is ItemState.ANSWERED


async def test_asking_for_details_shows_the_question_and_then_waits_for_the_client(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk, sender="ann@baker.example", text="Please prepare a leaflet.", subject="Leaflet", name="Ann")
    await talk.says("/next")
    await talk.presses("szczegóły")
    assert "Before I can start" in talk.reads
    await talk.presses("Wyślij")
    assert talk.state() is ItemState.WAITING
    await talk.waits()
    assert "Before I can start" in text_of(read_mail(talk.stage.smtp.received[-1].data))


async def test_a_suggested_answer_is_shown_first(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk, text="Jaki jest Pani NIP?", subject="Pytanie")
    await talk.says("/next")
    await talk.presses("NIP")
    assert "123-456-78-90" in talk.reads
    assert len(talk.stage.smtp.received) == 1
    await talk.presses("Wyślij")
    await talk.waits()
    assert "123-456-78-90" in text_of(read_mail(talk.stage.smtp.received[-1].data))
    assert talk.state() is ItemState.ANSWERED


async def test_what_she_wrote_stands_above_a_text_that_is_offered(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk, text="Jaki jest Pani NIP?", subject="Pytanie")
    await talk.says("/next")
    card = talk.newest
    await talk.says("Dzień dobry, oto on:", to=card)
    await talk.presses("NIP", on=card)
    assert "Dzień dobry, oto on:\n\nNIP: 123-456-78-90" in talk.newest.text
    await talk.presses("szczegóły", on=card)
    assert "Dzień dobry, oto on:\n\n" in talk.newest.text
    assert "Zanim zacznę" in talk.newest.text
    assert "123-456-78-90" not in talk.newest.text


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param("Please prepare a leaflet.", True, id="nothing is known of a deadline"),
        pytest.param("Please prepare a leaflet by 27 November.", False, id="the deadline stands in the message"),
    ],
)
async def test_a_deadline_that_the_client_gave_is_not_asked_for(desk: OpenDesk, text: str, asked: bool) -> None:
    talk = await desk()
    await mailed(talk, sender="ann@baker.example", text=text, subject="Leaflet", name="Ann")
    await talk.says("/next")
    await talk.presses("szczegóły")
    assert "what exactly it should cover" in talk.reads
    assert ("when you need it" in talk.reads) is asked


async def test_an_old_button_after_an_undo_does_not_point_to_what_is_not_there(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.says("Pierwsze zdanie.")
    old = talk.newest
    await talk.says("Drugie zdanie.")
    await talk.presses("Wyślij")
    await talk.presses("Cofnij")
    await talk.presses("Wyślij", on=old)
    assert "już nieaktualny" in talk.toast
    assert "niżej" not in talk.toast


async def test_what_cannot_be_attached_is_said_to_be_so(desk: OpenDesk) -> None:
    talk = await begun(desk)
    talk.stage.telegram.client_sends_location(talk.chat, 52.2, 21.0)
    await talk.stage.quiet()
    assert "Tego nie da się dołączyć" in talk.newest.text
    await talk.says("Spotkajmy się tam.")
    assert "Spotkajmy się tam." in talk.reads


async def test_a_file_with_a_command_below_it_is_not_attached_and_she_is_told(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.attaches("oferta.pdf", b"%PDF-1.7 oferta", "/next")
    assert "Tego nie da się dołączyć" in talk.reads
    assert "#1" in talk.reads


async def test_an_exception_is_recorded_and_the_client_told_once_a_day(desk: OpenDesk) -> None:
    talk = await desk(at(20, 18))
    await mailed(talk, sender="ann@baker.example", text="Please book the flights.", subject="Flights", name="Ann")
    await talk.says("/next")
    card = talk.newest
    await talk.presses("wyjątek")
    assert "As an exception" in talk.reads or "as an exception" in talk.reads
    await talk.presses("Wyślij")
    await talk.waits()
    assert "as an exception" in text_of(read_mail(talk.stage.smtp.received[-1].data))
    assert talk.state() is ItemState.OPEN
    assert "exemption" in talk.events()
    sent_so_far = len(talk.stage.smtp.received)
    await talk.presses("wyjątek", on=card)
    assert "już wie" in talk.toast
    assert len(talk.stage.smtp.received) == sent_so_far


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<b>& </i> <a href='x'>", id="markup"),
        pytest.param("ą" * 3900, id="a whole screen"),
        pytest.param("🌿" * 1800, id="emoji, which count twice"),
        pytest.param("\u202etxet desrever\u202c \u2028 next", id="bidirectional marks"),
    ],
)
async def test_what_she_writes_goes_as_she_wrote_it(desk: OpenDesk, text: str) -> None:
    talk = await begun(desk)
    await talk.says(text)
    assert all(len(message.text.encode("utf-16-le")) // 2 <= 4096 for message in talk.news)
    await talk.presses("Wyślij")
    await talk.waits()
    body = text_of(read_mail(talk.stage.smtp.received[-1].data))
    assert body.replace("\r\n", "\n").split("\n\nKatarzyna")[0].split() == text.split()


async def test_a_client_in_her_own_account_is_answered_in_her_name_and_read_when_she_says_so(desk: OpenDesk) -> None:
    talk = await desk()
    telegram = talk.stage.telegram
    business = telegram.connects_account(ASSISTANT_CHAT)
    number = telegram.business_writes(business, CLIENT_CHAT, "Kiedy będzie gotowa ulotka?", name="Jan Nowak")
    await talk.stage.quiet()
    await talk.says("/next")
    assert telegram.read_up_to(business, CLIENT_CHAT) == 0
    await talk.presses("Przeczytane")
    await talk.says("/undo")
    assert "Oznaczenia jako przeczytane nie mogę cofnąć." in talk.reads
    assert telegram.read_up_to(business, CLIENT_CHAT) == number
    await talk.presses("Odpowiedz")
    await talk.says("Jutro rano.")
    await talk.presses("Wyślij")
    await talk.waits()
    answer = telegram.sent_in_name(ASSISTANT_CHAT, CLIENT_CHAT)[-1]
    assert answer.text == "Jutro rano."
    assert answer.business == business


async def test_after_a_day_a_client_in_her_own_account_can_no_longer_be_answered(desk: OpenDesk) -> None:
    talk = await desk()
    business = talk.stage.telegram.connects_account(ASSISTANT_CHAT)
    talk.stage.telegram.business_writes(business, CLIENT_CHAT, "Kiedy będzie gotowa ulotka?", name="Jan Nowak")
    await talk.stage.quiet()
    await talk.stage.move_to(at(21, 14))
    await talk.says("/next")
    await talk.presses("Odpowiedz")
    await talk.says("Jutro rano.")
    assert "24 godziny" in talk.reads
    assert talk.state() is ItemState.OPEN


async def test_an_answer_that_is_refused_opens_the_item_again_and_she_is_told(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.says("Oferta w drodze.")
    talk.stage.smtp.on_rcpt = lambda address: "550 5.1.1 no such user"
    await talk.presses("Wyślij")
    await talk.waits()
    await talk.stage.until(lambda store: store.items({ItemState.OPEN}) != [])
    assert "Odpowiedź nie" in talk.newest.text or "odpowiedź" in talk.newest.text.lower()


async def test_what_comes_between_preview_and_send_is_shown_before_anything_goes_to_somebody_else(
    desk: OpenDesk,
) -> None:
    talk = await desk(clients=CLIENTS.replace("email: jan@nowak.example", "domain: nowak.example"))
    await mailed(talk)
    await talk.says("/next")
    await talk.presses("Odpowiedz")
    await talk.says("Tylko dla Jana.")
    preview = talk.newest
    first = talk.stage.ask(lambda store: store.messages_of(1))[0].message_id
    reference = {"In-Reply-To": f"<{first}>"}
    await mailed(talk, "A czy jest raport?", "Re: Oferta", sender="ewa@nowak.example", name="Ewa", headers=reference)
    await talk.presses("Wyślij", on=preview)
    assert talk.state() is ItemState.OPEN
    assert "ewa@nowak.example" in talk.reads
    await talk.waits()
    assert not any("Tylko dla Jana." in text_of(read_mail(mail.data)) for mail in talk.stage.smtp.received)
    await talk.presses("Wyślij", on=preview)
    assert talk.state() is ItemState.OPEN
    await talk.presses("Wyślij")
    await talk.waits()
    assert talk.stage.smtp.received[-1].recipients == ("ewa@nowak.example",)


async def test_a_button_under_an_earlier_draft_does_not_send_a_later_one(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.says("Pierwsze zdanie.")
    earlier = talk.newest
    await talk.says("Drugie zdanie.")
    await talk.presses("Wyślij")
    await talk.waits()
    await talk.presses("Odpowiedz")
    await talk.says("Jeszcze nie gotowe.")
    sent_so_far = len(talk.stage.smtp.received)
    await talk.presses("Wyślij", on=earlier)
    await talk.waits()
    assert len(talk.stage.smtp.received) == sent_so_far


async def test_an_answer_to_a_list_of_several_items_begins_and_extends_no_draft(desk: OpenDesk) -> None:
    talk = await begun(desk)
    await talk.says("Do Jana.")
    await mailed(talk, "Proszę o plakat.", "Plakat", sender="ewa@nowacka.example", name="Ewa")
    await talk.says("/queue")
    await talk.says("To dla Ewy.", to=talk.newest)
    assert "Nie wiem, do kogo" in talk.reads


async def test_nothing_of_an_answer_in_many_messages_is_lost(desk: OpenDesk) -> None:
    talk = await begun(desk)
    for number in range(25):
        await talk.says(f"Zdanie {number}.")
    await talk.presses("Wyślij")
    await talk.waits()
    body = text_of(read_mail(talk.stage.smtp.received[-1].data))
    assert all(f"Zdanie {number}." in body for number in range(25))


async def test_her_answer_in_a_chat_that_the_bot_is_cut_off_from_is_not_lost(desk: OpenDesk) -> None:
    talk = await desk()
    business = talk.stage.telegram.connects_account(ASSISTANT_CHAT)
    talk.stage.telegram.business_writes(business, CLIENT_CHAT, "Kiedy będzie gotowa ulotka?", name="Jan Nowak")
    await talk.stage.quiet()
    await talk.says("/next")
    await talk.presses("Odpowiedz")
    await talk.says("Jutro rano.")
    await talk.presses("Wyślij")
    talk.stage.telegram.changes_connection(business, enabled=False)
    await talk.stage.quiet()
    await talk.waits()
    await talk.stage.until(lambda store: store.items({ItemState.OPEN}) != [])
    await talk.stage.until(lambda _: "⚠️" in talk.newest.text)
