"""Several assistants in one installation: each with clients, a language, a chat and windows of her own."""

from tests.stories.conftest import OpenStage
from tests.stories.reading import at, mails, phone, text_of
from triage_bot.demo.stage import Stage

MARTA = 2000
TEAM = """\
assistants:
  - name: Marta Jović
    language: sr
    zone: Europe/Belgrade
    telegram: 2000
    signature: "Marta\\nvirtuelna asistentkinja"
clients:
  - {name: Nowak, language: pl, contacts: [{domain: nowak.example}]}
  - name: Jovanović
    assistant: Marta Jović
    contacts: [{email: jovan@jovanovic.example}, {telegram: 501}]
    agreement: {check_windows: {mon-fri: ["10:00", "14:00"]}, emergencies: {alert: always}}
"""
HARM = "sajt ne radi, kupci ne mogu ništa da kupe, hitno!"


async def open_team(on_stage: OpenStage, hour: int, minute: int = 0) -> Stage:
    stage = await on_stage(at(20, hour, minute), TEAM)
    stage.telegram.opens_chat(MARTA, "Marta")
    return stage


def marta(stage: Stage) -> list[str]:
    return [message.text for message in stage.telegram.sent(MARTA)]


async def test_a_client_is_acknowledged_in_the_name_of_her_own_assistant(on_stage: OpenStage) -> None:
    stage = await open_team(on_stage, 9)
    await stage.mail("jovan@jovanovic.example", "Ponuda", "Molim vas pošaljite ponudu.")
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    by_subject = {mail["Subject"]: mail for mail in mails(stage)}
    assert str(by_subject["Re: Ponuda"]["From"]).startswith("Marta Jović <")
    assert "virtuelna asistentkinja" in text_of(by_subject["Re: Ponuda"])
    assert "10" in text_of(by_subject["Re: Ponuda"])
    assert str(by_subject["Re: Oferta"]["From"]).startswith("Katarzyna Zaradna <")


async def test_each_gets_the_digests_of_her_own_clients_at_their_windows(on_stage: OpenStage) -> None:
    stage = await open_team(on_stage, 9)
    await stage.mail("jovan@jovanovic.example", "Ponuda", "Molim vas pošaljite ponudu.")
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.mail("ktos@nieznany.example", "Współpraca", "Dzień dobry, szukam asystentki.")
    await stage.quiet()
    await stage.move_to(at(20, 10))
    assert phone(stage) == []
    (digest,) = marta(stage)
    assert "Ponuda" in digest
    assert "Pregled 10:00" in digest
    assert "Oferta" not in digest
    await stage.move_to(at(20, 12))
    (digest,) = phone(stage)
    assert "Oferta" in digest
    assert "Współpraca" in digest, "strangers are the first one's"
    assert "Ponuda" not in digest
    assert len(marta(stage)) == 1


async def test_an_alert_reaches_the_assistant_of_the_client_and_sounds_outside_her_hours(on_stage: OpenStage) -> None:
    stage = await open_team(on_stage, 20)
    await stage.mail("jovan@jovanovic.example", "Sajt", HARM)
    await stage.quiet()
    (alert,) = stage.telegram.sent(MARTA)
    assert "Hitno" in alert.text
    assert not alert.silent
    assert phone(stage) == []


async def test_trouble_with_a_clients_entry_is_told_to_her_assistant_and_without_a_sound_at_night(
    on_stage: OpenStage,
) -> None:
    stage = await open_team(on_stage, 20)
    stage.smtp.on_rcpt = lambda _: "550 5.1.1 no such user"
    await stage.mail("jovan@jovanovic.example", "Ponuda", "Molim vas pošaljite ponudu.")
    await stage.quiet()
    await stage.until(lambda _: bool(marta(stage)))
    (told,) = stage.telegram.sent(MARTA)
    assert "Jovanović" in told.text
    assert told.silent
    assert phone(stage) == []


async def test_a_restart_repeats_nobodys_digest(on_stage: OpenStage) -> None:
    stage = await open_team(on_stage, 9)
    await stage.move_to(at(20, 12))
    assert (len(phone(stage)), len(marta(stage))) == (1, 1)
    await stage.stop()
    await stage.start()
    await stage.move_to(at(20, 12, 30))
    assert (len(phone(stage)), len(marta(stage))) == (1, 1)


async def test_an_absence_of_one_moves_only_the_promises_of_her_clients(on_stage: OpenStage) -> None:
    stage = await open_team(on_stage, 17)
    await stage.mail("jovan@jovanovic.example", "Ponuda", "Molim vas pošaljite ponudu.")
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    monday, friday = at(23, 0).date(), at(27, 0).date()
    stage.ask(lambda store: store.announce_away("Marta Jović", monday, friday, "Na obuci sam.", stage.clock.now()))
    await stage.until(lambda _: bool(marta(stage)))
    (told,) = marta(stage)
    assert "Jovanović" in told
    assert "30. novembra" in told
    assert phone(stage) == []
    await stage.move_to(at(23, 9))
    await stage.mail("jovan@jovanovic.example", "Novo", "Molim vas pripremite ugovor.")
    await stage.quiet()
    answer = next(text_of(mail) for mail in mails(stage) if mail["Subject"] == "Re: Novo")
    assert "Na obuci sam." in answer
    assert "30. novembra" in answer
