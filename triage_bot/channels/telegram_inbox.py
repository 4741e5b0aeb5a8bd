"""Reads what people write to the bot: a loop of getUpdates of our own.

Telegram forgets an update when it is asked for a later one, and after 24 hours. So the next question, which carries
the offset behind a batch, is asked only after that batch is recorded: a crash in between brings the batch again, and
the store knows the messages by their keys.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from telegram import Bot
from telegram.error import BadRequest, Forbidden, TelegramError

from triage_bot.channels.protocols import AssistantAction, Batch, Health, LoadCursor, Record
from triage_bot.channels.telegram_albums import gathered, unfinished
from triage_bot.channels.telegram_client import ANSWER_SECONDS, connect
from triage_bot.channels.telegram_errors import AnotherPoller, translate
from triage_bot.channels.telegram_findings import Findings
from triage_bot.channels.telegram_people import Groups, Json, People
from triage_bot.channels.telegram_updates import (
    ALLOWED_UPDATES,
    Ignored,
    business_id,
    connection_of,
    in_group,
    read_parts,
    update_id,
)
from triage_bot.clock import Clock
from triage_bot.core.backoff import delay
from triage_bot.core.messages import BusinessConnection, Cursor
from triage_bot.core.servers import TelegramServer
from triage_bot.errors import ChannelFailure, PermanentFailure, StoreError, TemporaryFailure, not_recorded
from triage_bot.reading.model import Locale

log = logging.getLogger(__name__)

OnAssistant = Callable[[AssistantAction], Awaitable[None]]
LoadConnections = Callable[[], Awaitable[Sequence[BusinessConnection]]]

MOST_ALBUM_WAITS = 3

# After a week without updates Telegram goes on counting from a number of its choice, maybe a lower one. An offset of
# before that would confirm messages that were never read.
OFFSET_GOES_STALE = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Pace:
    long_poll: timedelta = timedelta(seconds=30)
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(minutes=1)
    rejected_retry: timedelta = timedelta(minutes=10)  # nothing but a person can help: a wrong token
    album: timedelta = timedelta(milliseconds=700)  # between two looks for the rest of an album
    batch: int = 100  # updates at once; 100 is the most that Telegram gives


async def no_connections() -> Sequence[BusinessConnection]:
    return ()


class TelegramInbox:
    """`desks` are the chats in which assistants command: what is written there goes to `on_assistant`, as a pairing
    code does wherever it is written, and is no client's message.

    `load_connections` gives the business connections that were recorded before. Messages older than `start_at` (the
    first start, unless given) are not read: they were there before the bot.
    """

    def __init__(
        self,
        name: str,
        server: TelegramServer,
        *,
        desks: frozenset[int],
        clock: Clock,
        health: Health,
        on_assistant: OnAssistant | None = None,
        load_connections: LoadConnections = no_connections,
        groups: Groups = Groups.MENTIONS,
        start_at: datetime | None = None,
        locale: Locale = Locale.EN,
        pace: Pace = Pace(),
    ) -> None:
        self.name = self.shown = name
        self._server = server
        self._clock = clock
        self._health = health
        self._on_assistant = on_assistant
        self._load_connections = load_connections
        self._start_at = start_at
        self._pace = pace
        self._people = People(name, desks, groups, locale, bot_id=_bot_id(server.token))
        self._knows_names = False
        self._knows_connections = False
        self._foreign: set[str] = set()  # business connections that are none of ours

    async def run(self, load_cursor: LoadCursor, record: Record) -> None:
        cursor: Cursor | None = None
        failures = 0
        waiting = False  # a first question is answered at once, and shows without delay whether all is well
        async with connect(self._server) as bot:
            while True:
                try:
                    cursor = cursor or await self._begin(load_cursor, record)
                    updates = await self._poll(bot, cursor, self._pace.long_poll if waiting else timedelta(0))
                    updates = await self._with_whole_albums(bot, updates, cursor)
                    cursor = await self._take(bot, updates, cursor, record)
                except (ChannelFailure, StoreError) as error:
                    failures += 1
                    # A short question would win against another poller, and look well until the next long one.
                    waiting = isinstance(error, AnotherPoller)
                    await self._wait_out(error, failures)
                    continue
                self._health(self.shown, None)
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
            "allowed_updates": ALLOWED_UPDATES,
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

    async def _with_whole_albums(self, bot: Bot, updates: list[Json], cursor: Cursor) -> list[Json]:
        """The updates once more, with the rest of an album that was on its way. Nothing is confirmed by asking again,
        so nothing is lost; the wait has an end, as a part that is still uploaded may come minutes later."""
        for _ in range(MOST_ALBUM_WAITS):
            begins = unfinished(updates)
            if begins is None:
                break
            if len(updates) >= self._pace.batch:
                # The rest lies behind what Telegram gives at once: it begins the next batch.
                return updates[:begins] or updates
            await asyncio.sleep(self._pace.album.total_seconds())
            more = await self._poll(bot, cursor, timedelta(0))
            if len(more) <= len(updates):
                break
            updates = more
        return updates

    async def _take(self, bot: Bot, updates: Sequence[Json], cursor: Cursor, record: Record) -> Cursor:
        if not updates:
            return cursor
        now = self._clock.now()
        found = Findings(cursor.started_at)
        for parts in gathered(updates):
            found.connections += await self._meet(bot, parts[0], now)
            read = read_parts(parts, self._people, now)
            if isinstance(read, BusinessConnection):
                self._remember([read])
            action = found.take(read)
            if action is not None:
                await self._tell(action)
        if found.ignored:
            ignored = ", ".join(f"{n} ({why})" for why, n in found.ignored.items())
            log.info("%s: ignored %s", self.name, ignored)
        # The last one's, not the highest: see OFFSET_GOES_STALE.
        cursor = replace(cursor, position=update_id(updates[-1]), moved_at=now)
        await record(found.batch(cursor))
        return cursor

    async def _meet(self, bot: Bot, update: Json, now: datetime) -> list[BusinessConnection]:
        """Learn who is who before an update is read that cannot be understood without; returns a connection of hers of
        which the bot had not heard."""
        try:
            if in_group(update) and not self._knows_names and self._people.groups is Groups.MENTIONS:
                await self._learn_names(bot)
            business = business_id(update)
            if not business or business in self._foreign:
                return []
            if not self._knows_connections:
                known = self._people.connections
                self._remember([each for each in await self._load_connections() if each.id not in known])
                self._knows_connections = True
            if business in self._people.connections:
                return []
            return await self._ask_for_connection(bot, business, now)
        except TelegramError as error:
            raise translate(error, self._server.token) from None

    async def _learn_names(self, bot: Bot) -> None:
        names = {str((await bot.get_me()).username or "").lower()}
        for desk in self._people.desks:
            try:
                names.add(str((await bot.get_chat(desk)).username or "").lower())
            except (BadRequest, Forbidden):
                log.info("%s: the chat %d of an assistant cannot be looked up", self.name, desk)
        self._people = replace(self._people, names=frozenset(names - {""}))
        self._knows_names = True

    async def _ask_for_connection(self, bot: Bot, business: str, now: datetime) -> list[BusinessConnection]:
        try:
            answer = await bot.do_api_request("getbusinessconnection", {"business_connection_id": business})
            found = connection_of(answer, self._people, now)
        except (BadRequest, Forbidden, KeyError, TypeError, ValueError):
            found = Ignored("unknown business connection")
        if isinstance(found, BusinessConnection):
            self._remember([found])
            return [found]
        # Her chats are none of the bot's business until she has a desk here.
        self._foreign.add(business)
        return []

    def _remember(self, connections: Sequence[BusinessConnection]) -> None:
        mine = {each.id: each for each in connections if each.user_id in self._people.desks}
        self._people = replace(self._people, connections={**self._people.connections, **mine})
        self._foreign -= mine.keys()

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
        failure = error if isinstance(error, ChannelFailure) else not_recorded(error)
        self._health(self.shown, failure)
        if isinstance(failure, PermanentFailure):
            pause = self._pace.rejected_retry
        else:
            pause = delay(failures, self._pace.first_retry, self._pace.longest_retry, random.random)
        if isinstance(failure, TemporaryFailure) and failure.retry_after:
            pause = max(pause, failure.retry_after)
        await asyncio.sleep(pause.total_seconds())


def _bot_id(token: str) -> int:
    """The number before the colon of a token is the user id of its bot."""
    number = token.partition(":")[0]
    return int(number) if number.isdecimal() else 0


def _has_id(update: object) -> bool:
    return isinstance(update, Mapping) and isinstance(update.get("update_id"), int)
