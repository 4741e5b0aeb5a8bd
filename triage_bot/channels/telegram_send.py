"""How one message goes out to a chat: a text, a text with files, a message forwarded as it is."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from triage_bot.channels.protocols import Buttons
from triage_bot.channels.telegram_errors import cannot_parse
from triage_bot.core.messages import OutgoingFile, OutgoingMessage
from triage_bot.core.telegram_text import escape, length, plain
from triage_bot.errors import PermanentFailure

log = logging.getLogger(__name__)

TELEGRAM_HTML = "telegram"  # OutgoingMessage.html of a text that is Telegram HTML
CAPTION_LIMIT = 1024
MOST_FILE_BYTES = 50_000_000
"""What a bot may send (Bot API, "Sending files")."""
MOST_FILES = 10
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)

Step = Callable[[], Awaitable[str]]
"""One request; returns the id of what was sent."""


def steps(bot: Bot, chat: int, message: OutgoingMessage) -> list[Step]:
    """The requests of which a message consists, mostly one. Raises PermanentFailure before the first for what can be
    known to fail."""
    if message.forward_from:
        return [lambda: _forward(bot, chat, message)]
    if not message.files:
        return [lambda: _text(bot, chat, message)]
    check_files(message.files)
    groups = [message.files[at : at + MOST_FILES] for at in range(0, len(message.files), MOST_FILES)]
    markup = message.text if message.html == TELEGRAM_HTML else escape(message.text)
    if message.buttons or length(markup) > CAPTION_LIMIT:
        rest = [_files_of(bot, chat, message, files, "") for files in groups]
        return [lambda: _text(bot, chat, message), *rest]
    first, *others = groups
    return [
        _files_of(bot, chat, message, first, message.text),
        *(_files_of(bot, chat, message, files, "") for files in others),
    ]


def check_files(files: Sequence[OutgoingFile]) -> None:
    for file in files:
        try:
            size = Path(file.path).stat().st_size
        except OSError:
            raise PermanentFailure(f"the file {file.filename!r} is no longer there") from None
        if size > MOST_FILE_BYTES:
            raise PermanentFailure(
                f"the file {file.filename!r} has {size / 1e6:.0f} MB, and Telegram takes {MOST_FILE_BYTES / 1e6:.0f} MB"
            )
        if not size:
            raise PermanentFailure(f"the file {file.filename!r} is empty, which Telegram does not take")


def keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(sendable(label), callback_data=data) for label, data in row] for row in buttons]
    return InlineKeyboardMarkup(rows) if rows else None


def sendable(text: str) -> str:
    # Half an emoji (a lone surrogate), as a subject cut by some other program may end, has no UTF-8.
    return text.encode("utf-8", "replace").decode()


async def or_plain(send: Callable[[str, str | None], Awaitable[str]], text: str, html: str) -> str:
    """`send` with Telegram HTML, and once more as plain text if its tags are refused."""
    if html != TELEGRAM_HTML:
        return await send(sendable(text), None)
    try:
        return await send(sendable(text), ParseMode.HTML)
    except TelegramError as error:
        if not cannot_parse(error):
            raise
        # Refused as a whole, so it certainly was not delivered: the words matter more than their looks.
        log.warning("broken tags in a message, sent as plain text")
        return await send(sendable(plain(text)), None)


async def _text(bot: Bot, chat: int, message: OutgoingMessage) -> str:
    async def send(text: str, parse_mode: str | None) -> str:
        sent = await bot.send_message(
            text=text,
            parse_mode=parse_mode,
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard(message.buttons),
            **_where(chat, message),
        )
        return str(sent.message_id)

    return await or_plain(send, message.text, message.html)


def _files_of(bot: Bot, chat: int, message: OutgoingMessage, files: Sequence[OutgoingFile], caption: str) -> Step:
    async def send(text: str, parse_mode: str | None) -> str:
        with ExitStack() as opened:
            inputs = [_opened(file, opened, attach=len(files) > 1) for file in files]
            if len(inputs) == 1:
                sent = await bot.send_document(
                    document=inputs[0],
                    filename=files[0].filename,
                    caption=text or None,
                    parse_mode=parse_mode,
                    disable_content_type_detection=True,
                    **_where(chat, message),
                )
                return str(sent.message_id)
            last = len(inputs) - 1
            media = [
                InputMediaDocument(each, caption=text if at == last and text else None, parse_mode=parse_mode)
                for at, each in enumerate(inputs)
            ]
            parts = await bot.send_media_group(media=media, **_where(chat, message))
            return str(parts[-1].message_id)

    return lambda: or_plain(send, caption, message.html)


def _opened(file: OutgoingFile, until: ExitStack, *, attach: bool) -> InputFile:
    # Read in pieces as it goes out: a file of 50 MB costs no 50 MB.
    content = until.enter_context(open(file.path, "rb"))  # noqa: SIM115 (the stack closes it)
    return InputFile(content, filename=file.filename, attach=attach, read_file_handle=False)


async def _forward(bot: Bot, chat: int, message: OutgoingMessage) -> str:
    """The original; a copy where its chat forbids forwarding; else a line of text that stands for it."""
    place, _, numbers = message.forward_from.rpartition("/")
    try:
        source, originals = int(place), [int(number) for number in numbers.split(",")]
    except ValueError:
        source, originals = 0, []  # of a business chat: the bot cannot reach into it
    if originals:
        quiet: dict[str, Any] = {"chat_id": chat, "from_chat_id": source, "disable_notification": message.silent}
        for method in (bot.forward_messages, bot.copy_messages):
            try:
                sent = await method(message_ids=originals, **quiet)
            except (BadRequest, Forbidden) as error:
                log.info("a message cannot be forwarded as it is: %s", error.message)
            else:
                if sent:
                    return str(sent[-1].message_id)
    if not message.text:
        raise PermanentFailure("the message that was to be forwarded is no longer there")
    return await _text(bot, chat, message)


def _where(chat: int, message: OutgoingMessage) -> dict[str, Any]:
    found: dict[str, Any] = {"chat_id": chat, "disable_notification": message.silent}
    if message.business:
        found["business_connection_id"] = message.business
    answered = message.reply_to.rpartition("/")[2]
    if answered.isdecimal():
        # What it answers may have been taken back.
        found["reply_parameters"] = ReplyParameters(int(answered), allow_sending_without_reply=True)
    return found
