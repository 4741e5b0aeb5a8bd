"""Every button: what it does, that it does it once, what it says when the item has moved on."""

from datetime import timedelta
from functools import partial

import pytest

from tests.desk.conftest import CLIENTS, OpenDesk, mailed
from tests.desk.talk import CLIENT_CHAT, Talk
from tests.stories.reading import at, read_mail, text_of
from triage_bot.core.items import ItemState, Step
from triage_bot.core.ledger import PromiseState
from triage_bot.core.urgency import Urgency
from triage_bot.demo.bot_api import Fault
from triage_bot.desk.buttons import carried, read
from triage_bot.desk.visit import BY, once_of
from triage_bot.store.drafts import Act


async def with_card(desk: OpenDesk, **mail: str) -> Talk:
    talk = await desk()
    await mailed(talk, **mail)
    await talk.says("/next")
    return talk


@pytest.mark.parametrize("data", ["", "done", "done:", "done:x", ":1", "done:1:" + "a" * 60, "done:-1", "öpen:1"])
def test_what_no_button_of_ours_carries(data: str) -> None:
    with pytest.raises(ValueError, match="button"):
        read(data)


def test_a_button_carries_at_most_64_bytes() -> None:
    assert len(carried("exception", 10**14, "x" * 38)) == 64
    with pytest.raises(ValueError, match="can carry"):
        carried("exception", 10**14, "x" * 41)


