"""Albums come picture by picture and are one message."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.telegram_reader import ASSISTANT, QUICK, Ledger, an_inbox, running
from triage_bot.channels.protocols import AssistantAction
from triage_bot.channels.telegram_albums import gathered, unfinished
from triage_bot.clock import HandClock
from triage_bot.demo.bot_api import BotApi, Fault

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
ANNA = 1001
JAN = 501


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def api(clock: HandClock) -> AsyncIterator[BotApi]:
    async with BotApi(now=clock.now) as api:
        yield api


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


async def test_an_album_is_one_message_with_all_its_pictures(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    numbers = api.client_sends_album(ANNA, ["the receipts", "", ""])
    async with running(an_inbox(api, clock, ledger), ledger):
        await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
    (found,) = ledger.messages.values()
    assert (found.text, len(found.attachments)) == ("the receipts", 3)
    assert found.album == tuple(f"{ANNA}/{number}" for number in numbers)


async def test_the_rest_of_an_album_is_waited_for(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    slow = replace(QUICK, album=timedelta(seconds=1))
    async with running(an_inbox(api, clock, ledger, pace=slow), ledger):
        await api.wait_for(lambda: api.polled)
        api.client_sends_album(ANNA, ["the receipts"], group="g")
        await api.wait_for(lambda: not api.polled)
        assert not ledger.texts
        api.client_sends_album(ANNA, ["", ""], group="g")
        await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
    (found,) = ledger.messages.values()
    assert len(found.album) == 3


async def test_a_crash_while_it_is_waited_for_loses_nothing(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    slow = replace(QUICK, album=QUICK.long_poll)
    async with running(an_inbox(api, clock, ledger, pace=slow), ledger):
        await api.wait_for(lambda: api.polled)
        api.client_sends_album(ANNA, ["the receipts"], group="g")
        await api.wait_for(lambda: not api.polled)
    assert not ledger.texts
    api.client_sends_album(ANNA, [""], group="g")
    async with running(an_inbox(api, clock, ledger), ledger):
        await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
    assert [len(message.album) for message in ledger.messages.values()] == [2]


async def test_an_album_that_is_cut_by_the_end_of_a_batch_begins_the_next(
    api: BotApi, clock: HandClock, ledger: Ledger
) -> None:
    for text in ("one", "two", "three"):
        api.client_writes(JAN, text)
    api.client_sends_album(ANNA, ["the receipts", "", ""])
    async with running(an_inbox(api, clock, ledger, pace=replace(QUICK, batch=5)), ledger):
        await api.wait_for(lambda: len(ledger.texts) == 4 and not api.unconfirmed)
    assert ledger.texts == ["one", "two", "three", "the receipts"]
    assert [len(batch.messages) for batch in ledger.batches if batch.messages] == [3, 1]


async def test_a_fault_while_it_is_waited_for_is_survived(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    api.client_sends_album(ANNA, ["the receipts", ""])
    async with running(an_inbox(api, clock, ledger), ledger):
        api.fails(Fault.BAD_GATEWAY, "getUpdates", times=2)
        await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
    assert [len(message.album) for message in ledger.messages.values()] == [2]


async def test_hers_is_one_action(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    actions: list[AssistantAction] = []

    async def act(action: AssistantAction) -> None:
        actions.append(action)

    numbers = api.client_sends_album(ASSISTANT, ["", "for Jan"])
    async with running(an_inbox(api, clock, ledger, on_assistant=act), ledger):
        await api.wait_for(lambda: actions and not api.unconfirmed)
    (action,) = actions
    assert (action.message_id, action.text, len(action.files)) == (numbers[0], "for Jan", 2)
    assert action.media_group


def part(chat: int, group: str = "") -> dict[str, object]:
    return {"update_id": 1, "message": {"chat": {"id": chat}, **({"media_group_id": group} if group else {})}}


@pytest.mark.parametrize(
    ("updates", "begins"),
    [
        pytest.param([part(1, "a"), part(1, "a")], 0, id="more may come"),
        pytest.param([part(2), part(1, "a")], 1, id="behind something else"),
        pytest.param([part(1, "a"), part(2)], 0, id="somebody else writes in between"),
        pytest.param([part(1, "a"), part(1)], None, id="the same person has gone on"),
        pytest.param([part(1, "a"), part(1, "b")], 1, id="with another album"),
        pytest.param([part(1, "a")] * 10, None, id="no more can come"),
        pytest.param([{"update_id": 1, "message": 5}, {}], None, id="no album at all"),
    ],
)
def test_where_an_album_may_go_on(updates: list[dict[str, object]], begins: int | None) -> None:
    assert unfinished(updates) == begins


def test_parts_are_gathered_at_the_place_of_the_first() -> None:
    updates = [part(1, "a"), part(2, "a"), part(1, "a"), part(3), part(2, "a")]
    assert [len(parts) for parts in gathered(updates)] == [2, 2, 1]
