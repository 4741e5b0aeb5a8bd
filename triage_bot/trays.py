"""How the couriers' loops learn of what was recorded for them: by a bell, and by entries that lie ready.

To record an entry first and claim it later is to look for it, change it and read it once more. So a courier that has
nothing else before it lets what becomes due for it be claimed as it is recorded: its tray is open. What it does not
find there it claims as ever, and after a kill both are free again in the same way. Where the answer to a commit is
lost, they are free when the lease is over.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from triage_bot.store.drafts import Claim, Entry


class Tray:
    """Of one courier while it delivers. Used on one event loop."""

    def __init__(self, courier: str, worker: str, lease: timedelta, wake: Callable[[], None]) -> None:
        self._courier = courier
        self._worker = worker
        self._lease = lease
        self._wake = wake
        self._entries: list[Entry] = []
        self._room = 0

    def open(self, room: int) -> None:
        """So many may be claimed for the courier from now on, until it takes them, by each transaction that has begun
        meanwhile; 0 closes it."""
        self._room = max(0, room)

    def claim(self, now: datetime) -> Claim | None:
        room = self._room - len(self._entries)
        return Claim(self._courier, self._worker, now, now + self._lease, room) if room > 0 else None

    def put(self, entries: Sequence[Entry]) -> None:
        self._entries += entries
        self._wake()

    def take(self) -> list[Entry]:
        self._room = 0
        entries, self._entries = self._entries, []
        return entries


class Trays:
    """Those of the couriers that deliver at present."""

    def __init__(self) -> None:
        self._trays: dict[str, Tray] = {}

    def of(self, courier: str) -> Tray | None:
        return self._trays.get(courier)

    @contextlib.contextmanager
    def standing(self, courier: str, tray: Tray) -> Iterator[Tray]:
        """There while the courier delivers. What is still in it then waits for the next start, as what it had in hand
        does."""
        self._trays[courier] = tray
        try:
            yield tray
        finally:
            del self._trays[courier]


class Bell:
    """Wakes the couriers' loops when an entry was recorded."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Event, str] = {}
        self.trays = Trays()

    def ring(self, *couriers: str) -> None:
        """For those that have something to do now; for all, where that is not known: each of them asks the database."""
        for listener, courier in self._listeners.items():
            if not couriers or courier in couriers:
                listener.set()

    @contextlib.contextmanager
    def heard(self, courier: str) -> Iterator[asyncio.Event]:
        """An event that every ring for the courier sets."""
        listener = asyncio.Event()
        self._listeners[listener] = courier
        try:
            yield listener
        finally:
            del self._listeners[listener]
