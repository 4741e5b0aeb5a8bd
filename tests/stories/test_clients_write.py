"""What a client who writes may rely on."""

from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone, text_of
from triage_bot.demo.stage import MAILBOX


async def test_a_mail_of_half_past_twelve_is_promised_for_after_four(on_any_imap: OpenStage) -> None:
    stage = await on_any_imap(at(20, 12, 30))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę dla hotelu Pod Różą.")
    await stage.quiet()
    (answer,) = mails(stage)
    assert "dziś po 16:00" in text_of(answer)
    html = answer.get_body(("html",))
    assert html is not None
    assert "dziś po 16:00" in html.get_content()


async def test_an_acknowledgement_joins_the_thread_and_says_that_a_machine_wrote_it(on_any_imap: OpenStage) -> None:
    stage = await on_any_imap(at(20, 12, 30))
    headers = {"References": "<first@nowak.example>", "In-Reply-To": "<first@nowak.example>"}
    await stage.mail("anna@nowak.example", "Odp: Oferta", "Poprawiona wersja w załączniku.", headers=headers)
    await stage.quiet()
    (answer,) = mails(stage)
    assert answer["Subject"] == "Re: Oferta"
    assert answer["References"].split()[0] == "<first@nowak.example>"
    assert answer["References"].split()[-1] == answer["In-Reply-To"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["From"].addresses[0].addr_spec == MAILBOX
    assert stage.smtp.received[0].recipients == ("anna@nowak.example",)
    assert stage.smtp.received[0].mail_from == ""


async def test_friday_evening_names_monday(on_any_imap: OpenStage) -> None:
    stage = await on_any_imap(at(20, 17))
    await stage.mail("jovan@jovanovic.example", "Ponuda", "Molim vas pošaljite mi ponudu za štampu.")
    await stage.quiet()
    assert "u ponedeljak, 23. novembra, posle 8 časova" in text_of(mails(stage)[0])


async def test_before_a_public_holiday_the_day_after_it_is_named(on_stage: OpenStage) -> None:
    stage = await on_stage(at(10, 18))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę przygotować ofertę.")
    await stage.quiet()
    text = text_of(mails(stage)[0])
    assert "w czwartek 12 listopada po 8:00" in text
    assert "Święto Niepodległości" in text


async def test_a_client_reads_the_moment_on_her_own_clock(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 12, 30))
    await stage.mail("ann@baker.example", "Flights", "Could you book the flights for the June trip?")
    await stage.quiet()
    assert "after 10 am today (4 pm my time)" in text_of(mails(stage)[0])


