"""What all who act in the emulator share: the world, and the updates that the bot gets of what they do."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from triage_bot.demo.bot_api_methods import Methods
from triage_bot.demo.bot_api_state import Changes, Json, Updates, World


class Actors:
    now: Callable[[], datetime]
    _world: World
    _updates: Updates
    _changes: Changes
    _methods: Methods

    def _push(self, kind: str, content: Any) -> int:
        update_id = self._updates.push(kind, content)
        self._changes.tell()
        return update_id

    def _replied(self, chat_id: int, message_id: int) -> Json:
        """A message as it stands in an answer to it."""
        if sent := self._world.sent[chat_id].get(message_id):
            return self._world.as_json(sent)
        return {key: value for key, value in self._world.written[chat_id, message_id].items() if key[:5] != "reply"}


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())
