"""What goes wrong outside, and what must come of it all the same: nothing lost, nothing twice."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from tests.patience import PATIENCE
from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone, text_of
from triage_bot import parts
from triage_bot.channels import imap_inbox
from triage_bot.demo.bot_api import Fault
from triage_bot.demo.stage import MAILBOX, Stage
from triage_bot.store.store import Store


async def test_a_450_that_heals_costs_nothing_but_time(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.smtp.on_rcpt = lambda _: "450 4.2.0 try again later"
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.until(lambda store: store.cursor("kontakt/INBOX") is not None and bool(store.waiting_items()))
    await stage.quiet()
    stage.smtp.on_rcpt = lambda _: None
    await stage.move(timedelta(minutes=2))
    assert len(mails(stage)) == 1


async def test_a_550_is_final_and_she_is_told(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.smtp.on_rcpt = lambda _: "550 5.1.1 no such user"
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    await stage.until(lambda store: len(phone(stage)) == 1)
    assert "Nowak" in phone(stage)[0]
    assert re.search(r"Potwierdzenie nie doszło.*Szczegóły techniczne: „[^”]*550[^”]*”", phone(stage)[0])
    stage.smtp.on_rcpt = lambda _: None
    await stage.move(timedelta(hours=1))
    assert mails(stage) == []


async def test_an_account_that_cannot_send_is_told_and_all_that_waited_leaves_when_it_can(
    on_stage: OpenStage, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no fault of the mails: none is given up, and the server is not asked for each of them."""
    stage = await on_stage(at(20, 9))
    stage.write_config(CLIENTS, changes={f"port: {stage.smtp.port}": "port: 1"})
    stage.reload()
    for client in ("anna", "ewa", "jan"):
        await stage.mail(f"{client}@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.until(lambda _: "smtp:kontakt: cannot be used: " in caplog.text)
    for tried in range(1, 5):
        await stage.until(lambda _, tried=tried: caplog.text.count("tried in vain") == tried)
        stage.clock.move_to(stage.clock.now() + timedelta(minutes=5))
    await stage.until(lambda store: len(phone(stage)) == 1)
    [told] = phone(stage)
    assert told.startswith("⚠️ Nie mogę wysyłać poczty z adresu kontakt@")
    assert "(początek: dziś, godz. 9:00): nie można połączyć się z serwerem." in told
    assert not stage.ask(lambda store: store.failed_entries())
    stage.write_config(CLIENTS)
    stage.reload()
    await stage.move(timedelta(minutes=5))
    await stage.until(lambda store: len(mails(stage)) == 3)
    await stage.move(timedelta(minutes=1))
    await stage.until(lambda store: len(phone(stage)) == 2)
    assert phone(stage)[1].startswith("✅ Znowu mogę wysyłać pocztę z adresu kontakt@")


async def test_an_answer_lost_after_data_is_not_sent_twice_and_she_is_told(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.smtp.lose_before_answer = True
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.until(lambda store: len(store.doubtful_entries()) == 1)
    stage.smtp.lose_before_answer = False
    await stage.move(timedelta(hours=1))
    assert len(mails(stage)) == 1
    await stage.until(lambda store: len(phone(stage)) == 1)


async def test_an_acknowledgement_that_waited_past_midnight_says_so_and_what_is_true_then(on_stage: OpenStage) -> None:
    stage = await on_stage(at(19, 23, 50))
    stage.smtp.on_mail = lambda _: "421 4.3.0 out of order"
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    stage.smtp.on_mail = lambda _: None
    await stage.move_to(at(20, 0, 10))
    (answer,) = mails(stage)
    assert "dziś po 8:00" in text_of(answer)
    assert "przyszła wczoraj o 23:50" in text_of(answer)
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert item.promise_sentence in text_of(answer)
    assert not any("Potwierdzenie" in told for told in phone(stage))


async def test_an_acknowledgement_that_waited_for_hours_is_dropped_and_she_is_told(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 23, 50))
    stage.smtp.on_mail = lambda _: "421 4.3.0 out of order"
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    stage.smtp.on_mail = lambda _: None
    await stage.move_to(at(21, 6))
    assert mails(stage) == []
    await stage.until(lambda store: len(phone(stage)) == 1)


@pytest.mark.parametrize("fault", [Fault.FLOOD, Fault.BAD_GATEWAY, Fault.CUT_BEFORE])
async def test_a_digest_survives_telegram_being_out_of_order(on_stage: OpenStage, fault: Fault) -> None:
    stage = await on_stage(at(20, 11))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    stage.telegram.fails(fault, "sendMessage", times=3)
    stage.clock.move_to(at(20, 12))
    for _ in range(10):
        if any("Oferta" in text for text in phone(stage)):
            break
        await stage.move(timedelta(minutes=5))
    assert any("Oferta" in text for text in phone(stage))


async def test_another_program_that_polls_the_bot_does_not_stop_the_mail(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.telegram.fails(Fault.BAD_GATEWAY, "getUpdates", times=2)
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    stage.telegram.client_writes(500, "proszę o fakturę", name="Anna")
    await stage.quiet()
    assert len(mails(stage)) == 1
    assert len(stage.telegram.sent(500)) == 1


async def test_a_restarted_imap_server_is_found_again(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await stage.imap.stop()
    await stage.imap.start()
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    assert len(mails(stage)) == 1


async def test_a_new_uidvalidity_acknowledges_nothing_again(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    for number in range(3):
        await stage.mail("anna@nowak.example", f"Oferta {number}", f"Proszę o ofertę numer {number}.")
    await stage.quiet()
    await stage.stop()
    before = stage.ask(lambda store: store.cursor("kontakt/INBOX"))
    await stage.imap.renumber(MAILBOX)
    stage.renumbered()
    await stage.start()
    await stage.until(lambda store: store.cursor("kontakt/INBOX").epoch != before.epoch)
    await stage.mail("anna@nowak.example", "Oferta 3", "Proszę o ofertę numer 3.")
    await stage.quiet()
    assert len(mails(stage)) == 4
    assert len(stage.ask(lambda store: store.waiting_items())) == 4


async def test_she_hears_of_an_outage_and_of_its_end_once_whatever_was_restarted_meanwhile(
    on_stage: OpenStage, caplog: pytest.LogCaptureFixture
) -> None:
    """In plain words: whose mail, since when, and why."""
    caplog.set_level("INFO")
    stage = await on_stage(at(20, 9))
    await stage.imap.stop()
    await stage.until(lambda store: "kontakt/INBOX: cannot be read" in caplog.text)
    await stage.move(timedelta(minutes=1))
    await stage.until(lambda store: bool(store.outages()))
    stage.reload()
    await stage.until(lambda store: caplog.text.count("running: ") == 2)
    await stage.move(timedelta(minutes=13))
    assert phone(stage) == []
    await stage.until(lambda store: caplog.text.count("kontakt/INBOX: cannot be read") == 2)
    await stage.move(timedelta(minutes=1))
    await stage.until(lambda store: bool(phone(stage)))
    assert phone(stage)[0].startswith(
        "⚠️ Nie mogę odczytać poczty kontakt@zaradna.example (początek: dziś, godz. 9:00): "
        "nie można połączyć się z serwerem. "
    )
    await stage.stop()
    await stage.start()
    await stage.until(lambda store: caplog.text.count("kontakt/INBOX: cannot be read") == 3)
    await stage.move(timedelta(minutes=30))
    assert len(phone(stage)) == 1
    await stage.stop()
    await stage.imap.start()
    await stage.start()
    async with asyncio.timeout(PATIENCE):
        while stage.ask(lambda store: bool(store.outages())):
            await stage.move(timedelta(minutes=1))
    await stage.quiet()
    back = "✅ Znowu mogę odczytać pocztę kontakt@zaradna.example. Początek przerwy: dziś, godz. 9:00."
    assert phone(stage)[1:] == [back]


async def test_after_a_long_outage_everything_is_queued_and_only_what_is_true_is_said(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 8, 30))
    await stage.stop()
    await stage.mail("anna@nowak.example", "Rano", "Proszę o ofertę.")
    stage.clock.move_to(at(20, 15))
    await stage.mail("jovan@jovanovic.example", "Popodne", "Molim vas pošaljite ponudu.")
    stage.clock.move_to(at(20, 15, 30))
    await stage.start()
    await stage.quiet()
    assert {item.subject for item in stage.ask(lambda store: store.waiting_items())} == {"Rano", "Popodne"}
    assert [mail["Subject"] for mail in mails(stage)] == ["Re: Popodne"]


async def test_a_new_configuration_is_taken_without_a_restart(on_stage: OpenStage) -> None:
    stage: Stage = await on_stage(at(20, 9))
    stage.write_config("clients:\n  - {name: Nowa, language: en, contacts: [{email: new@client.example}]}\n")
    stage.reload()
    await stage.mail("new@client.example", "Hello", "Could you send me the price list?")
    await stage.quiet()
    assert len(mails(stage)) == 1
    assert "after 12 noon today" in mails(stage)[0].get_body(("plain",)).get_content()


async def test_a_broken_configuration_is_refused_and_the_old_one_keeps_running(
    on_stage: OpenStage, caplog: pytest.LogCaptureFixture
) -> None:
    stage: Stage = await on_stage(at(20, 9))
    good = stage.config_path.read_text()
    stage.config_path.write_text(good + "chek_windows: {}\n")
    stage.reload()
    async with asyncio.timeout(PATIENCE):
        while "reload refused" not in caplog.text:
            await asyncio.sleep(0.01)
    assert "config.yaml:" in caplog.text
    stage.config_path.write_text(good)  # only so that the test itself can read the database's place
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    assert len(mails(stage)) == 1


async def test_what_a_provider_does_not_take_in_an_hour_waits_for_the_next(
    on_stage: OpenStage, caplog: pytest.LogCaptureFixture
) -> None:
    """Also over a restart: what has left before it counts. Each run says so once."""
    stage = await on_stage(at(20, 9))
    line = f"smtp: {{host: 127.0.0.1, port: {stage.smtp.port}, security: none"
    stage.write_config(CLIENTS, changes={line: f"{line}, per_hour: 2"})
    await stage.stop()
    await stage.start()
    for number in range(3):
        await stage.mail("anna@nowak.example", f"Oferta {number}", f"Proszę o ofertę numer {number}.")
    await stage.until(lambda store: len(store.waiting_items()) == 3)
    await stage.smtp.wait_for(2)
    await stage.stop()
    await stage.start()
    for number in range(3, 7):
        await stage.mail("anna@nowak.example", f"Oferta {number}", f"Proszę o ofertę numer {number}.")
        await stage.until(lambda store, count=number + 1: len(store.waiting_items()) == count)  # type: ignore[misc]
    stage.clock.move_to(at(20, 9, 59))
    await stage.until(lambda store: store.next_due_at(["kontakt"]) is not None)
    assert len(mails(stage)) == 2
    assert 1 <= caplog.text.count("the limit of its provider is reached") <= 2
    stage.clock.move_to(at(20, 10))
    await stage.smtp.wait_for(4)


async def test_a_mail_that_nobody_foresaw_costs_itself_and_nothing_else(on_stage: OpenStage) -> None:
    """A deadline at the end of the calendar, and a folder whose dates lie there."""
    stage = await on_stage(at(20, 9))
    await stage.mail("ann@baker.example", "Offer", "Please prepare the offer by 9999-12-31 23:59 PST.")
    await stage.mail("ann@baker.example", "Lunch", "Please book a table by 9999-12-31 24:00 EST.")
    await stage.imap.deliver(
        MAILBOX,
        b"From: ann@baker.example\r\nSubject: Far\r\n\r\nCould you send the list by Friday?",
        at(20, 9).replace(year=9998),
    )
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.until(lambda store: len(store.waiting_items()) == 4)
    await stage.until(lambda store: store.is_quiet(stage.clock.now()))
    assert {mail["Subject"] for mail in mails(stage)} == {"Re: Offer", "Re: Lunch", "Re: Far", "Re: Oferta"}
    assert all("po 12:00" in text or "12 noon" in text or "6 am" in text for text in map(text_of, mails(stage)))


async def test_a_clock_that_ran_ahead_hides_no_later_digest(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.ask(lambda store: store.record_digest(at(25, 16), 0, False, (), (), at(25, 16)))
    stage.clock.move_to(at(20, 12))
    await stage.until(lambda store: len(phone(stage)) == 1)


def _waits_with_digest_of(window: datetime, store: Store) -> bool:
    """And no try is under way that began before: it would fail later, and be put off from then on."""
    next_at = store.next_due_at(["telegram"])
    return store.last_digest_at() == window and next_at is not None and next_at > window


async def test_a_digest_outlives_a_day_without_telegram(on_stage: OpenStage) -> None:
    """Every digest of that day comes, in its order."""
    stage = await on_stage(at(19, 9))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    stage.telegram.weather(lambda method: Fault.BAD_GATEWAY if method.lower() == "sendmessage" else None)
    for window in (at(19, 12), at(19, 16), at(20, 8), at(20, 12)):
        stage.clock.move_to(window)
        await stage.until(partial(_waits_with_digest_of, window))
    assert phone(stage) == []
    stage.telegram.weather(lambda method: None)
    await stage.move_to(at(20, 13))
    windows = [text.partition("Przegląd ")[2][:5] for text in phone(stage)]
    assert windows == ["12:00", "16:00", "8:00:", "12:00"]
    assert all("Oferta" in text for text in phone(stage))


async def test_an_error_of_our_own_ends_with_the_next_look(
    on_stage: OpenStage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The mailbox is read again, and its health is that of the very same source."""
    caplog.set_level("INFO")
    monkeypatch.setattr(parts, "AFTER_OWN_ERROR", 0.05)
    stage = await on_stage(at(20, 9))
    with monkeypatch.context() as broken:
        broken.setattr(imap_inbox, "read_messages", lambda *_: 1 // 0)
        await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
        await until(lambda: "kontakt/INBOX: cannot be read: an error of the program itself" in caplog.text)
    await stage.quiet()
    assert len(mails(stage)) == 1
    await until(lambda: "kontakt/INBOX: works again" in caplog.text)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)
