"""What was said to the program beside its configuration: chats that were paired, absences, pauses, bound contacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from triage_bot.core.calendar_days import Vacation

Contact = tuple[str, str]
"""A channel and an address or chat id there."""


@dataclass(frozen=True, slots=True)
class PairedDesk:
    """A Telegram chat in which an assistant commands since she sent a code from it."""

    chat_id: int
    paired_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """All by the names of assistants; `bindings` give contacts to clients, "" to nobody."""

    desks: Mapping[str, PairedDesk] = field(default_factory=lambda: MappingProxyType({}))
    away: Mapping[str, tuple[Vacation, ...]] = field(default_factory=lambda: MappingProxyType({}))
    paused: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))  # since when
    bindings: Mapping[Contact, str] = field(default_factory=lambda: MappingProxyType({}))


NOTHING_SAID = Standing()


class Deed(StrEnum):
    """What an assistant does that is no step of an item, and is kept so that it can be taken back, or said that it
    cannot. The values are stored beside those of `core.items.Step`."""

    AWAY = "away"
    BACK = "back"
    PAUSE = "pause"
    RESUME = "resume"
    FACT = "fact"  # noted about a client
    BIND = "bind"  # a contact to a client
    DISCARD = "discard"  # a draft
    SEEN = "seen"  # marked as read in her own account: stays so
