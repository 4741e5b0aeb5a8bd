"""Reads what people write to the bot: a loop of getUpdates of our own.

Telegram forgets an update when it is asked for a later one, and after 24 hours. So the next question, which carries
the offset behind a batch, is asked only after that batch is recorded: a crash in between brings the batch again, and
the store knows the messages by their keys.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from triage_bot.channels.protocols import AssistantAction, Batch, Health, LoadCursor, Record
from triage_bot.channels.telegram_client import ANSWER_SECONDS, connect
from triage_bot.channels.telegram_errors import AnotherPoller, translate
from triage_bot.channels.telegram_updates import Ignored, Json, read_update, update_id
from triage_bot.clock import Clock
from triage_bot.core.backoff import delay
from triage_bot.core.messages import Cursor, IncomingMessage
from triage_bot.core.servers import TelegramServer
from triage_bot.errors import ChannelFailure, PermanentFailure, StoreError, TemporaryFailure
from triage_bot.reading.model import Locale

log = logging.getLogger(__name__)

OnAssistant = Callable[[AssistantAction], Awaitable[None]]

# After a week without updates Telegram goes on counting from a number of its choice, maybe a lower one. An offset of
# before that would confirm messages that were never read.
OFFSET_GOES_STALE = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Pace:
    long_poll: timedelta = timedelta(seconds=30)
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(minutes=1)
    rejected_retry: timedelta = timedelta(minutes=10)  # nothing but a person can help: a wrong token
    batch: int = 100  # updates at once; 100 is the most that Telegram gives


class TelegramInbox:
    """`assistant_chat` is hers: what she writes there goes to `on_assistant`, or nowhere, and is no client's message.

    Messages older than `start_at` (the first start, unless given) are not read: they were there before the bot.
    """

    def __init__(
        self,
        name: str,
        server: TelegramServer,
        *,
        assistant_chat: int | None,
        clock: Clock,
        health: Health,
        on_assistant: OnAssistant | None = None,
        start_at: datetime | None = None,
        locale: Locale = Locale.EN,
        pace: Pace = Pace(),
    ) -> None:
        self.name = name
        self._server = server
        self._assistant_chat = assistant_chat
        self._clock = clock
        self._health = health
        self._on_assistant = on_assistant
        self._start_at = start_at
        self._locale = locale
        self._pace = pace
        self._allowed = ["message", "edited_message"] + (["callback_query"] if on_assistant else [])

    async def run(self, load_cursor: LoadCursor, record: Record) -> None:
        cursor: Cursor | None = None
        failures = 0
        waiting = False  # a first question is answered at once, and shows without delay whether all is well
        async with connect(self._server) as bot:
            while True:
                try:
                    cursor = cursor or await self._begin(load_cursor, record)
                    updates = await self._poll(bot, cursor, self._pace.long_poll if waiting else timedelta(0))
                    cursor = await self._take(updates, cursor, record)
                except (ChannelFailure, StoreError) as error:
                    failures += 1
                    # A short question would win against another poller, and look well until the next long one.
                    waiting = isinstance(error, AnotherPoller)
                    await self._wait_out(error, failures)
                    continue
                if failures or not waiting:
                    self._health(self.name, None)
                failures = 0
                waiting = True

    async def _begin(self, load_cursor: LoadCursor, record: Record) -> Cursor:
        cursor = await load_cursor(self.name)
        if cursor is None:
            now = self._clock.now()
            # Telegram's moments are whole seconds.
            start = (self._start_at or now).replace(microsecond=0)
            cursor = Cursor(self.name, epoch=0, position=0, started_at=start, moved_at=now)
            # Remembered before anybody writes: after a crash the start is still this one.
            await record(Batch((), cursor))
        return cursor

    async def _poll(self, bot: Bot, cursor: Cursor, wait: timedelta) -> list[Json]:
        question: dict[str, Any] = {
            "timeout": round(wait.total_seconds()),
            "limit": self._pace.batch,
            "allowed_updates": self._allowed,
        }
        if cursor.position and self._clock.now() - cursor.moved_at < OFFSET_GOES_STALE:
            question["offset"] = cursor.position + 1
        try:
            # Bot.get_updates gives up the whole batch for one update that the library does not know. The Bot API
            # takes the names of its methods in any case.
            updates = await bot.do_api_request(
                "getupdates", question, read_timeout=wait.total_seconds() + ANSWER_SECONDS
            )
        except TelegramError as error:
            raise translate(error, self._server.token) from None
        known = [update for update in updates if _has_id(update)] if isinstance(updates, list) else []
        if updates and not known:
            raise TemporaryFailure("Telegram's updates cannot be understood")
        return known

    async def _take(self, updates: Sequence[Json], cursor: Cursor, record: Record) -> Cursor:
        if not updates:
            return cursor
        now = self._clock.now()
        messages: list[IncomingMessage] = []
        ignored: Counter[str] = Counter()
        for update in updates:
            read = read_update(
                update, channel=self.name, assistant_chat=self._assistant_chat, now=now, locale=self._locale
            )
            match read:
                case IncomingMessage() if read.received_at >= cursor.started_at:
                    messages.append(read)
                case AssistantAction() if read.data or read.sent_at >= cursor.started_at:
                    await self._tell(read)
                case Ignored():
                    ignored[read.why] += 1
                case _:
                    ignored["older than the start"] += 1
        if ignored:
            log.info("%s: ignored %s", self.name, ", ".join(f"{n} ({why})" for why, n in ignored.items()))
        # The last one's, not the highest: see OFFSET_GOES_STALE.
        cursor = replace(cursor, position=update_id(updates[-1]), moved_at=now)
        await record(Batch(tuple(messages), cursor))
        return cursor

    async def _tell(self, action: AssistantAction) -> None:
        if self._on_assistant is None:
            return
        try:
            await self._on_assistant(action)
        except StoreError:
            raise  # not confirmed, so it comes again
        except Exception:
            # One command that fails must not stop the clients' messages behind it.
            log.exception("%s: update %s of the assistant failed", self.name, action.update_id)

    async def _wait_out(self, error: ChannelFailure | StoreError, failures: int) -> None:
        failure = error if isinstance(error, ChannelFailure) else TemporaryFailure(f"cannot be recorded: {error}")
        self._health(self.name, failure)
        if isinstance(failure, PermanentFailure):
            pause = self._pace.rejected_retry
        else:
            pause = delay(failures, self._pace.first_retry, self._pace.longest_retry, random.random)
        if isinstance(failure, TemporaryFailure) and failure.retry_after:
            pause = max(pause, failure.retry_after)
        await asyncio.sleep(pause.total_seconds())


def _has_id(update: object) -> bool:
    return isinstance(update, Mapping) and isinstance(update.get("update_id"), int)
