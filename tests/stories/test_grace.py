"""Several messages in a row get one acknowledgement, which waits a little for the last of them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone, text_of
from triage_bot.core.items import ItemState
from triage_bot.demo.stage import Stage

OpenPatient = Callable[..., Awaitable[Stage]]
CHAT = 500
HARM = "sklep internetowy nie działa, klienci nie mogą nic kupić"


@pytest.fixture
def patient(on_stage: OpenStage) -> OpenPatient:
    """The service with the spans that a configuration has which says nothing of them."""

    async def open_patient(hour: int, minute: int = 0) -> Stage:
        stage = await on_stage(at(20, hour, minute))
        stage.write_config(CLIENTS, changes={"  acknowledge_after: 0s\n": ""})
        await stage.stop()
        await stage.start()
        return stage

    return open_patient


async def test_a_mail_is_acknowledged_after_a_minute(patient: OpenPatient) -> None:
    stage = await patient(9)
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    await stage.move(timedelta(seconds=59))
    assert mails(stage) == []
    await stage.move(timedelta(seconds=1))
    assert len(mails(stage)) == 1


async def test_messages_in_a_row_get_one_answer_that_speaks_of_all(patient: OpenPatient) -> None:
    """A deadline that only the first one names is repeated, too."""
    stage = await patient(9)
    for text in (
        "proszę przygotować ofertę do piątku 27 listopada do 12:00",
        "dla hotelu Pod Różą",
        "i jeszcze proszę o cennik",
    ):
        stage.telegram.client_writes(CHAT, text, name="Anna")
        await stage.quiet()
        await stage.move(timedelta(seconds=20))
    assert not stage.telegram.sent(CHAT)
    await stage.move(timedelta(seconds=30))
    (answer,) = stage.telegram.sent(CHAT)
    assert "27 listopada" in answer.text
    assert "dziś po 12:00" in answer.text
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert item.messages == 3
    await stage.move(timedelta(hours=2))
    assert len(stage.telegram.sent(CHAT)) == 1


async def test_an_urgent_message_is_answered_at_once_for_those_before_it_too(patient: OpenPatient) -> None:
    stage = await patient(13)
    stage.telegram.client_writes(CHAT, "proszę o fakturę za maj", name="Anna")
    await stage.quiet()
    assert not stage.telegram.sent(CHAT)
    stage.telegram.client_writes(CHAT, HARM, name="Anna")
    await stage.quiet()
    (answer,) = stage.telegram.sent(CHAT)
    assert "piln" in answer.text.lower()
    await stage.move(timedelta(hours=1))
    assert len(stage.telegram.sent(CHAT)) == 1
    assert len(phone(stage)) == 1


async def test_a_thank_you_behind_a_task_changes_nothing(patient: OpenPatient) -> None:
    stage = await patient(9)
    stage.telegram.client_writes(CHAT, "proszę o fakturę za maj", name="Anna")
    stage.telegram.client_writes(CHAT, "z góry bardzo dziękuję!", name="Anna")
    await stage.quiet()
    await stage.move(timedelta(seconds=90))
    assert len(stage.telegram.sent(CHAT)) == 1


async def test_twenty_lines_of_one_thought_do_not_use_up_the_limits(patient: OpenPatient) -> None:
    stage = await patient(9)
    for number in range(20):
        stage.telegram.client_writes(CHAT, f"proszę o fakturę numer {number}", name="Anna")
    await stage.quiet()
    await stage.move(timedelta(seconds=90))
    assert len(stage.telegram.sent(CHAT)) == 1
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    await stage.move(timedelta(seconds=60))
    assert len(mails(stage)) == 1


async def test_another_thread_has_its_own_answer(patient: OpenPatient) -> None:
    stage = await patient(9)
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.mail("anna@nowak.example", "Faktura", "Proszę o fakturę za maj.")
    await stage.quiet()
    await stage.move(timedelta(seconds=60))
    assert sorted(mail["Subject"] for mail in mails(stage)) == ["Re: Faktura", "Re: Oferta"]


async def test_the_answer_joins_the_last_mail(patient: OpenPatient) -> None:
    stage = await patient(9)
    first, second = {"Message-ID": "<1@nowak.example>"}, {"Message-ID": "<2@nowak.example>"}
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.", headers=first)
    await stage.quiet()
    second["In-Reply-To"] = first["Message-ID"]
    await stage.mail("anna@nowak.example", "Re: Oferta", "I jeszcze proszę o cennik.", headers=second)
    await stage.quiet()
    await stage.move(timedelta(seconds=60))
    (answer,) = mails(stage)
    assert answer["In-Reply-To"] == "<2@nowak.example>"
    assert "dziś po 12:00" in text_of(answer)


async def test_if_she_answers_first_there_is_none(patient: OpenPatient) -> None:
    stage = await patient(9)
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    (item,) = stage.ask(lambda store: store.waiting_items())
    stage.ask(lambda store: store.transition(item.id, ItemState.ANSWERED, stage.clock.now(), by="she wrote"))
    await stage.move(timedelta(hours=1))
    assert mails(stage) == []


async def test_just_before_midnight_nothing_waits(patient: OpenPatient) -> None:
    """A minute later "today" would be wrong."""
    stage = await patient(23, 59)
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    assert len(mails(stage)) == 1


async def test_what_waits_survives_a_restart(patient: OpenPatient) -> None:
    stage = await patient(9)
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    await stage.stop()
    stage.clock.move_to(at(20, 9, 5))
    await stage.start()
    await stage.quiet()
    assert len(mails(stage)) == 1
