"""An update as Telegram sends it to what the program works with.

    written to the bot, to a group, to an account of hers     IncomingMessage of a client, OwnMessage of hers
    in an assistant's chat                                    AssistantAction
    /start                                                    ChatStart
    blocked or let in again, a group that moved               ChatReach, ChatMove
    business connection, messages taken back                  BusinessConnection, Deleted

Read from the plain JSON, not from the library's objects: those refuse a whole batch for one update that they do not
know, and Telegram adds new kinds several times a year. Nothing here trusts the shape of what it is given.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from triage_bot.channels.protocols import AssistantAction, ChatMove, ChatReach, ChatStart
from triage_bot.channels.telegram_media import attachments, chat_files, placeholders
from triage_bot.channels.telegram_people import Groups, Json, People
from triage_bot.channels.telegram_service import is_service
from triage_bot.core.messages import Address, BusinessConnection, IncomingMessage, Medium, OwnMessage, believed
from triage_bot.core.pairing import code_in

MESSAGE_KINDS = ("message", "edited_message", "business_message", "edited_business_message")
ALLOWED_UPDATES = (
    *MESSAGE_KINDS,
    "callback_query",
    "my_chat_member",
    "business_connection",
    "deleted_business_messages",
)
"""What Telegram is asked for."""

_START = re.compile(r"/start(?:@\w+)?(?:\s\S{0,64})?")
_MAY_WRITE = frozenset({"member", "administrator", "creator"})
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError)


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that is nobody's message to the assistant; `why` is counted in the log."""

    why: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """Messages that a client took back, as Message-IDs."""

    message_ids: tuple[str, ...]


Read = (
    IncomingMessage
    | OwnMessage
    | AssistantAction
    | ChatStart
    | ChatReach
    | ChatMove
    | BusinessConnection
    | Deleted
    | Ignored
)


def update_id(update: Json) -> int:
    return int(update["update_id"])


def business_id(update: Json) -> str:
    """The business connection that an update belongs to, "" for none."""
    content = update.get(_kind(update))
    found = content.get("business_connection_id") if isinstance(content, dict) else None
    return found if isinstance(found, str) else ""


def in_group(update: Json) -> bool:
    try:
        return update[_kind(update)]["chat"]["type"] in ("group", "supergroup")
    except _BROKEN:
        return False


def read_parts(updates: Sequence[Json], people: People, now: datetime) -> Read:
    """One update, or the parts of an album in their order. Never raises: what cannot be read becomes an unreadable
    message if a client's chat is known, else Ignored."""
    try:
        found = _read(updates, people, now)
        if isinstance(found, IncomingMessage):
            moment = believed(found.received_at, now)
            return replace(found, received_at=moment, sent_at=moment)
        return found
    except _BROKEN as error:
        return _unreadable(updates[0], people, now, f"{type(error).__name__} in a Telegram update")


def _read(updates: Sequence[Json], people: People, now: datetime) -> Read:
    update = updates[0]
    match kind := _kind(update):
        case "message" | "edited_message":
            return _written(updates, [each[kind] for each in updates], people, edited=kind == "edited_message")
        case "business_message" | "edited_business_message":
            edited = kind == "edited_business_message"
            return _in_her_name([each[kind] for each in updates], update_id(update), people, edited=edited)
        case "callback_query":
            return _pressed(update, people)
        case "my_chat_member":
            return _reach(update[kind], people, now)
        case "business_connection":
            return connection_of(update[kind], people, now)
        case "deleted_business_messages":
            return _deleted(update[kind], people)
    return Ignored(kind)


def _written(updates: Sequence[Json], parts: Sequence[Json], people: People, *, edited: bool) -> Read:
    message, number = parts[0], update_id(updates[0])
    chat = message["chat"]
    if chat["type"] in ("group", "supergroup"):
        return _in_a_group(parts, number, people, edited=edited)
    if chat["type"] != "private":
        return Ignored(f"{chat['type']} chat")
    if message["from"]["is_bot"]:
        return Ignored("written by a bot")
    if is_service(message):
        return Ignored("service message")
    if edited and "location" in message:
        return Ignored("a live location")
    text = _text(message)
    if chat["id"] in people.desks or code_in(text) is not None:
        return _action(number, parts, edited=edited)
    if _START.fullmatch(text):
        return _start(message) if not edited else Ignored("pressed Start")
    return _client_message(parts, number, str(int(chat["id"])), people, edited=edited)


