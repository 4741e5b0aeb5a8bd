"""Her absence is told once to everybody who writes, and again when the day of her return changes."""

from tests.stories.conftest import OpenStage
from tests.stories.reading import at, mails, text_of

AWAY = """\
clients:
  - {name: Nowak, language: pl, contacts: [{domain: nowak.example}]}
"""
HOLIDAYS = "  holidays: {country: PL}\n"
UNTIL_THE_27TH = {HOLIDAYS: HOLIDAYS + "  vacations: [{first_on: 2026-11-16, last_on: 2026-11-27}]\n"}
UNTIL_THE_30TH = {HOLIDAYS: HOLIDAYS + "  vacations: [{first_on: 2026-11-16, last_on: 2026-11-30}]\n"}
SILENT = {"  acknowledge_after: 0s\n": "  acknowledge_after: 0s\n  ask_for_missing: false\n"}
ANNA = "anna@nowak.example"


async def test_the_absence_is_told_once_and_again_when_the_return_moves(on_stage: OpenStage) -> None:
    stage = await on_stage(at(16, 9), AWAY)
    await stage.stop()
    stage.write_config(AWAY, changes=UNTIL_THE_27TH)
    await stage.start()
    await stage.mail(ANNA, "Pytanie", "Czy ma Pani numer do drukarni?")
    await stage.quiet()
    await stage.move_to(at(17, 10))
    await stage.mail(ANNA, "Drugie pytanie", "A czy ma Pani numer do introligatora?")
    await stage.mail("biuro@nowak.example", "Godziny", "W jakich godzinach można dzwonić?")
    await stage.quiet()
    assert [mail["To"] for mail in mails(stage)] == [ANNA, "biuro@nowak.example"]
    assert all("urlopie do piątku 27 listopada" in text_of(mail) for mail in mails(stage))
    silences = {item.subject: item.silence for item in stage.ask(lambda store: store.waiting_items())}
    assert silences["Drugie pytanie"] == "ABSENCE_TOLD"
    await stage.stop()
    stage.write_config(AWAY, changes=UNTIL_THE_30TH)
    await stage.start()
    await stage.mail(ANNA, "Trzecie pytanie", "Kiedy będzie można porozmawiać?")
    await stage.quiet()
    assert "30 listopada" in text_of(mails(stage)[-1])
    assert len(mails(stage)) == 3


async def test_a_task_is_confirmed_also_to_whom_the_absence_was_told(on_stage: OpenStage) -> None:
    stage = await on_stage(at(16, 9), AWAY)
    await stage.stop()
    stage.write_config(AWAY, changes=UNTIL_THE_27TH)
    await stage.start()
    await stage.mail(ANNA, "Pytanie", "Czy ma Pani numer do drukarni?")
    await stage.quiet()
    await stage.mail(ANNA, "Oferta", "Proszę przygotować ofertę dla hotelu do 4 grudnia.")
    await stage.quiet()
    assert "Przypominam: jestem na urlopie" in text_of(mails(stage)[-1])
    assert "4 grudnia" in text_of(mails(stage)[-1])


async def test_a_task_without_a_deadline_is_asked_for_one(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    task = "Proszę przygotować projekt umowy najmu dla lokalu przy Długiej 5. Wzór leży na dysku."
    await stage.mail(ANNA, "Umowa najmu", task)
    await stage.quiet()
    assert "potrzebuję jeszcze informacji" in text_of(mails(stage)[0])
    assert "Rozumiem, że termin" not in text_of(mails(stage)[0])


async def test_nothing_is_asked_where_that_was_not_agreed(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await stage.stop()
    stage.write_config(AWAY, changes=SILENT)
    await stage.start()
    task = "Proszę przygotować projekt umowy najmu dla lokalu przy Długiej 5. Wzór leży na dysku."
    await stage.mail(ANNA, "Umowa najmu", task)
    await stage.quiet()
    assert "potrzebuję jeszcze" not in text_of(mails(stage)[0])
