"""A chat becomes a desk by a code, and what is said beside the configuration counts at once."""

import asyncio
from datetime import timedelta

from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails
from triage_bot.core.items import ItemState
from triage_bot.core.urgency import Urgency
from triage_bot.demo.stage import Stage
from triage_bot.pairing import new_code

KATARZYNA = "Katarzyna Zaradna"
HERS = 3000
STRANGER = 4000


async def unpaired(on_stage: OpenStage, hour: int) -> Stage:
    """Katarzyna's chat does not stand in the configuration."""
    stage = await on_stage(at(20, hour))
    await stage.stop()
    stage.write_config(CLIENTS, changes={", telegram: 1000}": "}"})
    await stage.start()
    return stage


def code(stage: Stage, name: str = KATARZYNA) -> str:
    return stage.ask(lambda store: new_code(store, name, stage.clock.now()))


async def says(stage: Stage, chat: int, text: str) -> list[str]:
    """What a chat reads after it wrote something."""
    before = len(stage.telegram.sent(chat))
    stage.telegram.client_writes(chat, text, name="Ktoś")
    await stage.quiet()
    return [message.text for message in stage.telegram.sent(chat)[before:]]


async def paired(stage: Stage, chat: int = HERS) -> str:
    (welcome,) = await says(stage, chat, code(stage))
    return welcome


async def test_the_chat_that_sends_the_code_gets_a_welcome_and_the_next_digest(on_stage: OpenStage) -> None:
    stage = await unpaired(on_stage, 11)
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    welcome = await paired(stage)
    assert "Witaj, Katarzyna Zaradna!" in welcome
    assert "czeka 1 sprawa" in welcome
    await stage.move_to(at(20, 12))
    digest = stage.telegram.sent(HERS)[-1].text
    assert "Oferta" in digest
    assert "bot wtedy nie działał" not in digest
    assert stage.ask(lambda store: store.items(frozenset(ItemState)))[0].subject == "Oferta", "no item of the code"


async def test_the_desk_is_hers_after_a_restart_too_until_it_is_forgotten(on_stage: OpenStage) -> None:
    stage = await unpaired(on_stage, 11)
    await paired(stage)
    await stage.stop()
    await stage.start()
    await stage.move_to(at(20, 12))
    assert len(stage.telegram.sent(HERS)) == 2
    assert stage.ask(lambda store: store.forget_desk(KATARZYNA))
    await stage.until(lambda store: store.standing().desks == {})
    await asyncio.sleep(0)
    await stage.stop()
    await stage.start()
    await stage.move_to(at(20, 16))
    assert len(stage.telegram.sent(HERS)) == 2


async def test_a_code_works_once_and_in_any_writing(on_stage: OpenStage) -> None:
    stage = await unpaired(on_stage, 11)
    given = code(stage)
    assert "Witaj" in (await says(stage, HERS, f"/start {given.lower()}"))[0]
    assert await says(stage, STRANGER, given) == ["Niestety, ten kod nie działa."]
    assert {desk.chat_id for desk in stage.ask(lambda store: store.standing()).desks.values()} == {HERS}


async def test_a_code_expires(on_stage: OpenStage) -> None:
    stage = await unpaired(on_stage, 11)
    given = code(stage)
    await stage.move(timedelta(minutes=15))
    assert await says(stage, HERS, given) == ["Niestety, ten kod nie działa."]
    assert stage.ask(lambda store: store.standing()).desks == {}


async def test_who_guesses_hears_nothing_after_five_tries_until_an_hour_is_over(on_stage: OpenStage) -> None:
    stage = await unpaired(on_stage, 9)
    said = [await says(stage, STRANGER, f"pair-0000-000{number}") for number in range(7)]
    assert [len(lines) for lines in said] == [1, 1, 1, 1, 1, 0, 0]
    assert await says(stage, HERS, "pair-0000-0000") == ["Niestety, ten kod nie działa."], "another chat may err too"
    await stage.move(timedelta(hours=1))
    assert len(await says(stage, STRANGER, "pair-0000-0009")) == 1


