"""The inbox against the Bot API over real HTTP."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.telegram_reader import ASSISTANT, MOMENT, Ledger, an_inbox, running
from triage_bot.channels.protocols import AssistantAction, Batch
from triage_bot.channels.telegram_inbox import Pace
from triage_bot.clock import HandClock
from triage_bot.core.messages import Cursor
from triage_bot.demo.bot_api import BotApi, Fault
from triage_bot.errors import PermanentFailure, StoreError, TemporaryFailure

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
ANNA = 1001


class StubbornLedger(Ledger):
    """Commits, and then never returns: as a process that is killed between the commit and the confirmation."""

    async def record(self, batch: Batch) -> None:
        await super().record(batch)
        if batch.messages:
            await asyncio.Event().wait()


class FullDisk(Ledger):
    """Fails at the first messages."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = False

    async def record(self, batch: Batch) -> None:
        if batch.messages and not self.failed:
            self.failed = True
            raise StoreError("the disk is full")
        await super().record(batch)


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


async def test_a_message_reaches_the_record_and_is_confirmed_after_it(
    api: BotApi, clock: HandClock, ledger: Ledger
) -> None:
    async with running(an_inbox(api, clock, ledger), ledger):
        await api.wait_for(lambda: api.polled)
        message = api.client_writes(ANNA, "Is it ready?", name="Anna Nowak", username="Anna_N")
        await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
    found = ledger.messages[f"{ANNA}/{message}"]
    assert (found.text, found.header_from.name, found.username) == ("Is it ready?", "Anna Nowak", "anna_n")
    assert found.received_at == NOON
    assert set(ledger.health) == {None}


async def test_nothing_is_confirmed_before_it_is_recorded(api: BotApi, clock: HandClock) -> None:
    ledger = StubbornLedger()
    async with running(an_inbox(api, clock, ledger), ledger):
        api.client_writes(ANNA, "Is it ready?")
        await api.wait_for(lambda: ledger.texts)
        assert len(api.unconfirmed) == 1


async def test_killed_between_record_and_confirmation_nothing_is_lost_and_nothing_doubled(
    api: BotApi, clock: HandClock
) -> None:
    killed = StubbornLedger()
    async with running(an_inbox(api, clock, killed), killed):
        await api.wait_for(lambda: killed.cursor)
        api.client_writes(ANNA, "Is it ready?")
        await api.wait_for(lambda: killed.texts)
    restarted = Ledger()
    restarted.cursor, restarted.messages = killed.cursor, dict(killed.messages)
    async with running(an_inbox(api, clock, restarted), restarted):
        api.client_writes(ANNA, "And now?")
        await api.wait_for(lambda: len(restarted.texts) == 2 and not api.unconfirmed)
    assert restarted.texts == ["Is it ready?", "And now?"]


async def test_killed_before_the_commit_the_message_comes_again(api: BotApi, clock: HandClock) -> None:
    killed = StubbornLedger()
    async with running(an_inbox(api, clock, killed), killed):
        await api.wait_for(lambda: killed.cursor)
        before = killed.cursor
        api.client_writes(ANNA, "Is it ready?")
        await api.wait_for(lambda: killed.texts)
    restarted = Ledger()
    restarted.cursor = before
    async with running(an_inbox(api, clock, restarted), restarted):
        await api.wait_for(lambda: restarted.texts == ["Is it ready?"])


async def test_a_store_that_fails_gets_the_message_again(api: BotApi, clock: HandClock) -> None:
    ledger = FullDisk()
    async with running(an_inbox(api, clock, ledger), ledger):
        await api.wait_for(lambda: ledger.cursor)
        api.client_writes(ANNA, "Is it ready?")
        await api.wait_for(lambda: ledger.texts == ["Is it ready?"] and not api.unconfirmed)
    assert ledger.failures == ["cannot be recorded: the disk is full"]
    assert ledger.health[-1] is None


async def test_hundreds_that_wait_arrive_in_order(api: BotApi, clock: HandClock, ledger: Ledger) -> None:
    for number in range(250):
        api.client_writes(ANNA + number % 3, str(number))
    async with running(an_inbox(api, clock, ledger), ledger):
        await api.wait_for(lambda: len(ledger.texts) == 250 and not api.unconfirmed)
    assert ledger.texts == [str(number) for number in range(250)]


