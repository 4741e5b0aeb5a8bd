"""What this process has done since its start, counted: plain numbers that `/metrics` shows."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class Tally:
    """`messages` are by channel and outcome ("acknowledged", or the name of the suppression), `entries` by kind and
    what became of them, `lag` is from a message's arrival at the server to its being recorded, the newest by channel.
    """

    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    entries: Counter[tuple[str, str]] = field(default_factory=Counter)
    lag: dict[str, timedelta] = field(default_factory=dict)

    def recorded(self, channel: str, suppression: str | None, received_at: datetime, now: datetime) -> None:
        self.messages[channel, suppression or "acknowledged"] += 1
        self.lag[channel] = max(timedelta(0), now - received_at)

    def left(self, kind: str, how: str) -> None:
        """`how`: sent, retried, failed, in_doubt, stale."""
        self.entries[kind, how] += 1
