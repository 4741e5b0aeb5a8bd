"""What the assistant sees of the bot besides the messages of the outbox: answers to buttons, messages that change in
place, the menu of commands, files that she sent."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, RetryAfter, TelegramError

from triage_bot.channels.protocols import Buttons, ChatFile
from triage_bot.channels.telegram_client import ANSWER_SECONDS, Connection
from triage_bot.channels.telegram_errors import is_unchanged, span_of, translate
from triage_bot.channels.telegram_send import NO_PREVIEW, TELEGRAM_HTML, keyboard, or_plain, sendable
from triage_bot.core.servers import TelegramServer
from triage_bot.errors import PermanentFailure

log = logging.getLogger(__name__)

SOCKETS = 4
ANSWER_LIMIT = 200
"""Characters that Telegram shows in answer to a button."""
COMMAND_LIMIT = 256  # characters of what a command's line in the menu says
PATIENCE = timedelta(seconds=5)
"""So long an edit waits for Telegram's "retry after"; whoever pressed a button sees nothing meanwhile."""
MOST_FETCHED = 20_000_000
"""What Telegram lets a bot download (Bot API, getFile)."""


class TelegramScreen:
    def __init__(self, name: str, server: TelegramServer, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.name = name
        self._server = server
        self._answer_seconds = answer_seconds
        self._connection: Connection | None = None

    async def answer(self, callback_id: str, text: str, *, alert: bool = False) -> None:
        """Show a few words to who pressed a button."""
        words = sendable(text[:ANSWER_LIMIT])
        try:
            await self._bot().answer_callback_query(callback_query_id=callback_id, text=words, show_alert=alert)
        except TelegramError as error:
            # Mostly the press is too old: it came while we were away, and nobody waits for the words.
            log.info("%s: a pressed button was not answered: %s", self.name, translate(error, self._server.token))

    async def edit(self, chat_id: int, message_id: int, text_html: str, buttons: Buttons = ()) -> bool:
        async def change(text: str, parse_mode: str | None) -> str:
            await self._bot().edit_message_text(
                text=text,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode=parse_mode,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard(buttons),
            )
            return ""

        try:
            try:
                await or_plain(change, text_html, TELEGRAM_HTML)
            except RetryAfter as error:
                if span_of(error) > PATIENCE:
                    raise
                await asyncio.sleep(span_of(error).total_seconds())
                await or_plain(change, text_html, TELEGRAM_HTML)
        except TelegramError as error:
            if is_unchanged(error):
                return True
            log.info("%s: a message was not changed: %s", self.name, translate(error, self._server.token))
            return False
        except (KeyError, TypeError, ValueError) as error:
            log.warning("%s: Telegram's answer to a change cannot be understood: %s", self.name, type(error).__name__)
        return True

    async def set_menu(self, chat_id: int, commands: tuple[tuple[str, str], ...]) -> bool:
        menu = [BotCommand(name, sendable(words)[:COMMAND_LIMIT]) for name, words in commands]
        scope = BotCommandScopeChat(chat_id)
        try:
            if menu:
                await self._bot().set_my_commands(menu, scope=scope)
            else:
                await self._bot().delete_my_commands(scope=scope)
        except TelegramError as error:
            log.warning("%s: the menu was not set: %s", self.name, translate(error, self._server.token))
            return False
        return True

    async def fetch(self, file: ChatFile, into: Path, most_bytes: int) -> Path:
        most = min(most_bytes, MOST_FETCHED)
        if file.size > most:
            raise PermanentFailure(f"the file {file.filename!r} is larger than {most / 1e6:.0f} MB")
        try:
            found = await self._bot().get_file(file.file_id)
        except BadRequest as error:
            if "too big" in error.message.lower():
                limit = MOST_FETCHED / 1e6
                raise PermanentFailure(f"the file {file.filename!r} is larger than {limit:.0f} MB") from None
            raise translate(error, self._server.token) from None
        except TelegramError as error:
            raise translate(error, self._server.token) from None
        return await self._connected().download(found.file_path or "", file.filename, into, most)

    async def mark_read(self, business: str, chat_id: int, message_id: int) -> bool:
        try:
            await self._bot().read_business_message(business, chat_id, message_id)
        except TelegramError as error:
            log.info("%s: a message was not marked as read: %s", self.name, translate(error, self._server.token))
            return False
        return True

    async def close(self) -> None:
        if self._connection:
            connection, self._connection = self._connection, None
            await connection.close()

    def _bot(self) -> Bot:
        return self._connected().bot

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._server, SOCKETS, self._answer_seconds)
        return self._connection