def _action(number: int, parts: Sequence[Json], *, edited: bool) -> AssistantAction:
    message = parts[0]
    return AssistantAction(
        update_id=number,
        chat_id=int(message["chat"]["id"]),
        message_id=int(message["message_id"]),
        sent_at=_moment(message["date"]),
        text="\n".join(filter(None, map(_text, parts))),
        edited=edited,
        reply_to=(message.get("reply_to_message") or {}).get("message_id"),
        user_id=int(message["from"]["id"]),
        files=chat_files(parts),
        media_group=str(message.get("media_group_id", "")),
        forwarded="forward_origin" in message,
        language=str(message["from"].get("language_code", "")),
    )


def _start(message: Json) -> ChatStart:
    sender = message["from"]
    return ChatStart(
        chat_id=int(message["chat"]["id"]),
        at=_moment(message["date"]),
        name=_full_name(sender),
        username=str(sender.get("username", "")).lower(),
        language=str(sender.get("language_code", "")),
    )


def _in_a_group(parts: Sequence[Json], number: int, people: People, *, edited: bool) -> Read:
    message = parts[0]
    chat_id, sender = int(message["chat"]["id"]), message["from"]
    if people.groups is Groups.NEVER:
        return Ignored("group chat")
    if "migrate_to_chat_id" in message:
        title = str(message["chat"].get("title", ""))
        return ChatMove(chat_id, int(message["migrate_to_chat_id"]), _moment(message["date"]), title)
    if is_service(message) or "is_automatic_forward" in message:
        return Ignored("service message")
    thread = f"{chat_id}:{int(message['message_thread_id'])}" if message.get("is_topic_message") else str(chat_id)
    if sender["id"] in people.desks:
        return _own(parts, str(chat_id), thread, people, edited=edited)
    if sender["is_bot"]:
        return Ignored("written by a bot")
    if _START.fullmatch(_text(message)):
        return Ignored("pressed Start")
    if people.groups is Groups.MENTIONS and not any(map(people.are_meant, parts)):
        return Ignored("group talk")
    found = _client_message(parts, number, str(chat_id), people, edited=edited)
    title = str(message["chat"].get("title", "")).strip()
    name = f"{found.header_from.name} ({title})" if title else found.header_from.name
    return replace(found, header_from=Address("", name), refs=(thread,), sender_id=int(sender["id"]))


def _in_her_name(parts: Sequence[Json], number: int, people: People, *, edited: bool) -> Read:
    """A message in a chat of hers that the bot sees as her secretary. Its numbers are those of her account."""
    message = parts[0]
    chat, sender = message["chat"], message["from"]
    connection = people.connections.get(message["business_connection_id"])
    if connection is None:
        return Ignored("business connection of somebody else")
    if "sender_business_bot" in message or message.get("is_from_offline"):
        return Ignored("sent by a bot or by itself in her name")  # ours, or an away message of her account
    if chat["type"] != "private" or chat["id"] in people.desks or sender["is_bot"] or is_service(message):
        return Ignored("business chat without a client")
    if edited and "location" in message:
        return Ignored("a live location")
    thread = f"{int(chat['id'])}@{connection.user_id}"
    if sender["id"] != chat["id"]:
        return _own(parts, thread, thread, people, edited=edited)
    found = _client_message(parts, number, thread, people, edited=edited)
    return replace(found, business=connection.id, may_answer=connection.enabled and connection.can_reply)


def _own(parts: Sequence[Json], place: str, thread: str, people: People, *, edited: bool) -> OwnMessage | Ignored:
    message = parts[0]
    if edited:
        return Ignored("she changed what she wrote")
    answered = (message.get("reply_to_message") or {}).get("message_id")
    identity = f"{place}/{int(message['message_id'])}"
    return OwnMessage(
        channel=people.channel,
        medium=Medium.CHAT,
        key=identity,
        sent_at=_moment(message["date"]),
        recipients=(str(int(message["chat"]["id"])),),
        message_id=identity,
        refs=(thread, *((f"{place}/{int(answered)}",) if answered is not None else ())),
    )