class TestFirstStart:
    async def test_what_is_older_is_not_read(self, api: BotApi, clock: HandClock, ledger: Ledger) -> None:
        api.client_writes(ANNA, "of yesterday", date=NOON - timedelta(hours=20))
        api.client_writes(ANNA, "of now")
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
        assert ledger.texts == ["of now"]

    async def test_a_start_in_the_past_reads_what_waits(self, api: BotApi, clock: HandClock, ledger: Ledger) -> None:
        api.client_writes(ANNA, "of yesterday", date=NOON - timedelta(hours=20))
        async with running(an_inbox(api, clock, ledger, start_at=NOON - timedelta(days=1)), ledger):
            await api.wait_for(lambda: ledger.texts == ["of yesterday"])

    async def test_is_remembered_before_anybody_writes(self, api: BotApi, clock: HandClock, ledger: Ledger) -> None:
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: api.polled)
        assert ledger.cursor == Cursor("telegram", 0, 0, started_at=NOON, moved_at=NOON)
        clock.move(timedelta(hours=3))
        api.client_writes(ANNA, "while the bot was down", date=NOON + timedelta(hours=1))
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: ledger.texts == ["while the bot was down"])


class TestWhoWrites:
    async def test_edits_captions_and_voices_are_messages(self, api: BotApi, clock: HandClock, ledger: Ledger) -> None:
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: api.polled)
            message = api.client_writes(ANNA, "one")
            api.client_edits(ANNA, message, "two", date=NOON + timedelta(minutes=1))
            api.client_sends_photo(ANNA, caption="the receipt")
            api.client_sends_voice(ANNA, seconds=42)
            api.client_sends_document(ANNA, "offer.pdf", b"%" * 5000)
            api.client_sends_sticker(ANNA)
            api.client_sends_location(ANNA, 44.8, 20.5)
            await api.wait_for(lambda: len(ledger.texts) == 7)
        assert ledger.texts == [
            "one",
            "two",
            "the receipt",
            "[voice message, 0:42]",
            "[file, offer.pdf, 5 kB]",
            "[sticker, 👍]",
            "[location, 44.80000 20.50000]",
        ]

    async def test_talk_in_a_group_that_means_nobody_here_is_ignored_but_counted(
        self, api: BotApi, clock: HandClock, ledger: Ledger, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: api.polled)
            api.group_writes(-100, "lunch?")
            api.client_writes(ANNA, "hello")
            await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
        assert ledger.texts == ["hello"]
        assert "1 (group talk)" in caplog.text
        assert "lunch" not in caplog.text

    async def test_the_assistant_is_no_client_and_acts(self, api: BotApi, clock: HandClock, ledger: Ledger) -> None:
        actions: list[AssistantAction] = []

        async def act(action: AssistantAction) -> None:
            actions.append(action)
            if action.text == "/fail":
                raise RuntimeError("a command that fails")

        async with running(an_inbox(api, clock, ledger, on_assistant=act), ledger):
            await api.wait_for(lambda: api.polled)
            api.client_writes(ASSISTANT, "/fail")
            api.client_writes(ASSISTANT, "/queue")
            api.client_writes(ANNA, "hello")
            await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
        assert [action.text for action in actions] == ["/fail", "/queue"]
        assert ledger.texts == ["hello"]

    async def test_without_a_desk_her_messages_go_nowhere(self, api: BotApi, clock: HandClock, ledger: Ledger) -> None:
        async with running(an_inbox(api, clock, ledger), ledger):
            api.client_writes(ASSISTANT, "/queue")
            api.client_writes(ANNA, "hello")
            await api.wait_for(lambda: ledger.texts == ["hello"])

    async def test_a_broken_update_stops_nobody(
        self, api: BotApi, clock: HandClock, ledger: Ledger, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO)
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: api.polled)
            api.update("message", {"chat": {"id": ANNA, "type": "private"}, "date": "broken"})
            api.update("message", {"text": "from nowhere"})
            api.client_writes(ANNA, "hello")
            await api.wait_for(lambda: len(ledger.texts) == 2 and not api.unconfirmed)
        unreadable, readable = ledger.messages.values()
        assert unreadable.unreadable
        assert unreadable.chat_id == ANNA
        assert readable.text == "hello"
        assert "ignored 1 (unreadable)" in caplog.text