async def test_a_chat_message_is_answered_in_the_chat(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.telegram.client_writes(777, "možete li da mi pošaljete ponudu?", name="Mila", username="mila")
    await stage.quiet()
    (answer,) = stage.telegram.sent(777)
    assert "danas posle 12 časova" in answer.text
    assert stage.smtp.received == []


async def test_a_cyrillic_message_is_answered_in_cyrillic(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.telegram.client_writes(777, "Можете ли да ми пошаљете понуду?", name="Мила", username="mila")
    await stage.quiet()
    assert "данас после 12 часова" in stage.telegram.sent(777)[0].text


async def test_an_edited_message_is_not_acknowledged_again(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    message = stage.telegram.client_writes(500, "proszę o fakturę za maj", name="Anna")
    await stage.quiet()
    await stage.move_to(at(20, 9, 5))
    stage.telegram.client_edits(500, message, "proszę o fakturę za maj i czerwiec")
    await stage.quiet()
    assert len(stage.telegram.sent(500)) == 1
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert item.excerpt == "proszę o fakturę za maj i czerwiec"


async def test_two_edits_within_a_second_both_count_and_neither_is_a_further_message(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    message = stage.telegram.client_writes(500, "proszę o fakturę za maj", name="Anna")
    await stage.quiet()
    for text in ("proszę o fakturę za czerwiec", "proszę o fakturę za lipiec"):
        stage.telegram.client_edits(500, message, text, date=stage.clock.now())
    await stage.quiet()
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert (item.excerpt, item.messages) == ("proszę o fakturę za lipiec", 1)
    assert [each.kind for each in stage.ask(lambda store: store.history(item.id))].count("edited") == 2
    assert len(stage.telegram.sent(500)) == 1


async def test_a_voice_message_is_queued_with_its_length(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.telegram.client_sends_voice(500, 42, name="Anna")
    await stage.quiet()
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert "0:42" in item.excerpt
    assert len(stage.telegram.sent(500)) == 1


async def test_a_second_mail_of_the_thread_is_not_acknowledged_again(on_any_imap: OpenStage) -> None:
    stage = await on_any_imap(at(20, 9))
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.", headers={"Reply-To": "anna@nowak.example"})
    await stage.quiet()
    answer_id = mails(stage)[0]["Message-ID"]
    await stage.mail("anna@nowak.example", "Re: Oferta", "I jeszcze o cennik.", headers={"In-Reply-To": answer_id})
    await stage.quiet()
    assert len(mails(stage)) == 1
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert item.messages == 2


async def test_a_machine_a_newsletter_a_thank_you_and_a_stranger_get_nothing(on_any_imap: OpenStage) -> None:
    stage = await on_any_imap(at(20, 9))
    await stage.mail(
        "anna@nowak.example", "Automatyczna odpowiedź", "Jestem na urlopie.", headers={"Auto-Submitted": "auto-replied"}
    )
    await stage.mail(
        "info@nowak.example", "Promocja", "Kup teraz.", headers={"List-Unsubscribe": "<https://nowak.example/u>"}
    )
    await stage.mail("ann@baker.example", "Re: Flights", "Perfect, thank you!")
    await stage.mail("ktos@nieznany.example", "Pytanie", "Ile kosztuje obsługa biura?")
    await stage.quiet()
    assert mails(stage) == []
    silences = {item.silence for item in stage.ask(lambda store: store.waiting_items())}
    assert silences == {"AUTO_REPLIED", "NEWSLETTER", "NEEDS_NO_ANSWER", "UNKNOWN_SENDER"}


async def test_mail_that_lay_there_before_the_first_start_is_left_alone(on_any_imap: OpenStage) -> None:
    stage = await on_any_imap(at(20, 9))
    await stage.stop()
    assert stage.ask(lambda store: store.waiting_items()) == []
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.start()
    await stage.quiet()
    # It came while the bot was down, after the first start: it is hers to answer.
    assert len(mails(stage)) == 1


async def test_a_contact_without_an_agreed_acknowledgement_gets_none(on_stage: OpenStage) -> None:
    clients = CLIENTS + "  - {name: Cichy, contacts: [{email: jan@cichy.example}], agreement: {acknowledge: false}}\n"
    stage = await on_stage(at(20, 9), clients)
    await stage.mail("jan@cichy.example", "Sprawa", "Proszę o telefon do drukarni.")
    await stage.quiet()
    assert mails(stage) == []
    assert phone(stage) == []


async def test_only_the_named_contact_is_greeted_by_name(on_stage: OpenStage) -> None:
    client = (
        "clients:\n  - {name: Kowalski, language: pl, greeting: Panie Janie,"
        " contacts: [{email: jan@kowalski.example}, {domain: kowalski.example}]}\n"
    )
    stage = await on_stage(at(20, 9), client)
    await stage.mail("jan@kowalski.example", "Oferta", "Proszę o ofertę.")
    await stage.mail("ewa@kowalski.example", "Faktura", "Proszę o fakturę.")
    await stage.quiet()
    greeted = {mail["Subject"]: "Panie Janie" in text_of(mail) for mail in mails(stage)}
    assert greeted == {"Re: Oferta": True, "Re: Faktura": False}


async def test_start_is_no_message(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    stage.telegram.client_writes(500, "/start", name="Anna")
    stage.telegram.client_writes(500, "proszę przygotować ofertę na targi", name="Anna")
    await stage.quiet()
    greeting, acknowledgement = stage.telegram.sent(500)
    assert "poniedziałek–piątek 8:00–16:00" in greeting.text
    assert "12:00" in acknowledgement.text
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert (item.messages, item.excerpt) == (1, "proszę przygotować ofertę na targi")


async def test_who_writes_again_because_it_became_urgent_is_told_so(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 12, 30))
    stage.telegram.client_writes(500, "proszę przygotować ofertę na targi", name="Anna")
    await stage.quiet()
    stage.telegram.client_writes(500, "pilne! strona sklepu nie działa, klienci nie mogą zapłacić", name="Anna")
    await stage.quiet()
    assert len(stage.telegram.sent(500)) == 2
    assert "piln" in stage.telegram.sent(500)[1].text
