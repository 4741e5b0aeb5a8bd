"""What was promised is kept, or taken back in time: the calendar changes, she is told, and with one press the client
is given another promise."""

import argparse
import asyncio
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from tests.stories.bounces import bounce
from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone, text_of
from triage_bot.cli import promises as promises_command
from triage_bot.core.ledger import PromiseState
from triage_bot.demo.bot_api import SentMessage
from triage_bot.demo.stage import ASSISTANT_CHAT, Stage

VACATION = "  vacations: [{first_on: 2026-11-23, last_on: 2026-11-27, stand_in: Marta}]\n"
ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:urlop
DTSTAMP:20261101T000000Z
DTSTART;VALUE=DATE:20261123
DTEND;VALUE=DATE:20261128
SUMMARY:Urlop
END:VEVENT
END:VCALENDAR
"""


def with_vacation(stage: Stage, clients: str = CLIENTS) -> None:
    stage.write_config(clients, changes={"  holidays: {country: PL}\n": "  holidays: {country: PL}\n" + VACATION})
    stage.reload()


async def told(stage: Stage, count: int = 1) -> SentMessage:
    """The message with the buttons, once it is there."""
    sent = await stage.telegram.wait_for(
        lambda: [each for each in stage.telegram.sent(ASSISTANT_CHAT) if each.buttons][count - 1 :]
    )
    return sent[0]


async def press(stage: Stage, message: SentMessage, row: int) -> str:
    (button,) = message.buttons[row]
    callback = stage.telegram.press(ASSISTANT_CHAT, message.message_id, button[1])
    return await stage.telegram.wait_for(lambda: stage.telegram.callback_answers.get(callback))


async def test_a_new_vacation_is_told_and_one_press_corrects_the_promise(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.", name="Anna")
    await stage.quiet()
    with_vacation(stage)
    message = await told(stage)
    assert "Nowak" in message.text
    assert "w poniedziałek 23 listopada po 8:00 → w poniedziałek 30 listopada po 8:00" in message.text
    assert len(message.buttons) == 1
    assert len(mails(stage)) == 1, "nothing goes to a client by itself"

    assert "(1)" in await press(stage, message, 0)
    await stage.quiet()
    first, correction = mails(stage)
    assert correction["To"] == first["To"]
    assert correction["Subject"] == "Re: Umowa"
    assert correction["In-Reply-To"] == first["In-Reply-To"]
    assert correction["Message-ID"] != first["Message-ID"]
    assert correction["Auto-Submitted"] == "auto-replied"
    for words in ("przepraszam", "w poniedziałek 23 listopada po 8:00", "odpowiem w poniedziałek 30 listopada po 8:00"):
        assert words in text_of(correction)
    assert "do piątku 27 listopada" in text_of(correction)
    assert "Marta" in text_of(correction)


async def test_it_is_sent_once_however_often_it_is_pressed_also_after_a_restart(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    with_vacation(stage)
    message = await told(stage)
    await press(stage, message, 0)
    assert "już poszła" in await press(stage, message, 0)
    await stage.quiet()
    await stage.stop()
    await stage.start()
    assert "już poszła" in await press(stage, message, 0)
    await stage.quiet()
    assert len(mails(stage)) == 2
    assert len(phone(stage)) == 1, "she is told once"


async def test_no_correction_goes_to_an_address_from_which_mail_came_back(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    await stage.mail("", "", "", raw=bounce(stage.smtp.received[-1].data))
    await stage.quiet()
    with_vacation(stage)
    message = await told(stage)
    assert "wraca" in await press(stage, message, 0)
    await stage.quiet()
    assert len(mails(stage)) == 1


async def test_the_ledger_and_the_item_hold_the_new_promise(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    (old,) = stage.ask(lambda store: store.given_promises())
    with_vacation(stage)
    await press(stage, await told(stage), 0)
    (new,) = stage.ask(lambda store: store.given_promises())
    assert new.promise_at == at(30, 8)
    assert new.sentence == "Przeczytam wiadomość i odpowiem w poniedziałek 30 listopada po 8:00"
    assert new.received_at == old.received_at
    assert stage.ask(lambda store: store.promise_state(old.id)) is PromiseState.CORRECTED
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert (item.promise_at, item.check_at, item.promise_sentence) == (at(30, 8), at(30, 8), new.sentence)
    await stage.until(lambda store: store.is_quiet(stage.clock.now()))
    kinds = [event.kind for event in stage.ask(lambda store: store.history(item.id))]
    assert kinds[-3:] == ["promise at risk", "promise corrected", "correction sent"]


async def test_one_button_corrects_all_of_them(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.mail("jovan@jovanovic.example", "Ponuda", "Molim vas pošaljite ponudu do srede.")
    stage.telegram.client_writes(500, "Czy może Pani przygotować ulotkę?", name="Anna")
    await stage.quiet()
    with_vacation(stage)
    message = await told(stage)
    assert len(message.buttons) == 4
    assert "(3)" in await press(stage, message, 3)
    await stage.quiet()
    corrections = [text_of(mail) for mail in mails(stage)[2:]]
    assert len(corrections) == 2
    assert any("Izvinite" in text or "izvinite" in text for text in corrections)
    assert "Przepraszam" in stage.telegram.sent(500)[-1].text
    assert "już poszła" in await press(stage, message, 0)


async def test_a_promise_that_still_holds_is_left_alone(on_stage: OpenStage) -> None:
    stage = await on_stage(at(19, 12, 30))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    with_vacation(stage)
    await stage.move_to(at(19, 16))
    assert len(phone(stage)) == 1
    assert "Kalendarz" not in phone(stage)[0]


async def test_a_button_is_stale_once_the_calendar_allows_the_promise_again(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    with_vacation(stage)
    message = await told(stage)
    stage.write_config(CLIENTS)
    stage.reload()
    await stage.until(lambda store: store.given_promises()[0].state is PromiseState.OPEN)
    assert "Nic nie wysyłam" in await press(stage, message, 0)
    await stage.quiet()
    assert len(mails(stage)) == 1


async def test_only_her_own_chat_may_press(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    with_vacation(stage)
    message = await told(stage)
    forged = {
        "id": "1",
        "chat_instance": "1",
        "from": {"id": 500, "is_bot": False, "first_name": "Anna"},
        "message": {
            "message_id": message.message_id,
            "date": 1,
            "chat": {"id": 500, "type": "private", "first_name": "Anna"},
        },
        "data": message.buttons[0][0][1],
    }
    stage.telegram.update("callback_query", forged)
    await stage.quiet()
    assert len(mails(stage)) == 1


async def test_a_button_of_nobody_says_so(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    with_vacation(stage)
    message = await told(stage)
    for data in ("correct:!", "correct:", "unknown:1", ":", "correct:zzzz"):
        query = {
            "id": stage.telegram._methods.new_callback(),
            "from": {"id": ASSISTANT_CHAT, "is_bot": False, "first_name": "K"},
            "chat_instance": "1",
            "message": {
                "message_id": message.message_id,
                "date": 1,
                "chat": {"id": ASSISTANT_CHAT, "type": "private", "first_name": "K"},
            },
            "data": data,
        }
        stage.telegram.update("callback_query", query)
        await stage.telegram.wait_for(partial(stage.telegram.callback_answers.get, query["id"]))
    await stage.quiet()
    assert len(mails(stage)) == 1


async def test_a_calendar_file_is_read_again_when_it_changes(on_stage: OpenStage, tmp_path: Path) -> None:
    (tmp_path / "wolne").mkdir()
    stage = await on_stage(at(20, 17))
    holidays = "  holidays: {country: PL}\n"
    stage.write_config(CLIENTS, changes={holidays: f"{holidays}  days_off_from: [wolne]\n"})
    await stage.stop()
    await stage.start()
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    (tmp_path / "wolne" / "urlop.ics").write_text(ICS)
    await stage.move_to(at(20, 17, 2))
    message = await told(stage)
    assert "30 listopada" in message.text
    await stage.mail("ann@baker.example", "Brochure", "Could you please prepare the new brochure?")
    await stage.quiet()
    text = text_of(mails(stage)[-1])
    assert "on Monday 30 November" in text
    assert "until Friday 27 November" in text


async def test_a_calendar_file_that_breaks_is_told_and_the_last_one_stays(on_stage: OpenStage, tmp_path: Path) -> None:
    (tmp_path / "urlop.ics").write_text(ICS)
    stage = await on_stage(at(20, 17))
    holidays = "  holidays: {country: PL}\n"
    stage.write_config(CLIENTS, changes={holidays: f"{holidays}  days_off_from: [urlop.ics]\n"})
    await stage.stop()
    await stage.start()
    (tmp_path / "urlop.ics").write_text(ICS[:150])
    stage.clock.move_to(at(20, 17, 2))
    (text,) = await stage.telegram.wait_for(lambda: phone(stage))
    assert "urlop.ics:" in text
    for minute in range(3, 8):
        stage.clock.move_to(at(20, 17, minute))
        await asyncio.sleep(0)
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    (mail,) = await stage.telegram.wait_for(lambda: mails(stage))
    assert "w poniedziałek 30 listopada po 8:00" in text_of(mail)
    assert len(phone(stage)) == 1, "the same fault is told once"


async def test_the_command_line_corrects_while_the_service_runs(
    on_stage: OpenStage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = await on_stage(at(20, 17))
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    with_vacation(stage)
    await told(stage)
    (old,) = stage.ask(lambda store: store.given_promises())
    command = partial(promises, "--config", str(stage.config_path), now=stage.clock.now())
    assert await asyncio.to_thread(command, "broken") == 0
    assert "Nowak" in capsys.readouterr().out
    item = str(old.item_id)
    assert await asyncio.to_thread(command, "correct", item) == 0
    await stage.until(lambda store: store.is_quiet(stage.clock.now()) and len(mails(stage)) == 2)
    capsys.readouterr()
    assert await asyncio.to_thread(command, "correct", "--all") == 0
    assert "nothing to correct" in capsys.readouterr().out
    assert await asyncio.to_thread(command, "correct", item) == 1
    assert f"#{item}: nothing to correct" in capsys.readouterr().out
    await stage.quiet()
    assert len(mails(stage)) == 2


async def test_a_promise_of_a_chat_is_named_by_the_beginning_of_its_text(
    on_stage: OpenStage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = await on_stage(at(20, 17))
    stage.telegram.client_writes(500, "Czy może Pani przygotować ulotkę?", name="Anna")
    await stage.quiet()
    command = partial(promises, "--config", str(stage.config_path), now=stage.clock.now())
    assert await asyncio.to_thread(command) == 0
    assert capsys.readouterr().out.rstrip().endswith("Czy może Pani przygotować ulotkę?")


def promises(*words: str, now: datetime) -> int:
    """`triage-bot promises ...`, at a moment."""
    parser = argparse.ArgumentParser()
    promises_command.add_to(parser.add_subparsers())
    return promises_command.run(parser.parse_args(["promises", *words]), now)


async def test_a_configuration_that_is_refused_is_told_to_her(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 17))
    good = stage.config_path.read_text(encoding="utf-8")
    stage.config_path.write_text(good.replace("zone: Europe/Warsaw, ", "zone: Warsaw, "), encoding="utf-8")
    stage.reload()
    (text,) = await stage.telegram.wait_for(lambda: phone(stage))
    assert "did you mean `Europe/Warsaw`?" in text
    stage.config_path.write_text(good, encoding="utf-8")
    await stage.mail("anna@nowak.example", "Umowa", "Proszę przygotować umowę.")
    await stage.quiet()
    assert len(mails(stage)) == 1
