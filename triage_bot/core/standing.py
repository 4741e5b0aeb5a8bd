"""What was said to the program beside its configuration: chats that were paired, absences, pauses, bound contacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
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
