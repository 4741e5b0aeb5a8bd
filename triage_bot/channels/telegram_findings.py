"""What was read of a batch of updates, by what becomes of it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from triage_bot.channels.protocols import AssistantAction, Batch, ChatMove, ChatReach, ChatStart
from triage_bot.channels.telegram_updates import Deleted, Ignored, Read
from triage_bot.core.messages import BusinessConnection, Cursor, IncomingMessage, OwnMessage

T = TypeVar("T")

TOO_OLD = Ignored("older than the start")


@dataclass(slots=True)
class Findings:
    """`started_at` is when the bot first looked: what was said before is not read, what was arranged before is."""

    started_at: datetime
    messages: list[IncomingMessage] = field(default_factory=list)
    own: list[OwnMessage] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    connections: list[BusinessConnection] = field(default_factory=list)
    starts: list[ChatStart] = field(default_factory=list)
    reaches: list[ChatReach] = field(default_factory=list)
    moves: list[ChatMove] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)

    def take(self, read: Read) -> AssistantAction | None:
        """Returns what the assistant did, which is for others to do."""
        match read:
            case IncomingMessage():
                self._take_if(read.received_at, self.messages, read)
            case OwnMessage():
                self._take_if(read.sent_at, self.own, read)
            case ChatStart():
                self._take_if(read.at, self.starts, read)
            case AssistantAction():
                if read.data or read.sent_at >= self.started_at:
                    return read
                self.ignored[TOO_OLD.why] += 1
            case Deleted():
                self.deleted += read.message_ids
            case BusinessConnection():
                self.connections.append(read)
            case ChatReach():
                self.reaches.append(read)
            case ChatMove():
                self.moves.append(read)
            case Ignored():
                self.ignored[read.why] += 1
        return None

    def batch(self, cursor: Cursor) -> Batch:
        return Batch(
            tuple(self.messages),
            cursor,
            own=tuple(self.own),
            deleted=tuple(self.deleted),
            connections=tuple(self.connections),
            starts=tuple(self.starts),
            reaches=tuple(self.reaches),
            moves=tuple(self.moves),
        )

    def _take_if(self, at: datetime, found: list[T], read: T) -> None:
        if at >= self.started_at:
            found.append(read)
        else:
            self.ignored[TOO_OLD.why] += 1
