"""Delivers messages to Telegram chats."""

import logging
from collections.abc import Awaitable, Callable

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import TelegramError

from triage_bot.channels.telegram_client import ANSWER_SECONDS, Connection
from triage_bot.channels.telegram_errors import cannot_parse, translate
from triage_bot.core.messages import OutgoingMessage
from triage_bot.core.servers import TelegramServer
from triage_bot.core.telegram_text import plain
from triage_bot.errors import InDoubt, PermanentFailure

log = logging.getLogger(__name__)

SOCKETS = 4
ANSWER_LIMIT = 200
"""Characters that Telegram shows in answer to a button."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
TELEGRAM_HTML = "telegram"  # OutgoingMessage.html of a text that is Telegram HTML


class TelegramCourier:
    def __init__(self, name: str, server: TelegramServer, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.name = name
        self._server = server
        self._answer_seconds = answer_seconds
        self._connection: Connection | None = None

    async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
        try:
            chat = int(message.to)
        except ValueError:
            raise PermanentFailure(f"{message.to!r} is no chat id") from None
        await before_commitment()
        try:
            return await self._send(chat, message)
        except TelegramError as error:
            raise translate(error, self._server.token) from None
        except (KeyError, TypeError, ValueError) as error:
            # Telegram said yes in words that the library does not know.
            raise InDoubt(f"Telegram's answer cannot be understood: {type(error).__name__}") from None

    async def answer(self, callback_id: str, text: str) -> None:
        """Show a few words to who pressed a button."""
        try:
            await self._bot().answer_callback_query(callback_query_id=callback_id, text=text[:ANSWER_LIMIT])
        except TelegramError as error:
            # Mostly the press is too old: it came while we were away, and nobody waits for the words.
            log.info("%s: a pressed button was not answered: %s", self.name, translate(error, self._server.token))

    async def close(self) -> None:
        if self._connection:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _send(self, chat: int, message: OutgoingMessage) -> str:
        if message.html != TELEGRAM_HTML:
            return await self._send_text(chat, message, message.text, None)
        try:
            return await self._send_text(chat, message, message.text, ParseMode.HTML)
        except TelegramError as error:
            if not cannot_parse(error):
                raise
            # Refused as a whole, so it certainly was not delivered: the words matter more than their looks.
            log.warning("%s: broken tags in a message to chat %s, sent as plain text", self.name, chat)
            return await self._send_text(chat, message, plain(message.text), None)

    async def _send_text(self, chat: int, message: OutgoingMessage, text: str, parse_mode: str | None) -> str:
        sent = await self._bot().send_message(
            chat_id=chat,
            text=_sendable(text),
            parse_mode=parse_mode,
            disable_notification=message.silent,
            link_preview_options=_NO_PREVIEW,
            reply_markup=_keyboard(message),
        )
        return str(sent.message_id)

    def _bot(self) -> Bot:
        if self._connection is None:
            self._connection = Connection(self._server, SOCKETS, self._answer_seconds)
        return self._connection.bot


def _keyboard(message: OutgoingMessage) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(_sendable(label), callback_data=data) for label, data in row] for row in message.buttons
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def _sendable(text: str) -> str:
    # Half an emoji (a lone surrogate), as a subject cut by some other program may end, has no UTF-8.
    return text.encode("utf-8", "replace").decode()