def _client_message(parts: Sequence[Json], number: int, place: str, people: People, *, edited: bool) -> IncomingMessage:
    """`number` is that of the update, `place` what stands before the "/" of Message-IDs, and the thread unless the chat
    has topics."""
    message, sender = parts[0], parts[0]["from"]
    identities = tuple(f"{place}/{int(part['message_id'])}" for part in parts)
    written_at = _moment(message["date"])
    edited_at = _moment(message["edit_date"]) if edited else written_at
    return IncomingMessage(
        channel=people.channel,
        medium=Medium.CHAT,
        # Two edits may have one date, which counts seconds.
        key=f"{identities[0]}/{int(message['edit_date'])}/{number}" if edited else identities[0],
        received_at=edited_at,
        sent_at=edited_at,
        text="\n".join(filter(None, map(_text, parts))) or placeholders(parts, people.locale),
        header_from=Address("", _full_name(sender)),
        message_id=identities[0],
        refs=(place,),
        attachments=attachments(parts),
        chat_id=int(message["chat"]["id"]),
        username=str(sender.get("username", "")).lower(),
        album=identities if len(parts) > 1 else (),
        edited=edited,
    )


def _pressed(update: Json, people: People) -> AssistantAction | Ignored:
    query = update["callback_query"]
    # Only her chat may command. A message too old to be shown comes without its text, but with its chat.
    message, sender = query.get("message"), query["from"]
    if message is None or message["chat"]["id"] not in people.desks or sender["id"] != message["chat"]["id"]:
        return Ignored("button of somebody else")
    return AssistantAction(
        update_id=update_id(update),
        chat_id=int(message["chat"]["id"]),
        message_id=int(message["message_id"]),
        sent_at=_moment(message["date"]),
        data=str(query.get("data", "")),
        callback_id=str(query["id"]),
        user_id=int(sender["id"]),
        language=str(sender.get("language_code", "")),
    )


def _reach(change: Json, people: People, now: datetime) -> ChatReach | Ignored:
    chat, status = change["chat"], change["new_chat_member"]["status"]
    if chat["type"] not in ("private", "group", "supergroup") or chat["id"] in people.desks:
        return Ignored("my_chat_member")
    reachable = status in _MAY_WRITE or (status == "restricted" and bool(change["new_chat_member"].get("is_member")))
    name = str(chat.get("title", "")) or _full_name(chat)
    at = believed(_moment(change["date"]), now)
    return ChatReach(int(chat["id"]), at, reachable, name, group=chat["type"] != "private")


def connection_of(content: Json, people: People, now: datetime) -> BusinessConnection | Ignored:
    """A BusinessConnection of the Bot API. Anybody may make the bot a secretary: only assistants have one here."""
    if content["user"]["id"] not in people.desks:
        return Ignored("business connection of somebody else")
    rights = content.get("rights") or {}
    return BusinessConnection(
        id=content["id"] + "",
        user_id=int(content["user"]["id"]),
        chat_id=int(content["user_chat_id"]),
        # Before Bot API 9.0 it stood beside the rights.
        can_reply=bool(rights.get("can_reply", content.get("can_reply", False))),
        enabled=bool(content["is_enabled"]),
        changed_at=now,
    )


def _deleted(content: Json, people: People) -> Deleted | Ignored:
    connection = people.connections.get(content["business_connection_id"])
    if connection is None:
        return Ignored("business connection of somebody else")
    place = f"{int(content['chat']['id'])}@{connection.user_id}"
    return Deleted(tuple(f"{place}/{int(number)}" for number in content["message_ids"]))


def _unreadable(update: Json, people: People, now: datetime, why: str) -> IncomingMessage | Ignored:
    try:
        kind = _kind(update)
        message = update[kind]
        chat_id, chat_type = int(message["chat"]["id"]), message["chat"]["type"]
        connection = people.connections.get(message["business_connection_id"]) if "business" in kind else None
    except _BROKEN:
        return Ignored("unreadable")
    is_hers = chat_id in people.desks or ("business" in kind and connection is None)
    if kind not in MESSAGE_KINDS or chat_type != "private" or is_hers:
        return Ignored("unreadable")
    place = f"{chat_id}@{connection.user_id}" if connection else str(chat_id)
    return IncomingMessage(
        channel=people.channel,
        medium=Medium.CHAT,
        # Of the update, as the message may have no id of its own.
        key=f"{place}/update/{update['update_id']}",
        received_at=now,
        text="",
        refs=(place,),
        chat_id=chat_id,
        business=connection.id if connection else "",
        may_answer=connection is None or (connection.enabled and connection.can_reply),
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
