"""What people who write on Telegram may rely on, in chats with the bot, in groups and in chats of hers."""

from datetime import timedelta

from tests.stories.conftest import OpenStage
from tests.stories.reading import at, phone
from triage_bot.core.items import ItemState
from triage_bot.demo.stage import ASSISTANT_CHAT, Stage
from triage_bot.store.drafts import EntryState

GROUP = -1_001_000_000_001
CLIENTS = """\
clients:
  - {name: Nowak, language: pl, contacts: [{telegram: 500}, {telegram: -1001000000001}]}
  - {name: Baker, language: en, zone: America/New_York, contacts: [{telegram: 600}]}
  - name: Hotel
    language: sr
    contacts: [{telegram: 700}]
    agreement: {emergencies: {contact: "tel. 600"}}
"""
OFFER = "proszę przygotować ofertę na targi"


def said(stage: Stage, chat: int) -> list[str]:
    return [message.text for message in stage.telegram.sent(chat)]


async def test_start_tells_what_this_is_when_she_works_and_what_to_do_in_an_emergency(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    for chat in (500, 600, 700):
        stage.telegram.client_writes(chat, "/start")
    await stage.quiet()
    (polish,), (english,), (serbian,) = said(stage, 500), said(stage, 600), said(stage, 700)
    assert "poniedziałek–piątek 8:00–16:00" in polish
    assert "8:00, 12:00, 16:00" in polish
    assert "it is 9 am here now" in english
    assert serbian.splitlines()[1] == "U hitnom slučaju važi dogovoreni kontakt: tel. 600"
    assert stage.ask(lambda store: store.waiting_items()) == []


async def test_start_is_answered_once_an_hour(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    for _ in range(3):
        stage.telegram.client_writes(500, "/start")
    await stage.quiet()
    assert len(said(stage, 500)) == 1
    await stage.move(timedelta(minutes=61))
    stage.telegram.client_writes(500, "/start")
    await stage.quiet()
    assert len(said(stage, 500)) == 2


async def test_a_stranger_is_greeted_in_the_language_of_her_telegram(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    for chat, language in ((801, "sr"), (802, "de"), (803, "")):
        stage.telegram.client_writes(chat, "/start", language=language)
    await stage.quiet()
    beginnings = [said(stage, chat)[0].partition("!")[0] for chat in (801, 802, 803)]
    assert beginnings == ["Dobar dan", "Hello", "Dzień dobry"]


async def test_a_stranger_who_writes_gets_one_polite_line_and_is_an_item(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    for text in ("dzień dobry, szukam asystentki", "czy ma Pani wolne terminy?"):
        stage.telegram.client_writes(801, text, name="Ewa")
        await stage.quiet()
    (line,) = said(stage, 801)
    assert "Przeczytam ją dziś o 12:00" in line
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert (item.client, item.messages, item.silence) == ("", 2, "")
    assert "unknown_chat" in [reason.code for reason in item.because]


async def test_a_client_in_a_group_is_answered_in_the_group_when_she_names_the_assistant(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    stage.telegram.group_writes(GROUP, "co z obiadem?", by=901)
    asked = stage.telegram.group_writes(GROUP, f"@triage_demo_bot {OFFER}", by=901, name="Jan", title="Targi")
    await stage.quiet()
    (answer,) = stage.telegram.sent(GROUP)
    assert "dziś po 12:00" in answer.text
    assert answer.reply_to == asked
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert (item.client, item.contact, item.contact_name) == ("Nowak", str(GROUP), "Jan (Targi)")


async def test_in_a_group_of_nobody_the_person_counts(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    stage.telegram.group_writes(-77, f"@triage_demo_bot {OFFER}", by=500, name="Anna")
    stage.telegram.group_writes(-78, f"@triage_demo_bot {OFFER} dla nas", by=902, name="Ktoś")
    await stage.quiet()
    assert len(said(stage, -77)) == 1
    assert said(stage, -78) == []
    clients = [item.client for item in stage.ask(lambda store: store.waiting_items())]
    assert clients == ["Nowak", ""]


async def test_a_group_that_moves_stays_its_clients(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS.replace(str(GROUP), "-55"))
    stage.telegram.group_writes(-55, f"@triage_demo_bot {OFFER}", by=901, name="Jan")
    await stage.quiet()
    stage.telegram.group_moves(-55, GROUP)
    await stage.quiet()
    (item,) = stage.ask(lambda store: store.waiting_items())
    assert item.contact == str(GROUP)
    assert stage.ask(lambda store: store.standing().bindings) == {("telegram", str(GROUP)): "Nowak"}


async def test_a_group_that_moved_is_its_clients_also_when_a_member_is_another_client(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS.replace(str(GROUP), "-55"))
    stage.telegram.group_writes(-55, f"@triage_demo_bot {OFFER}", by=901, name="Jan")
    await stage.quiet()
    stage.telegram.group_moves(-55, GROUP)
    await stage.quiet()
    await stage.stop()
    await stage.start()
    stage.telegram.group_writes(GROUP, f"@triage_demo_bot {OFFER} w grudniu", by=600, name="Ann")
    await stage.quiet()
    assert {item.client for item in stage.ask(lambda store: store.waiting_items())} == {"Nowak"}


async def test_an_album_is_acknowledged_once(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    numbers = stage.telegram.client_sends_album(500, [OFFER, "", ""], name="Anna")
    await stage.quiet()
    assert len(said(stage, 500)) == 1
    (item,) = stage.ask(lambda store: store.waiting_items())
    (message,) = stage.ask(lambda store: store.messages_of(item.id))
    assert message.album == tuple(f"500/{number}" for number in numbers)
    assert len(message.attachments) == 3


class TestHerOwnAccount:
    async def test_a_client_is_acknowledged_there_in_her_name(self, on_stage: OpenStage) -> None:
        stage = await on_stage(at(20, 9), CLIENTS)
        business = stage.telegram.connects_account(ASSISTANT_CHAT)
        stage.telegram.business_writes(business, 500, OFFER, name="Anna")
        await stage.quiet()
        (answer,) = stage.telegram.sent_in_name(ASSISTANT_CHAT, 500)
        assert "dziś po 12:00" in answer.text
        assert said(stage, 500) == []
        (item,) = stage.ask(lambda store: store.waiting_items())
        (message,) = stage.ask(lambda store: store.messages_of(item.id))
        assert (item.client, item.messages, message.business) == ("Nowak", 1, business)
        assert stage.telegram.read_up_to(business, 500) == 0

    async def test_it_is_another_thread_than_the_chat_with_the_bot(self, on_stage: OpenStage) -> None:
        stage = await on_stage(at(20, 9), CLIENTS)
        business = stage.telegram.connects_account(ASSISTANT_CHAT)
        stage.telegram.business_writes(business, 500, OFFER, name="Anna")
        stage.telegram.client_writes(500, "proszę o fakturę za maj", name="Anna")
        await stage.quiet()
        assert len(stage.ask(lambda store: store.waiting_items())) == 2
        assert len(stage.telegram.sent_in_name(ASSISTANT_CHAT, 500)) == len(said(stage, 500)) == 1

    async def test_somebody_unknown_is_not_spoken_to_by_a_bot(self, on_stage: OpenStage) -> None:
        stage = await on_stage(at(20, 9), CLIENTS)
        business = stage.telegram.connects_account(ASSISTANT_CHAT)
        stage.telegram.business_writes(business, 999, "cześć, wpadniesz w sobotę?", name="Mama")
        await stage.quiet()
        assert stage.telegram.sent_in_name(ASSISTANT_CHAT, 999) == ()
        assert [item.client for item in stage.ask(lambda store: store.waiting_items())] == [""]

    async def test_where_the_bot_may_not_write_it_is_silent_and_the_item_stays(self, on_stage: OpenStage) -> None:
        stage = await on_stage(at(20, 9), CLIENTS)
        business = stage.telegram.connects_account(ASSISTANT_CHAT, can_reply=False)
        stage.telegram.business_writes(business, 500, OFFER, name="Anna")
        await stage.quiet()
        assert stage.telegram.sent_in_name(ASSISTANT_CHAT, 500) == ()
        (item,) = stage.ask(lambda store: store.waiting_items())
        assert item.silence == "MAY_NOT_ANSWER"

    async def test_when_she_disconnects_it_what_waits_is_withdrawn(self, on_stage: OpenStage) -> None:
        waits = CLIENTS.replace("{telegram: 500}", "{telegram: 500}").replace(
            "{name: Nowak, language: pl,", "{name: Nowak, language: pl, agreement: {acknowledge_after: {chat: 5m}},"
        )
        stage = await on_stage(at(20, 9), waits)
        business = stage.telegram.connects_account(ASSISTANT_CHAT)
        stage.telegram.business_writes(business, 500, OFFER, name="Anna")
        await stage.quiet()
        stage.telegram.changes_connection(business, enabled=False)
        await stage.quiet()
        await stage.move(timedelta(minutes=10))
        await stage.quiet()
        assert stage.telegram.sent_in_name(ASSISTANT_CHAT, 500) == ()
        (item,) = stage.ask(lambda store: store.items({ItemState.OPEN}))
        assert EntryState.DROPPED.value in [event.kind for event in stage.ask(lambda store: store.history(item.id))]
        assert stage.ask(lambda store: store.failed_entries()) == []


async def test_a_client_who_blocks_the_bot_is_told_to_her_once(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    stage.telegram.client_writes(500, OFFER, name="Anna")
    await stage.quiet()
    for _ in range(2):
        stage.telegram.client_blocks(500)
        await stage.quiet()
    assert ["Nowak" in text for text in phone(stage) if "zablokował bota" in text] == [True]
    stage.telegram.client_unblocks(500)
    await stage.quiet()
    assert stage.ask(lambda store: store.undeliverable()) == []


async def test_a_group_that_sends_the_bot_away_is_told_as_that_and_not_as_a_block(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    stage.telegram.group_writes(GROUP, f"@triage_demo_bot {OFFER}", by=901, name="Jan", title="Targi")
    await stage.quiet()
    stage.telegram.group_removes_bot(GROUP)
    await stage.quiet()
    (told,) = [text for text in phone(stage) if "Targi" in text]
    assert "Bot został usunięty z grupy" in told
    assert "zablokował" not in told
    (lost,) = stage.ask(lambda store: store.undeliverable())
    assert lost.diagnostic == "the bot was removed from this group"


async def test_a_setting_keeps_the_bot_silent_towards_strangers(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS)
    await stage.stop()
    stage.write_config(CLIENTS, changes={"api_url:": "strangers: silent, api_url:"})
    await stage.start()
    stage.telegram.client_writes(801, "dzień dobry, szukam asystentki", name="Ewa")
    await stage.quiet()
    assert said(stage, 801) == []
    assert len(stage.ask(lambda store: store.waiting_items())) == 1
