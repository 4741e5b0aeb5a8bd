"""The bot as secretary of her own account (Telegram Business)."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.servers.telegram_reader import ASSISTANT, Ledger, an_inbox, running
from triage_bot.channels.telegram_courier import TelegramCourier
from triage_bot.clock import HandClock
from triage_bot.core.messages import BusinessConnection, Medium, OutgoingMessage
from triage_bot.core.servers import TelegramServer
from triage_bot.demo.bot_api import BotApi, Fault
from triage_bot.errors import PermanentFailure

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
JAN = 501


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def api(clock: HandClock) -> AsyncIterator[BotApi]:
    async with BotApi(now=clock.now) as api:
        api.opens_chat(ASSISTANT, "Katarzyna")
        yield api


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
async def courier(api: BotApi) -> AsyncIterator[TelegramCourier]:
    courier = TelegramCourier("telegram", TelegramServer(token=api.token, api_url=api.url), answer_seconds=PATIENCE)
    yield courier
    await courier.close()


async def read(api: BotApi, clock: HandClock, ledger: Ledger, **settings: Any) -> None:
    async with running(an_inbox(api, clock, ledger, **settings), ledger):
        await api.wait_for(lambda: ledger.cursor and api.polled and not api.unconfirmed)


async def nothing() -> None:
    pass


def to_jan(business: str, text: str = "I have it", **more: Any) -> OutgoingMessage:
    return OutgoingMessage(Medium.CHAT, str(JAN), text, business=business, **more)


async def test_a_message_to_her_account_is_a_clients_in_a_thread_of_its_own(
    api: BotApi, clock: HandClock, ledger: Ledger
) -> None:
    business = api.connects_account(ASSISTANT)
    number = api.business_writes(business, JAN, "Is it ready?", name="Jan")
    api.client_writes(JAN, "Is it ready?", name="Jan")
    await read(api, clock, ledger)
    hers, to_the_bot = ledger.messages.values()
    assert hers.message_id == f"{JAN}@{ASSISTANT}/{number}"
    assert (hers.chat_id, hers.refs, hers.business, hers.may_answer) == (JAN, (f"{JAN}@{ASSISTANT}",), business, True)
    assert (to_the_bot.chat_id, to_the_bot.refs, to_the_bot.business) == (JAN, (str(JAN),), "")
    (connection,) = ledger.connections
    assert connection == BusinessConnection(
        business, ASSISTANT, ASSISTANT, can_reply=True, enabled=True, changed_at=NOON
    )


async def test_her_own_words_there_are_her_answer_and_the_bots_are_nobodys(
    api: BotApi, clock: HandClock, ledger: Ledger, courier: TelegramCourier
) -> None:
    business = api.connects_account(ASSISTANT)
    asked = api.business_writes(business, JAN, "Is it ready?")
    await courier.hand_over(to_jan(business), nothing)
    hers = api.business_writes(business, JAN, "Yes", by_owner=True)
    api.business_writes(business, JAN, "I am away", by_owner=True, is_from_offline=True)
    await read(api, clock, ledger)
    assert ledger.texts == ["Is it ready?"]
    (own,) = ledger.own.values()
    assert (own.message_id, own.recipients) == (f"{JAN}@{ASSISTANT}/{hers}", (str(JAN),))
    assert [message.text for message in api.sent_in_name(ASSISTANT, JAN)] == ["I have it"]
    assert asked < hers


async def test_corrections_and_what_is_taken_back_are_told(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    business = api.connects_account(ASSISTANT)
    numbers = [api.business_writes(business, JAN, text) for text in ("by Friday", "forget it")]
    clock.move(timedelta(minutes=1))
    api.business_edits(business, JAN, numbers[0], "by Monday")
    api.business_deletes(business, JAN, numbers)
    await read(api, clock, ledger, start_at=NOON)
    assert [(message.text, message.edited) for message in ledger.messages.values()] == [
        ("by Friday", False),
        ("forget it", False),
        ("by Monday", True),
    ]
    assert ledger.deleted == [f"{JAN}@{ASSISTANT}/{number}" for number in numbers]


async def test_a_stranger_who_connects_the_bot_makes_nobody_her_client(
    api: BotApi, clock: HandClock, ledger: Ledger
) -> None:
    business = api.connects_account(999)
    number = api.business_writes(business, JAN, "private words")
    api.business_deletes(business, JAN, [number])
    await read(api, clock, ledger)
    assert (ledger.texts, ledger.own, ledger.deleted, ledger.connections) == ([], {}, [], [])
    assert api.requests.count("getbusinessconnection") == 1


async def test_a_connection_of_which_the_bot_was_never_told_is_asked_for(
    api: BotApi, clock: HandClock, ledger: Ledger
) -> None:
    business = api.connects_account(ASSISTANT, told=False)
    for text in ("one", "two"):
        api.business_writes(business, JAN, text)
    api.fails(Fault.BAD_GATEWAY, "getBusinessConnection")
    await read(api, clock, ledger)
    assert ledger.texts == ["one", "two"]
    assert [connection.id for connection in ledger.connections] == [business]
    assert api.requests.count("getbusinessconnection") == 2


async def test_what_was_recorded_of_connections_is_known_again(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    business = api.connects_account(ASSISTANT, told=False)
    api.business_writes(business, JAN, "one")

    async def recorded() -> Sequence[BusinessConnection]:
        return [BusinessConnection(business, ASSISTANT, ASSISTANT, can_reply=False, enabled=True, changed_at=NOON)]

    await read(api, clock, ledger, load_connections=recorded)
    assert [message.may_answer for message in ledger.messages.values()] == [False]
    assert "getbusinessconnection" not in api.requests


@pytest.mark.parametrize("change", [{"enabled": False}, {"can_reply": False}], ids=str)
async def test_where_the_bot_may_not_write_the_message_says_so(
    api: BotApi, clock: HandClock, ledger: Ledger, change: dict[str, bool]
) -> None:
    business = api.connects_account(ASSISTANT)
    api.changes_connection(business, **change)
    api.business_writes(business, JAN, "Is it ready?")
    await read(api, clock, ledger)
    assert [message.may_answer for message in ledger.messages.values()] == [False]


class TestWriting:
    async def test_a_file_and_an_answer_go_out_in_her_name(
        self, api: BotApi, courier: TelegramCourier, tmp_path: Any
    ) -> None:
        business = api.connects_account(ASSISTANT)
        asked = api.business_writes(business, JAN, "Is it ready?")
        await courier.hand_over(to_jan(business, reply_to=f"{JAN}@{ASSISTANT}/{asked}"), nothing)
        (sent,) = api.sent_in_name(ASSISTANT, JAN)
        assert (sent.reply_to, api.sent(JAN)) == (asked, ())

    @pytest.mark.parametrize(
        ("hours", "change", "words"),
        [
            pytest.param(25, {}, "more than 24 hours", id="too late"),
            pytest.param(0, {"enabled": False}, "no longer connected", id="disconnected"),
            pytest.param(0, {"can_reply": False}, "no right", id="no right to write"),
        ],
    )
    async def test_is_refused_for_good_in_plain_words(
        self, api: BotApi, clock: HandClock, courier: TelegramCourier, hours: int, change: dict[str, bool], words: str
    ) -> None:
        business = api.connects_account(ASSISTANT)
        api.business_writes(business, JAN, "Is it ready?")
        api.changes_connection(business, **change)
        clock.move(timedelta(hours=hours))
        with pytest.raises(PermanentFailure, match=words):
            await courier.hand_over(to_jan(business), nothing)

    async def test_a_message_is_marked_as_read_only_when_she_says_so(
        self, api: BotApi, clock: HandClock, ledger: Ledger, courier: TelegramCourier
    ) -> None:
        business = api.connects_account(ASSISTANT)
        number = api.business_writes(business, JAN, "Is it ready?")
        await read(api, clock, ledger)
        await courier.hand_over(to_jan(business), nothing)
        assert api.read_up_to(business, JAN) == 0
        assert await courier.mark_read(business, JAN, number)
        assert api.read_up_to(business, JAN) == number
        assert not await courier.mark_read("gone", JAN, number)
