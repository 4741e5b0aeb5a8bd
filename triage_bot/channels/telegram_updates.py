"""An update as Telegram sends it to what the program works with: a client's message, or the assistant's action.

Read from the plain JSON, not from the library's objects: those refuse a whole batch for one update that they do not
know, and Telegram adds new kinds several times a year. Nothing here trusts the shape of what it is given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from triage_bot.channels.protocols import AssistantAction
from triage_bot.channels.telegram_media import attachments, placeholder
from triage_bot.core.messages import Address, IncomingMessage, Medium, believed
from triage_bot.reading.model import Locale

Json = Mapping[str, Any]

MESSAGE_KINDS = ("message", "edited_message")
# Telegram's own notes in a private chat, which nobody wrote.
_SERVICE = frozenset(
    {
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "connected_website",
        "chat_background_set",
        "proximity_alert_triggered",
        "giveaway_created",
        "boost_added",
        "passport_data",
    }
)


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that is nobody's message to the assistant; `why` is counted in the log."""

    why: str


def update_id(update: Json) -> int:
    return int(update["update_id"])


# Everybody who writes to a bot has to press Start first: it says nothing.
_START = re.compile(r"/start(?:@\w+)?(?:\s\S{0,64})?")


def read_update(
    update: Json, *, channel: str, assistant_chat: int | None, now: datetime, locale: Locale = Locale.EN
) -> IncomingMessage | AssistantAction | Ignored:
    """Never raises: what cannot be read becomes an unreadable message if a person's chat is known, else Ignored."""
    try:
        found = _read(update, channel, assistant_chat, locale)
        if isinstance(found, IncomingMessage):
            moment = believed(found.received_at, now)
            return replace(found, received_at=moment, sent_at=moment)
        return found
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        return _unreadable(update, channel, assistant_chat, now, f"{type(error).__name__} in a Telegram update")


def _read(
    update: Json, channel: str, assistant_chat: int | None, locale: Locale
) -> IncomingMessage | AssistantAction | Ignored:
    kind = _kind(update)
    if kind == "callback_query":
        return _pressed(update, assistant_chat)
    if kind not in MESSAGE_KINDS:
        return Ignored(kind)
    message = update[kind]
    chat = message["chat"]
    if chat["type"] != "private":
        return Ignored(f"{chat['type']} chat")
    if message["from"]["is_bot"]:
        return Ignored("written by a bot")
    if any(key in _SERVICE for key in message):
        return Ignored("service message")
    edited = kind == "edited_message"
    if chat["id"] != assistant_chat and _START.fullmatch(_text(message)):
        return Ignored("pressed Start")
    if chat["id"] == assistant_chat:
        return AssistantAction(
            update_id=update_id(update),
            chat_id=int(chat["id"]),
            message_id=int(message["message_id"]),
            sent_at=_moment(message["date"]),
            text=_text(message),
            edited=edited,
            reply_to=message.get("reply_to_message", {}).get("message_id"),
        )
    return _client_message(message, channel, edited, locale)


def _client_message(message: Json, channel: str, edited: bool, locale: Locale) -> IncomingMessage:
    chat_id = int(message["chat"]["id"])
    sender = message["from"]
    identity = f"{chat_id}/{int(message['message_id'])}"
    written_at = _moment(message["date"])
    edited_at = _moment(message["edit_date"]) if edited else written_at
    return IncomingMessage(
        channel=channel,
        medium=Medium.CHAT,
        key=f"{identity}/{int(message['edit_date'])}" if edited else identity,
        received_at=edited_at,
        sent_at=edited_at,
        text=_text(message) or placeholder(message, locale),
        header_from=Address("", _full_name(sender)),
        message_id=identity,
        refs=(str(chat_id),),
        attachments=attachments(message),
        chat_id=chat_id,
        username=str(sender.get("username", "")).lower(),
        edited=edited,
    )


def _pressed(update: Json, assistant_chat: int | None) -> AssistantAction | Ignored:
    query = update["callback_query"]
    # Only her chat may command. A message too old to be shown comes without its text, but with its chat.
    message = query.get("message")
    if message is None or message["chat"]["id"] != assistant_chat or query["from"]["id"] != assistant_chat:
        return Ignored("button of somebody else")
    return AssistantAction(
        update_id=update_id(update),
        chat_id=int(message["chat"]["id"]),
        message_id=int(message["message_id"]),
        sent_at=_moment(message["date"]),
        data=str(query.get("data", "")),
        callback_id=str(query["id"]),
    )


def _unreadable(
    update: Json, channel: str, assistant_chat: int | None, now: datetime, why: str
) -> IncomingMessage | Ignored:
    try:
        kind = _kind(update)
        chat = update[kind]["chat"]
        chat_id, chat_type = int(chat["id"]), chat["type"]
    except (KeyError, TypeError, ValueError, AttributeError):
        return Ignored("unreadable")
    if kind not in MESSAGE_KINDS or chat_type != "private" or chat_id == assistant_chat:
        return Ignored("unreadable")
    return IncomingMessage(
        channel=channel,
        medium=Medium.CHAT,
        # Of the update, as the message may have no id of its own.
        key=f"{chat_id}/update/{update['update_id']}",
        received_at=now,
        text="",
        refs=(str(chat_id),),
        chat_id=chat_id,
        unreadable=why,
    )


def _kind(update: Json) -> str:
    return next((key for key in update if key != "update_id"), "empty")


def _text(message: Json) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _full_name(sender: Json) -> str:
    return " ".join(filter(None, (str(sender.get("first_name", "")), str(sender.get("last_name", "")))))


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
