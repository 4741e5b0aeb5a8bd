"""How many messages a provider takes from an account in an hour and in a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quota:
    """0 is no limit."""

    per_hour: int = 0
    per_day: int = 0

    @property
    def is_set(self) -> bool:
        return bool(self.per_hour or self.per_day)

    def room(self, handed_over: Sequence[datetime], now: datetime) -> int:
        """How many more may leave now; `handed_over` are the moments of the last day, the oldest first."""
        rooms = [
            most - sum(now - at < span for at in handed_over)
            for most, span in ((self.per_hour, HOUR), (self.per_day, DAY))
            if most
        ]
        return max(0, min(rooms, default=len(handed_over) + 1))

    def free_at(self, handed_over: Sequence[datetime], now: datetime) -> datetime:
        """When the next one may leave: `now`, or when one of them lies far enough back."""
        free_at = now
        for most, span in ((self.per_hour, HOUR), (self.per_day, DAY)):
            if most and len(handed_over) >= most:
                free_at = max(free_at, handed_over[-most] + span)
        return free_at