async def test_an_act_changes_the_card_in_place_and_offers_to_take_it_back(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    card = talk.newest
    await talk.presses("Gotowe")
    assert talk.toast == "Sprawa #1 zamknięta."
    assert talk.state() is ItemState.DONE
    assert talk.newest.message_id == card.message_id
    assert "Zamknięta" in talk.newest.text
    await talk.presses("Cofnij")
    assert talk.state() is ItemState.OPEN
    assert "Cofnięte" in talk.toast
    assert talk.newest.message_id == card.message_id
    assert not any("Cofnij" in label for label in talk.labels())


async def test_a_button_pressed_on_two_devices_at_once_acts_once(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    card, telegram = talk.newest, talk.stage.telegram
    callbacks = [telegram.press(talk.chat, card.message_id, "done:1") for _ in range(2)]
    await telegram.wait_for(lambda: set(callbacks) <= telegram.callback_answers.keys())
    assert talk.events().count("done") == 1
    assert "zdążyła się zmienić: zamknięta" in telegram.callback_answers[callbacks[1]]


async def test_a_stale_button_says_so_and_shows_the_item_as_it_is(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    old = talk.newest
    await talk.says("/next")
    await talk.presses("Gotowe")
    await talk.presses("Odłóż", on=old)
    assert "zamknięta" in talk.toast
    shown = next(message for message in talk.messages if message.message_id == old.message_id)
    assert "Zamknięta" in shown.text
    await talk.presses("Otwórz ponownie", on=shown)
    assert talk.state() is ItemState.OPEN


@pytest.mark.parametrize(
    ("label", "until"),
    [
        pytest.param("Następne sprawdzenie", at(20, 16), id="the next window"),
        pytest.param("Poniedziałek 23 listopada", at(23, 8), id="the first check after tomorrow, which is a Saturday"),
    ],
)
async def test_snooze(desk: OpenDesk, label: str, until: object) -> None:
    talk = await with_card(desk)
    await talk.presses("Odłóż")
    await talk.presses(label)
    assert talk.item().snoozed_until == until
    assert "Odłożona" in talk.newest.text
    await talk.presses("Przywróć")
    assert talk.state() is ItemState.OPEN


async def test_each_moment_to_snooze_until_is_offered_once_and_named_by_nothing_else(desk: OpenDesk) -> None:
    talk = await desk(at(23, 9))
    await mailed(talk)
    await talk.says("/next")
    await talk.presses("Odłóż")
    window, tomorrow, monday = talk.labels()[:3]
    assert window == "Następne sprawdzenie: dziś, godz. 12:00"
    assert (tomorrow, monday) == ("Jutro, godz. 8:00", "Poniedziałek 30 listopada, godz. 8:00")
    await talk.stage.move_to(at(27, 17))
    await talk.says("/next")
    await talk.presses("Odłóż")
    assert [label for label in talk.labels() if "30 listopada" in label] == [
        "Następne sprawdzenie: poniedziałek 30 listopada, godz. 8:00"
    ]


async def test_snooze_until_a_date_that_is_asked_for(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    await talk.presses("Odłóż")
    await talk.presses("Inny dzień")
    await talk.says("w przyszłości")
    assert "Nie rozumiem" in talk.reads
    await talk.says("1.1.2020")
    assert "minął" in talk.reads
    await talk.says("24.11")
    assert talk.item().snoozed_until == at(24, 8)
    assert "odłożona" in talk.reads
    await talk.presses("Cofnij")
    assert talk.state() is ItemState.OPEN


async def test_the_choice_of_a_time_has_a_way_back(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    await talk.presses("Odłóż")
    await talk.presses("Wróć")
    assert any("Gotowe" in label for label in talk.labels())
    assert talk.state() is ItemState.OPEN


async def test_urgent_and_not_urgent(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    old = talk.newest
    await talk.says("/next")
    await talk.presses("Pilne")
    assert talk.item().urgency is Urgency.URGENT
    await talk.presses("Pilne", on=old)
    assert "jest już pilna" in talk.toast
    await talk.presses("Niepilne")
    assert talk.item().urgency is Urgency.NORMAL


async def test_late_offers_honest_times_and_tells_the_client(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    await talk.presses("Nie zdążę")
    assert talk.labels()[0] == "w poniedziałek 23 listopada po 8:00"
    await talk.presses("w poniedziałek 23 listopada po 12:00")
    assert "po 12:00" in talk.toast
    assert len(talk.stage.smtp.received) == 1
    await talk.waits()
    correction = text_of(read_mail(talk.stage.smtp.received[-1].data))
    assert "potrzebuję na to więcej czasu" in correction
    assert "w poniedziałek 23 listopada po 12:00" in correction
    states = [line.promise.state for line in talk.stage.ask(lambda store: store.promises_of(1))]
    assert states == [PromiseState.CORRECTED, PromiseState.OPEN]
    await talk.presses("Cofnij")
    assert "Za późno" in talk.toast


async def test_late_taken_back_leaves_the_first_promise(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    await talk.presses("Nie zdążę")
    await talk.presses("po 12:00")
    await talk.presses("Cofnij")
    await talk.waits()
    assert len(talk.stage.smtp.received) == 1
    states = [line.promise.state for line in talk.stage.ask(lambda store: store.promises_of(1))]
    assert states == [PromiseState.OPEN]


async def test_an_exception_is_not_needed_inside_the_hours(desk: OpenDesk) -> None:
    talk = await desk(at(20, 17))
    await mailed(talk)
    await talk.says("/next")
    card = talk.newest
    await talk.stage.move_to(at(23, 9))
    await talk.presses("wyjątek", on=card)
    assert "nie jest potrzebny" in talk.toast


async def test_a_stranger_can_be_left_alone(desk: OpenDesk) -> None:
    talk = await desk()
    talk.stage.telegram.client_writes(777, "Dzień dobry, szukam asystentki.", name="Obcy")
    await talk.stage.quiet()
    await talk.says("/next")
    await talk.presses("To nie klient")
    assert talk.state() is ItemState.DISMISSED
    talk.stage.telegram.client_writes(777, "Halo?", name="Obcy")
    await talk.stage.quiet()
    await talk.says("/next")
    assert "Halo" not in talk.reads


async def test_a_stranger_can_be_bound_to_a_client(desk: OpenDesk) -> None:
    more = "".join(f"  - {{name: Klient {number}, contacts: [{{domain: k{number}.example}}]}}\n" for number in range(9))
    talk = await desk(clients=CLIENTS.replace("questions:", more + "questions:"))
    talk.stage.telegram.client_writes(777, "Dzień dobry, to mój nowy numer.", name="Ewa Nowacka")
    await talk.stage.quiet()
    await talk.says("/next")
    card = talk.newest
    await talk.presses("Przypisz")
    assert "Nowacka" not in talk.labels()
    await talk.presses("1/2 ›")
    await talk.presses("Nowacka")
    assert talk.toast == "Od teraz to Nowacka."
    assert talk.item().client == "Nowacka"
    assert talk.newest.message_id == card.message_id
    talk.stage.telegram.client_writes(777, "Proszę o ulotkę.", name="Ewa Nowacka")
    await talk.stage.quiet()
    assert {item.client for item in talk.stage.ask(lambda store: store.waiting_items())} == {"Nowacka"}


async def test_opening_forwards_what_a_client_said_or_photographed(desk: OpenDesk) -> None:
    talk = await desk()
    talk.stage.telegram.client_sends_voice(CLIENT_CHAT, 42, name="Jan")
    await talk.stage.quiet()
    await talk.says("/next")
    await talk.presses("Otwórz")
    assert any(message.forwarded_from is not None for message in talk.news)


async def test_opening_shows_the_whole_text_over_several_messages(desk: OpenDesk) -> None:
    words = " ".join(f"słowo{number}" for number in range(12_000))
    talk = await with_card(desk, text=f"Proszę o ofertę. {words} koniec")
    await talk.presses("Otwórz")
    assert "słowo0 " in talk.reads
    assert len(talk.news) > 2
    read = talk.reads
    for _ in range(12):
        if "koniec" in talk.reads:
            break
        await talk.presses("Dalszy ciąg")
        read += talk.reads
    assert "słowo11999 koniec" in read
    assert all(f"słowo{number}" in read for number in range(0, 12_000, 500))
    assert all(len(message.text) <= 4096 for message in talk.messages)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<b>Proszę</b> & <script>x</script> o ofertę </i>", id="markup"),
        pytest.param("Proszę " + "ofertę" * 20_000, id="100 kB without a blank"),
        pytest.param("Proszę o ofertę " + "🌿" * 5_000, id="emoji"),
        pytest.param("\u202eProszę\u202c o \u2066ofertę\u2069 \u200f\x07", id="bidirectional marks and controls"),
        pytest.param("Proszę o ofertę\n" + "> >>\n" * 500, id="quotes"),
    ],
)
async def test_no_text_of_a_client_breaks_the_desk(desk: OpenDesk, text: str) -> None:
    talk = await with_card(desk, text=text, subject="<i>&amp; " + "🌿" * 200, name="<Jan> & 'syn'")
    await talk.presses("Otwórz")
    await talk.says("/queue")
    await talk.says("/why 1")
    await talk.says("/client nowak i")
    await talk.says("/today")
    await talk.presses("Odpowiedz")
    await talk.says("Odpowiadam.")
    await talk.presses("Odrzuć")
    failed = talk.stage.ask(lambda store: [*store.failed_entries(), *store.doubtful_entries()])
    assert failed == []
    assert "Nie udało się" not in "".join(message.text for message in talk.messages)
    assert all(len(message.text.encode("utf-16-le")) // 2 <= 4096 for message in talk.messages)
    assert all(message.raw != message.text or "<" not in message.text for message in talk.messages)


DISASTER = "Sklep internetowy nie działa, klienci nie mogą nic kupić"


async def test_an_alert_carries_the_buttons_of_its_item(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk, subject="Inna sprawa", sender="ewa@nowacka.example", name="Ewa")
    await mailed(talk, subject="Awaria", text=DISASTER)
    alert = talk.newest
    assert "#2" in alert.text
    assert [label.split(" ", 1)[-1] for label in talk.labels(alert)][:5] == [
        *("Otwórz", "Odpowiedz", "Gotowe", "Odłóż", "Niepilne")
    ]
    await talk.presses("Gotowe", on=alert)
    assert (talk.state(1), talk.state(2)) == (ItemState.OPEN, ItemState.DONE)
    assert talk.newest.message_id == alert.message_id, "it becomes the item's card"
    assert "Zamknięta" in talk.newest.text
    await talk.presses("Cofnij")
    assert talk.state(2) is ItemState.OPEN


async def test_an_alert_about_a_message_that_joined_an_item_is_about_that_item(desk: OpenDesk) -> None:
    talk = await desk()
    telegram = talk.stage.telegram
    for text in ("Proszę przygotować ofertę na piątek.", DISASTER):
        telegram.client_writes(CLIENT_CHAT, text, name="Jan")
        await talk.stage.quiet()
    (alert,) = talk.messages
    assert "#1" in alert.text
    await talk.presses("Niepilne", on=alert)
    assert talk.item(1).urgency is Urgency.NORMAL
    await talk.says("Już naprawiam.", to=alert)
    assert "Już naprawiam." in talk.reads


async def test_a_button_in_a_digest_answers_and_leaves_the_digest_as_it_is(desk: OpenDesk) -> None:
    talk = await desk()
    await mailed(talk)
    await talk.stage.move_to(at(20, 16))
    digest = talk.newest
    await talk.presses("#1", on=digest)
    assert talk.newest.message_id != digest.message_id
    assert "Oferta" in talk.newest.text or "Oferta" in talk.reads
    still = next(message for message in talk.messages if message.message_id == digest.message_id)
    assert still.edits == 0


async def test_forged_and_forgotten_buttons_say_that_they_do_not_work(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    telegram = talk.stage.telegram
    for data in ("done:999", "nonsense:1", "done:1:x:y", "list:0:abc", "faq:1:9", "card:1:..", "late:1:x", "undo:1"):
        sent = next(message for message in telegram.sent(talk.chat) if message.message_id == talk.newest.message_id)
        sent.buttons = (*sent.buttons, ((data, data),))
        callback = telegram.press(talk.chat, sent.message_id, data)
        await telegram.wait_for(partial(telegram.callback_answers.__contains__, callback))
    await talk.stage.quiet()
    assert talk.state() is ItemState.OPEN
    assert "Nie udało się" not in "".join(telegram.callback_answers.values())


async def test_the_desk_survives_telegram_being_away(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    card = talk.newest
    talk.stage.telegram.fails(Fault.BAD_GATEWAY, "editMessageText", times=5)
    await talk.presses("Gotowe")
    assert talk.state() is ItemState.DONE
    await talk.waits(timedelta(minutes=1))
    # What could not be changed in place is said in a message of its own.
    assert talk.newest.message_id != card.message_id
    assert "Zamknięta" in talk.newest.text


async def test_the_rest_of_a_long_digest_is_listed_in_a_message_of_its_own(desk: OpenDesk) -> None:
    talk = await desk()
    for number in range(30):
        await talk.stage.mail("jan@nowak.example", f"Oferta {number}", "Proszę przygotować ofertę.", name="Jan Nowak")
    await talk.stage.quiet()
    await talk.stage.move_to(at(20, 16))
    digest = talk.newest
    verbs = {data.partition(":")[0] for message in talk.messages for row in message.buttons for _, data in row}
    assert verbs <= {"open", "queue"}
    digest.buttons = (*digest.buttons, (("all", "queue:0"),))
    await talk.presses("all", on=digest)
    assert "(30)" in talk.reads
    still = next(message for message in talk.messages if message.message_id == digest.message_id)
    assert still.edits == 0


@pytest.mark.parametrize("button", ["Cofnij", "Otwórz ponownie"])
async def test_somebody_who_is_no_client_by_mistake_is_heard_again(desk: OpenDesk, button: str) -> None:
    talk = await desk()
    talk.stage.telegram.client_writes(777, "Dzień dobry, szukam asystentki.", name="Obcy")
    await talk.stage.quiet()
    await talk.says("/next")
    await talk.presses("To nie klient")
    await talk.presses(button)
    assert talk.state() is ItemState.OPEN
    talk.stage.telegram.client_writes(777, "Proszę o ofertę do jutra.", name="Obcy")
    await talk.stage.quiet()
    await talk.says("/next")
    assert "Proszę o ofertę do jutra." in talk.reads


async def test_a_press_cut_short_by_what_it_changed_is_answered_like_any_other(desk: OpenDesk) -> None:
    """Whom she leaves alone changes what the program goes by; it may begin anew before she has seen the answer."""
    talk = await desk()
    talk.stage.telegram.client_writes(777, "Dzień dobry, szukam asystentki.", name="Obcy")
    await talk.stage.quiet()
    await talk.says("/next")
    talk.stage.telegram.renumber_updates(710_000_000)
    once, dismiss = once_of("710000000"), Act(Step.DISMISS, 1, BY)
    talk.stage.ask(lambda store: store.act(dismiss, "Katarzyna Zaradna", talk.stage.clock.now(), once))
    await talk.presses("To nie klient")
    assert talk.events().count("dismissed") == 1
    await talk.presses("Cofnij")
    assert talk.state() is ItemState.OPEN


async def test_a_wrong_client_can_be_taken_back(desk: OpenDesk) -> None:
    talk = await desk()
    talk.stage.telegram.client_writes(777, "Dzień dobry, to mój nowy numer.", name="Ewa")
    await talk.stage.quiet()
    await talk.says("/next")
    await talk.presses("Przypisz")
    await talk.presses("Baker")
    assert "bound" in talk.events()
    await talk.presses("Cofnij")
    assert talk.item().client == ""
    await talk.presses("Przypisz")
    await talk.presses("Nowacka")
    assert talk.item().client == "Nowacka"
    await talk.says("/undo")
    assert "ten kontakt to już nie Nowacka" in talk.reads
    assert talk.item().client == ""
    assert "Przypisz" in "".join(talk.labels())


async def test_the_date_may_answer_the_question_for_it(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    await talk.presses("Odłóż")
    await talk.presses("Inny dzień")
    await talk.says("24.12", to=talk.newest)
    assert talk.state() is ItemState.SNOOZED


async def test_a_choice_of_days_ago_snoozes_until_no_other_day(desk: OpenDesk) -> None:
    talk = await with_card(desk)
    await talk.presses("Odłóż")
    choices = talk.newest
    await talk.stage.move_to(at(24, 9))
    await talk.presses("Poniedziałek", on=choices)
    assert talk.state() is ItemState.OPEN
    await talk.presses("Jutro")
    assert talk.item().snoozed_until == at(25, 8)
