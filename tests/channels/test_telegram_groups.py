"""Which words in a group are for the assistant, and what becomes of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.servers.telegram_reader import ASSISTANT, Ledger, an_inbox, running
from triage_bot.channels.protocols import ChatMove, ChatReach
from triage_bot.channels.telegram_people import Groups
from triage_bot.clock import HandClock
from triage_bot.demo.bot_api import BotApi

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
GROUP = -1_001_000_000_001
JAN = 501


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def api(clock: HandClock) -> AsyncIterator[BotApi]:
    async with BotApi(now=clock.now) as api:
        api.opens_chat(ASSISTANT, "Katarzyna", "Kasia_Z")
        yield api


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


async def read(api: BotApi, clock: HandClock, ledger: Ledger, **settings: Any) -> None:
    async with running(an_inbox(api, clock, ledger, **settings), ledger):
        await api.wait_for(lambda: ledger.cursor and api.polled and not api.unconfirmed)


@pytest.mark.parametrize(
    ("text", "means_her"),
    [
        pytest.param("@triage_demo_bot, is the offer out?", True, id="the bot is named"),
        pytest.param("👍 @kasia_z please look", True, id="she is named, after an emoji"),
        pytest.param("@kasia_zz please look", False, id="somebody else is named"),
        pytest.param("kasia_z", False, id="her name without the sign"),
        pytest.param("lunch?", False, id="talk"),
    ],
)
async def test_who_is_mentioned_is_meant(
    api: BotApi, clock: HandClock, ledger: Ledger, text: str, means_her: bool
) -> None:
    number = api.group_writes(GROUP, text, by=JAN, name="Jan", username="Jan_K", title="Studio")
    await read(api, clock, ledger)
    assert ledger.texts == ([text] if means_her else [])
    if means_her:
        found = ledger.messages[f"{GROUP}/{number}"]
        assert (found.chat_id, found.sender_id, found.username) == (GROUP, JAN, "jan_k")
        assert found.header_from.name == "Jan (Studio)"
        assert found.refs == (str(GROUP),)


async def test_an_answer_to_her_means_her_and_her_own_words_are_her_answer(
    api: BotApi, clock: HandClock, ledger: Ledger
) -> None:
    hers = api.group_writes(GROUP, "Tomorrow at ten?", by=ASSISTANT)
    api.group_writes(GROUP, "Yes, please", by=JAN, reply_to=hers)
    await read(api, clock, ledger)
    assert ledger.texts == ["Yes, please"]
    (own,) = ledger.own.values()
    assert (own.key, own.recipients, own.refs, own.sent_at) == (f"{GROUP}/{hers}", (str(GROUP),), (str(GROUP),), NOON)


async def test_her_answer_names_what_it_answers(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    asked = api.group_writes(GROUP, "@kasia_z when?", by=JAN)
    api.group_writes(GROUP, "Tomorrow", by=ASSISTANT, reply_to=asked)
    await read(api, clock, ledger)
    (own,) = ledger.own.values()
    assert own.refs == (str(GROUP), f"{GROUP}/{asked}")


async def test_words_about_her_by_a_person_without_a_name_are_found_by_her_number(
    api: BotApi, clock: HandClock, ledger: Ledger
) -> None:
    mention = {"type": "text_mention", "offset": 0, "length": 5, "user": {"id": ASSISTANT}}
    api.group_writes(GROUP, "Kasia, when?", by=JAN, entities=[mention])
    await read(api, clock, ledger)
    assert ledger.texts == ["Kasia, when?"]


@pytest.mark.parametrize(("groups", "texts"), [(Groups.ALL, ["lunch?"]), (Groups.NEVER, [])])
async def test_a_setting_says_which_talk_is_read(
    api: BotApi, clock: HandClock, ledger: Ledger, groups: Groups, texts: list[str]
) -> None:
    api.group_writes(GROUP, "lunch?", by=JAN)
    await read(api, clock, ledger, groups=groups)
    assert ledger.texts == texts


async def test_a_topic_of_a_forum_is_a_thread_of_its_own_and_its_first_note_is_no_question(
    api: BotApi, clock: HandClock, ledger: Ledger
) -> None:
    note = api.group_writes(GROUP, "", by=ASSISTANT, forum_topic_created={"name": "Offers"})
    api.group_writes(GROUP, "talk", by=JAN, topic=note, reply_to=note)
    api.group_writes(GROUP, "@kasia_z?", by=JAN, topic=note)
    await read(api, clock, ledger)
    (found,) = ledger.messages.values()
    assert (found.text, found.refs) == ("@kasia_z?", (f"{GROUP}:{note}",))


async def test_a_bot_and_notes_of_telegram_are_no_client(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    chat, sender = {"id": GROUP, "type": "supergroup"}, {"id": 9, "is_bot": True, "first_name": "B"}
    api.update("message", {"message_id": 1, "date": 1, "chat": chat, "from": sender, "text": "@kasia_z"})
    api.group_writes(GROUP, "", by=JAN, new_chat_members=[{"id": 3}])
    await read(api, clock, ledger, groups=Groups.ALL)
    assert ledger.texts == []


async def test_names_are_looked_up_once_and_only_for_groups(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    api.client_writes(JAN, "hello")
    await read(api, clock, ledger)
    assert "getme" not in api.requests
    for text in ("one", "two"):
        api.group_writes(GROUP, text)
        clock.move(timedelta(seconds=1))
        await read(api, clock, ledger, groups=Groups.NEVER)
    assert "getme" not in api.requests
    api.group_writes(GROUP, "three")
    api.group_writes(GROUP, "four")
    await read(api, clock, ledger)
    assert api.requests.count("getme") == 1


async def test_a_group_that_moves_or_sends_the_bot_away_is_noted(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    api.group_writes(-5, "hello", by=JAN, title="Studio")
    api.group_moves(-5, GROUP)
    api.group_removes_bot(GROUP)
    await read(api, clock, ledger)
    assert [move for batch in ledger.batches for move in batch.moves] == [ChatMove(-5, GROUP, NOON, "Studio")]
    reaches = [reach for batch in ledger.batches for reach in batch.reaches]
    assert reaches == [ChatReach(GROUP, NOON, False, "Studio", group=True)]