class TestTrouble:
    @pytest.mark.parametrize(
        "fault", [Fault.BAD_GATEWAY, Fault.INTERNAL, Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.GARBAGE], ids=str
    )
    async def test_is_survived_and_told(self, api: BotApi, clock: HandClock, ledger: Ledger, fault: Fault) -> None:
        api.fails(fault, "getUpdates", times=3)
        api.client_writes(ANNA, "hello")
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: ledger.texts == ["hello"] and not api.unconfirmed)
            await api.wait_for(lambda: ledger.health[-1] is None)
        assert len(ledger.failures) == 3
        assert set(ledger.health[3:]) == {None}

    async def test_a_server_that_is_away_is_survived(self, clock: HandClock, ledger: Ledger) -> None:
        async with BotApi(now=clock.now) as gone:
            pass
        async with running(an_inbox(gone, clock, ledger), ledger):
            await gone.wait_for(lambda: len(ledger.failures) >= 2)
        assert ledger.failures[0].startswith("Telegram cannot be reached")

    async def test_a_flood_is_waited_out(self, api: BotApi, clock: HandClock, ledger: Ledger) -> None:
        api.fails(Fault.FLOOD, "getUpdates", retry_after=1)
        api.client_writes(ANNA, "hello")
        began = time.monotonic()
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: ledger.texts)
        assert time.monotonic() - began >= 1
        (failure,) = [failure for failure in ledger.health if failure]
        assert isinstance(failure, TemporaryFailure)
        assert failure.retry_after == timedelta(seconds=1)

    async def test_another_poller_is_told_until_it_stops(self, api: BotApi, clock: HandClock, ledger: Ledger) -> None:
        other = Ledger()
        async with running(an_inbox(api, clock, ledger), ledger):
            async with running(an_inbox(api, clock, other), other):
                await api.wait_for(lambda: len(ledger.failures + other.failures) > 2)
            assert set(ledger.failures + other.failures) == {"another program polls this bot: stop it"}
            api.client_writes(ANNA, "hello")
            await api.wait_for(lambda: ledger.texts == ["hello"] and ledger.health[-1] is None)

    async def test_a_wrong_token_is_permanent_and_tried_slowly(
        self, api: BotApi, clock: HandClock, ledger: Ledger
    ) -> None:
        pace = Pace(first_retry=MOMENT, longest_retry=MOMENT)
        async with running(an_inbox(api, clock, ledger, token="42:other", pace=pace), ledger):
            await api.wait_for(lambda: ledger.health)
        (failure,) = ledger.health
        assert isinstance(failure, PermanentFailure)
        assert "BotFather" in str(failure)
        assert api.requests == ["getupdates"]

    async def test_a_token_that_is_right_again_is_found_out(
        self, api: BotApi, clock: HandClock, ledger: Ledger
    ) -> None:
        api.fails(Fault.UNAUTHORIZED, times=2)
        api.client_writes(ANNA, "hello")
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: ledger.texts == ["hello"])

    async def test_numbers_that_begin_anew_after_a_quiet_week_lose_nothing(
        self, api: BotApi, clock: HandClock, ledger: Ledger
    ) -> None:
        async with running(an_inbox(api, clock, ledger), ledger):
            api.client_writes(ANNA, "before")
            await api.wait_for(lambda: ledger.texts and not api.unconfirmed)
        clock.move(timedelta(days=8))
        api.renumber_updates(5)
        for text in ("after", "and more"):
            api.client_writes(ANNA, text)
        async with running(an_inbox(api, clock, ledger), ledger):
            await api.wait_for(lambda: len(ledger.texts) == 3 and not api.unconfirmed)
        assert ledger.texts == ["before", "after", "and more"]
        assert ledger.cursor
        assert ledger.cursor.position == 6


async def test_the_token_is_in_no_log_and_no_failure(
    api: BotApi, clock: HandClock, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    faults = [Fault.BAD_GATEWAY, Fault.CUT_BEFORE, Fault.GARBAGE, Fault.UNAUTHORIZED, Fault.INTERNAL]
    for fault in faults:
        api.fails(fault)
    api.client_writes(ANNA, "a secret of Anna's")
    async with running(an_inbox(api, clock, ledger), ledger):
        await api.wait_for(lambda: ledger.texts)
    assert len(ledger.failures) == len(faults)
    everything = caplog.text + repr(ledger.health)
    assert api.token not in everything
    assert "secret of Anna" not in everything
