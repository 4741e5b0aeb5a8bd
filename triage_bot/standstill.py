"""A courier that cannot work at all, whatever the entry says: its server is out of reach, lets nobody in, or refuses
the login.

One entry at a time tries then, at growing intervals, and all others wait: fifty logins with an old password in a row
would lock the account, and a mail is not undeliverable because a password is wrong.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from triage_bot.core.backoff import delay
from triage_bot.errors import ChannelFailure, FailureKind, PermanentFailure

OF_THE_COURIER = frozenset(
    {
        FailureKind.LOGIN_REFUSED,
        FailureKind.CERTIFICATE,
        FailureKind.TOO_MANY,
        FailureKind.UNREACHABLE,
        FailureKind.NO_ANSWER,
    }
)
"""Failures that any other entry would meet as well."""
LONGEST = timedelta(minutes=1)
"""A server that cannot be reached may be back any minute, and what is urgent waits for it; one that refuses the login
is asked seldom."""


def nobody_to_tell(_: str, __: ChannelFailure | None) -> None:
    pass


class Standstill:
    def __init__(
        self,
        first: timedelta,
        most: timedelta,
        random: Callable[[], float],
        tell: Callable[[ChannelFailure | None], None],
    ) -> None:
        """`first` and `most` bound the pauses. `tell` hears of every failure, and once that it works."""
        self._first = first
        self._most = most
        self._random = random
        self._tell = tell
        self._failures = 0
        self._works = False
        self.until: datetime | None = None
        """When the next entry may try, None while all may."""

    def begins(self, failure: ChannelFailure, now: datetime) -> datetime | None:
        """Until when the courier rests after this failure; None if that was the entry's own."""
        if failure.kind not in OF_THE_COURIER:
            return None
        self._works = False
        if self.until is None or now >= self.until:  # else another lane has just met it
            self._failures += 1
            most = self._most if isinstance(failure, PermanentFailure) else min(self._most, LONGEST)
            self.until = now + delay(self._failures, min(self._first, most), most, self._random)
        self._tell(failure)
        return self.until

    def is_over(self) -> None:
        """Something was handed over, or was refused for its own sake."""
        if self._works:
            return
        self._works = True
        self._failures = 0
        self.until = None
        self._tell(None)
