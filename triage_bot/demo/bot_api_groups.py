"""Groups in the emulator: who writes there, mentions whom, and groups that become supergroups."""

import re
from typing import Any

from triage_bot.demo.bot_api_actors import Actors, seconds
from triage_bot.demo.bot_api_html import utf16_length
from triage_bot.demo.bot_api_state import Group, Json

_MENTION = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}")


class Groups(Actors):
    def opens_group(self, chat_id: int, title: str = "A group", type: str = "supergroup") -> Group:
        """The bot is a member, and sees all messages (its privacy mode is off)."""
        group = self._world.groups.setdefault(chat_id, Group(chat_id, title, type))
        group.title = title
        return group

    def group_writes(
        self,
        chat_id: int,
        text: str,
        *,
        by: int = 0,
        name: str = "Client",
        username: str = "",
        title: str = "A group",
        reply_to: int | None = None,
        topic: int | None = None,
        **content: Any,
    ) -> int:
        """`by` is the user id of who writes; without, somebody of that group. Names with an @ become mentions."""
        group = self.opens_group(chat_id, title)
        user = by or abs(chat_id) % 1000 + 1
        known = self._world.people.get(user)
        names = {"first_name": name, **({"username": username} if username else {})}
        message: Json = {
            "message_id": self._world.next_message_id(),
            "date": seconds(self.now()),
            "chat": group.chat,
            "from": known.user if known else {"id": user, "is_bot": False, **names},
            "text": text,
            **content,
        }
        if entities := list(_mentions(text)):
            message.setdefault("entities", entities)
        if reply_to is not None:
            message["reply_to_message"] = self._replied(chat_id, reply_to)
        if topic is not None:
            message |= {"message_thread_id": topic, "is_topic_message": True}
        self._world.written[chat_id, message["message_id"]] = message
        self._push("message", dict(message))
        return int(message["message_id"])

    def group_removes_bot(self, chat_id: int) -> None:
        group = self._world.groups[chat_id]
        group.kicked = True
        old, new = ({"user": self._world.bot, "status": status} for status in ("member", "kicked"))
        change = {"chat": group.chat, "from": self._world.bot, "date": seconds(self.now())}
        self._push("my_chat_member", {**change, "old_chat_member": old, "new_chat_member": new})

    def group_moves(self, old: int, new: int) -> None:
        """A group becomes a supergroup: another chat with another id."""
        group = self._world.groups[old]
        group.moved_to = new
        group.type = "group"
        moved = self.opens_group(new, group.title)
        for chat, field in ((group.chat, {"migrate_to_chat_id": new}), (moved.chat, {"migrate_from_chat_id": old})):
            note = {"message_id": self._world.next_message_id(), "date": seconds(self.now()), "chat": chat}
            who = {"id": 5, "is_bot": False, "first_name": "Owner"}
            self._push("message", {**note, "from": who, **field})


def _mentions(text: str) -> list[Json]:
    return [
        {"type": "mention", "offset": utf16_length(text[: found.start()]), "length": utf16_length(found[0])}
        for found in _MENTION.finditer(text)
    ]
