"""Who is who for the reader of updates, and whether words in a group are meant for the assistant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from triage_bot.core.messages import BusinessConnection
from triage_bot.reading.model import Locale

Json = Mapping[str, Any]


class Groups(StrEnum):
    """Which messages of a group are read."""

    MENTIONS = "mentions"
    ALL = "all"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class People:
    """What must be known to read an update.

    `desks` are the chats in which assistants command; a private chat has the id of its person, so they are the
    assistants' user ids too. `names` are the @names of the bot and of the assistants, lower case, without @.
    `connections` are the business connections by their ids.
    """

    channel: str
    desks: frozenset[int] = frozenset()
    groups: Groups = Groups.MENTIONS
    locale: Locale = Locale.EN
    bot_id: int = 0
    names: frozenset[str] = frozenset()
    connections: Mapping[str, BusinessConnection] = field(default_factory=lambda: MappingProxyType({}))

    def are_meant(self, message: Json) -> bool:
        """Whether a message in a group mentions or answers an assistant or the bot."""
        return self._is_answered(message) or any(
            self._is_named(str(message[text]), entity)
            for text, entities in (("text", "entities"), ("caption", "caption_entities"))
            for entity in (message.get(entities) or () if message.get(text) else ())
        )

    def _is_answered(self, message: Json) -> bool:
        answered = message.get("reply_to_message") or {}
        if "forum_topic_created" in answered:
            return False  # every message in a topic "answers" the note that began it
        return self._is_one(answered.get("from"))

    def _is_named(self, text: str, entity: Json) -> bool:
        if entity["type"] == "text_mention":
            return self._is_one(entity.get("user"))
        if entity["type"] != "mention":
            return False
        # Offsets count UTF-16 code units.
        units = text.encode("utf-16-le", "surrogatepass")
        start, length = int(entity["offset"]), int(entity["length"])
        named = units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace")
        return named.removeprefix("@").lower() in self.names

    def _is_one(self, user: Json | None) -> bool:
        return bool(user) and (user["id"] in self.desks or user["id"] == self.bot_id)  # type: ignore[index]