async def test_a_chat_of_the_configuration_wins(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    (answer,) = await says(stage, HERS, code(stage))
    assert "konfiguracji" in answer
    await stage.move_to(at(20, 12))
    assert len(stage.telegram.sent(1000)) == 1


async def test_a_new_chat_takes_the_place_of_the_old_one_which_is_told(on_stage: OpenStage) -> None:
    stage = await unpaired(on_stage, 9)
    await paired(stage)
    await paired(stage, 5000)
    await stage.quiet()
    assert "używa teraz innego" in stage.telegram.sent(HERS)[-1].text
    await stage.move_to(at(20, 12))
    assert "Przegląd 12:00" in stage.telegram.sent(5000)[-1].text
    assert "Przegląd" not in stage.telegram.sent(HERS)[-1].text


async def test_while_she_pauses_nobody_is_acknowledged_and_her_digest_says_so(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await stage.stop()
    assert stage.ask(lambda store: store.pause(KATARZYNA, stage.clock.now()))
    assert not stage.ask(lambda store: store.pause(KATARZYNA, stage.clock.now()))
    await stage.start()
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    assert mails(stage) == []
    assert [item.silence for item in stage.ask(lambda store: store.waiting_items())] == ["PAUSED"]
    await stage.move_to(at(20, 12))
    digest = stage.telegram.sent(1000)[-1].text
    assert digest.startswith("⏸ Potwierdzenia dla klientów są wstrzymane od 3 godz.")
    assert "Oferta" in digest
    await stage.stop()
    assert stage.ask(lambda store: store.resume(KATARZYNA, stage.clock.now()))
    await stage.start()
    await stage.mail("anna@nowak.example", "Faktura", "Proszę o fakturę za październik.")
    await stage.quiet()
    assert [mail["Subject"] for mail in mails(stage)] == ["Re: Faktura"]


async def test_a_contact_that_is_bound_is_a_client_and_one_left_alone_disturbs_nobody(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await stage.mail("nowy@adres.example", "Pytanie", "Proszę przygotować ofertę.")
    await stage.mail("reklama@firma.example", "Współpraca", "Proszę o rozmowę o naszej ofercie.")
    await stage.quiet()
    await stage.stop()
    now = stage.clock.now()
    stage.ask(lambda store: store.bind("kontakt", "nowy@adres.example", "Nowak", now))
    stage.ask(lambda store: store.bind("kontakt", "reklama@firma.example", "", now))
    assert {item.subject: item.client for item in stage.ask(lambda store: store.waiting_items())} == {
        "Pytanie": "Nowak",
        "Współpraca": "",
    }
    await stage.start()
    await stage.mail("nowy@adres.example", "Umowa", "Proszę przygotować umowę.")
    await stage.mail("reklama@firma.example", "Promocja", "Sklep nie działa, to bardzo pilne, do 10:00!")
    await stage.quiet()
    assert [mail["To"] for mail in mails(stage)] == ["nowy@adres.example"]
    assert stage.telegram.sent(1000) == ()
    await stage.move_to(at(20, 12))
    (digest,) = stage.telegram.sent(1000)
    assert "Promocja" not in digest.text
    (alone,) = stage.ask(lambda store: store.items({ItemState.DISMISSED}))
    assert (alone.subject, alone.silence, alone.urgency) == ("Promocja", "LEFT_ALONE", Urgency.NONE)


async def test_of_two_codes_one_works(on_stage: OpenStage) -> None:
    stage = await unpaired(on_stage, 11)
    first, second = code(stage), code(stage)
    assert "Witaj" in (await says(stage, HERS, first))[0]
    assert await says(stage, STRANGER, second) == ["Niestety, ten kod nie działa."]
    assert {desk.chat_id for desk in stage.ask(lambda store: store.standing()).desks.values()} == {HERS}
