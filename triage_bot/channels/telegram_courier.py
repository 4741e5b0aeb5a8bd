"""Delivers messages to Telegram chats."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from telegram.error import ChatMigrated, TelegramError

from triage_bot.channels.telegram_errors import translate
from triage_bot.channels.telegram_screen import TelegramScreen
from triage_bot.channels.telegram_send import Step, steps
from triage_bot.core.messages import OutgoingMessage
from triage_bot.errors import ChannelFailure, InDoubt, PermanentFailure, TemporaryFailure

log = logging.getLogger(__name__)

REST_TRIES = 3
REST_PAUSE = timedelta(seconds=1)
LONGEST_REST_PAUSE = timedelta(seconds=30)


class TelegramCourier(TelegramScreen):
    async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
        try:
            chat = int(message.to)
        except ValueError:
            raise PermanentFailure(f"{message.to!r} is no chat id") from None
        first, *rest = steps(self._bot(), chat, message)
        await before_commitment()
        try:
            receipt = await self._do(first)
        except _Moved as moved:
            log.warning("%s: the group %d has become %d, the message goes there", self.name, chat, moved.new_id)
            first, *rest = steps(self._bot(), moved.new_id, message)
            receipt = await self._do(first)
        for step in rest:
            await self._finish(step)
        return receipt

    async def _finish(self, step: Step) -> None:
        """What belongs to a message of which a part has arrived. It cannot begin anew: the part would come twice."""
        for attempt in range(1, REST_TRIES + 1):
            try:
                await self._do(step)
                return
            except TemporaryFailure as failure:
                pause = failure.retry_after or REST_PAUSE
                if attempt == REST_TRIES or pause > LONGEST_REST_PAUSE:
                    raise PermanentFailure(f"the text has arrived, but its files have not: {failure}") from None
                await asyncio.sleep(pause.total_seconds())
            except InDoubt as failure:
                raise InDoubt(f"the text has arrived, nobody can tell of its files: {failure}") from None
            except ChannelFailure as failure:
                raise PermanentFailure(f"the text has arrived, but its files have not: {failure}") from None

    async def _do(self, step: Step) -> str:
        try:
            return await step()
        except ChatMigrated as error:
            raise _Moved(error.new_chat_id) from None
        except TelegramError as error:
            raise translate(error, self._server.token) from None
        except OSError as error:
            # While a file was read: the library wraps what happens to the connection.
            raise InDoubt(f"a file cannot be read: {error.strerror}") from None
        except (KeyError, TypeError, ValueError) as error:
            # Telegram said yes in words that the library does not know.
            raise InDoubt(f"Telegram's answer cannot be understood: {type(error).__name__}") from None


class _Moved(PermanentFailure):
    """Telegram refused: the group lives on under another id."""

    def __init__(self, new_id: int) -> None:
        super().__init__(f"this chat has become another one: {new_id}")
        self.new_id = new_id
