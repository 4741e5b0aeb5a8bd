"""What the assistant may rely on: her digest, her alerts, her queue."""

from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone
from triage_bot.core.items import ItemState

HARM = "sklep internetowy nie działa, klienci nie mogą nic kupić"


async def test_the_digest_comes_at_the_window_and_lists_what_waits(on_any_imap: OpenStage) -> None:
    stage = await on_any_imap(at(20, 12, 30))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.", name="Anna Nowak")
    await stage.quiet()
    assert phone(stage) == []
    await stage.move_to(at(20, 16))
    (digest,) = phone(stage)
    for words in ("16:00", "Nowak", "Oferta", "3 godz. temu", "dziś po 16:00"):
        assert words in digest


async def test_what_is_overdue_comes_first_then_what_is_urgent(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await stage.mail("anna@nowak.example", "Zwykła", "Proszę przygotować ofertę.")
    await stage.quiet()
    await stage.move_to(at(20, 16, 10))
    await stage.mail("jovan@jovanovic.example", "Novija", "Molim vas pošaljite ponudu.")
    await stage.mail("recepcja@hotel.example", "Awaria", HARM)
    await stage.quiet()
    await stage.move_to(at(23, 8))
    digest = phone(stage)[-1]
    assert digest.index("Zwykła") < digest.index("Awaria") < digest.index("Novija")
    assert "po 12:00" in digest


async def test_an_answer_promised_for_after_a_check_is_not_late_that_day(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await stage.mail("anna@nowak.example", "Zwykła", "Proszę przygotować ofertę.")
    await stage.quiet()
    await stage.move_to(at(20, 16))
    digest = phone(stage)[-1]
    assert "spóźniona" not in digest.lower()
    assert "po 12:00" in digest


async def test_an_empty_window_says_so_in_one_line(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 11, 59))
    await stage.move_to(at(20, 12))
    (digest,) = phone(stage)
    assert "\n" not in digest
    assert "12:00" in digest


async def test_an_empty_window_may_be_silent(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 11, 59), CLIENTS + "digest: {empty_window: silent}\n")
    await stage.move_to(at(20, 12))
    assert phone(stage) == []


async def test_a_window_has_one_digest_also_after_a_restart(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 11, 59))
    await stage.move_to(at(20, 12))
    await stage.stop()
    await stage.start()
    await stage.move_to(at(20, 12, 30))
    assert len(phone(stage)) == 1


async def test_a_digest_that_was_missed_comes_once_after_the_start_and_says_that_it_is_late(
    on_stage: OpenStage,
) -> None:
    stage = await on_stage(at(20, 9))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    await stage.stop()
    stage.clock.move_to(at(20, 18))  # both the window of 12:00 and that of 16:00 went by
    await stage.start()
    await stage.quiet()
    (digest,) = phone(stage)
    assert "16:00" in digest
    assert "Oferta" in digest
    assert "spóźni" in digest.lower() or "opóźni" in digest.lower()


async def test_what_comes_within_the_minute_of_the_window_is_told_within_the_next(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 11, 59))
    await stage.move_to(at(20, 12))
    await stage.move_to(at(20, 12, 0, 20))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    await stage.move_to(at(20, 12, 1))
    await stage.until(lambda store: store.is_quiet(stage.clock.now()) and len(phone(stage)) == 2)
    assert "Oferta" in phone(stage)[1]


async def test_an_urgent_message_rings_inside_working_hours(on_any_imap: OpenStage) -> None:
    stage = await on_any_imap(at(20, 13))
    await stage.mail("anna@nowak.example", "Sklep", HARM)
    await stage.quiet()
    (alert,) = phone(stage)
    assert "Nowak" in alert
    assert len(mails(stage)) == 1


async def test_it_does_not_ring_at_night_unless_that_is_agreed(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 21))
    await stage.mail("anna@nowak.example", "Sklep", HARM)
    await stage.quiet()
    assert phone(stage) == []
    await stage.mail("recepcja@hotel.example", "Hotel", HARM)
    await stage.quiet()
    (alert,) = phone(stage)
    assert "Hotel" in alert


async def test_it_rings_once_for_an_item(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 13))
    stage.telegram.client_writes(500, HARM, name="Anna")
    await stage.quiet()
    stage.telegram.client_writes(500, "halo, sklep internetowy dalej nie działa!", name="Anna")
    await stage.quiet()
    assert len(phone(stage)) == 1


async def test_the_digest_of_a_client_with_windows_of_her_own_comes_then(on_stage: OpenStage) -> None:
    own = "  - {name: Rano, contacts: [{email: a@rano.example}], agreement: {check_windows: {fri: ['10:00']}}}\n"
    stage = await on_stage(at(20, 9), CLIENTS + own)
    await stage.mail("a@rano.example", "Pytanie", "Kiedy będzie gotowa ulotka?")
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    await stage.move_to(at(20, 10))
    (digest,) = phone(stage)
    assert "Pytanie" in digest
    assert "Oferta" not in digest


async def test_a_thank_you_is_shown_once_and_then_closed(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 11))
    await stage.mail("ann@baker.example", "Re: Flights", "Perfect, thank you!")
    await stage.quiet()
    await stage.move_to(at(20, 12))
    assert "Flights" in phone(stage)[-1]
    await stage.until(lambda store: store.waiting_items() == [])


async def test_a_closed_item_is_not_listed_again(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 11))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    (item,) = stage.ask(lambda store: store.waiting_items())
    # Another process does it while the service runs, as `triage-bot queue done` is.
    stage.ask(lambda store: store.transition(item.id, ItemState.DONE, stage.clock.now(), by="queue done"))
    await stage.move_to(at(20, 12))
    assert "Oferta" not in phone(stage)[-1]


async def test_client_text_never_breaks_the_formatting(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 11))
    text = "Proszę wpisać <b>pogrubione & <script>kod</script> 5 < 6 do oferty" + " <i>i</i> dalej" * 400
    for number in range(12):
        await stage.mail("anna@nowak.example", f"<Oferta> & {number}", text)
    await stage.quiet()
    await stage.move_to(at(20, 12))
    texts = "\n".join(phone(stage))
    assert all(f"<Oferta> & {number}" in texts for number in range(12))
    assert all(len(text) <= 4096 for text in phone(stage))
