"""What is done to the workers and to the servers while people write: kills, halts, restarts, full disks.

Each worker has a seat, which starts the next one when it has ended, as a service manager does.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from random import Random
from typing import Any

from tests.chaos.city import City
from tests.kills.programs import STILL_RUNNING, Hatchling
from tests.kills.storage import full_disk, locked
from tests.patience import PATIENCE
from tests.workers.agency import LEASE_SECONDS, resume

LOOK_EVERY = 0.1
CLOCKS = ("little patience", "little patience and a fast clock", "little patience and a slow clock")
"""Where the database has a clock; alone, a worker goes by its own."""
CANNOT_START = (
    "cannot be reached",
    "is locked",
    "is full",
    "cannot grow",
    "takes no further connection",
    "starting up",
)
"""What a worker ends with that finds no database when it starts; one that runs waits for it."""


class Seat:
    def __init__(self, city: City, chance: Random) -> None:
        self.worker: Hatchling | None = None
        self.wrong: list[str] = []
        self._city = city
        self._chance = chance
        self._sent: set[signal.Signals] = set()  # to the one that sits there
        self._closing = asyncio.Event()

    @property
    def is_taken(self) -> bool:
        return self.worker is not None and self.worker.returned() == STILL_RUNNING

    def kill(self) -> None:
        if self.worker is not None:
            self._sent.add(signal.SIGKILL)
            self.worker.kill()

    def signal(self, number: signal.Signals) -> None:
        if self.worker is not None and self.is_taken:
            self._sent.add(number)
            os.kill(self.worker.pid, number)

    async def keep(self) -> None:
        """Have a worker at work until `close`."""
        while not self._closing.is_set():
            self._sent.clear()
            self.worker = worker = await self._city.hire(
                self._chance.choice(CLOCKS if self._city.is_shared else CLOCKS[:1])
            )
            while worker.returned() == STILL_RUNNING:
                await asyncio.sleep(LOOK_EVERY)
            self._look_at(worker)
            self.worker = None
            with suppress(TimeoutError):
                async with asyncio.timeout(0.2 + self._chance.random()):
                    await self._closing.wait()

    def _look_at(self, worker: Hatchling) -> None:
        code, log = worker.returned(), worker.log()
        if "Traceback" in log:
            self.wrong.append(
                f"a worker had an error that it did not expect:\n{log[log.index('Traceback') - 500 :][:6000]}"
            )
        if -code in self._sent or (code == 0 and signal.SIGTERM in self._sent):
            return  # a signal that comes before the program listens to it ends it
        if code == 1 and any(words in (log.splitlines() or [""])[-1] for words in CANNOT_START):
            self._city.counts["starts without a database"] += 1
            return
        self.wrong.append(f"a worker ended by itself with {code}:\n{log[-3000:]}")

    async def close(self) -> None:
        self._closing.set()
        self.signal(signal.SIGTERM)


Deed = Callable[[], Coroutine[Any, Any, None]]


class Deeds:
    def __init__(self, city: City, seats: list[Seat], chance: Random, seconds: float) -> None:
        """In `seconds` one of each can be done."""
        self._city = city
        self._pause = min(2.5, seconds / 16)
        self._seats = seats
        self._chance = chance
        self._counts = city.counts
        self._done: list[asyncio.Task[None]] = []
        self._database = asyncio.Lock()  # one trouble of it at a time: it does not start again on a full disk

    async def do(self) -> None:
        """One of each at first, in any order, then any; until cancelled. Some overlap."""
        deeds = self._all()
        self._chance.shuffle(deeds)
        while True:
            for deed in (*deeds, *self._chance.choices(deeds, k=1000)):
                self._done.append(asyncio.create_task(deed()))
                await asyncio.sleep(self._pause * self._chance.uniform(0.5, 1.5))

    async def end(self) -> None:
        """Whatever still goes on is over, and everything is as it should be."""
        await asyncio.gather(*self._done)

    def _all(self) -> list[Deed]:
        deeds: list[Deed] = [
            self._kill,
            self._kill,
            self._halt,
            self._end,
            self._reload,
            self._break_all,
            self._hold_back,
            self._refuse,
            self._swallow,
        ]
        if not self._city.is_shared:
            return [*deeds, self._lock, self._fill_files]
        return [*deeds, self._restart, *([self._fill] if self._city.disk else [])]

    def _seat(self) -> Seat:
        """One that is taken, if any is."""
        return self._chance.choice([seat for seat in self._seats if seat.is_taken] or self._seats)

    async def _kill(self) -> None:
        self._counts["kills"] += 1
        self._seat().kill()

    async def _halt(self) -> None:
        seat = self._seat()
        if seat.worker is None:
            return
        self._counts["halts"] += 1
        worker = seat.worker
        seat.signal(signal.SIGSTOP)
        await asyncio.sleep(LEASE_SECONDS * self._chance.uniform(1.3, 2.5))
        if worker.returned() == STILL_RUNNING:
            resume(worker)

    async def _end(self) -> None:
        self._counts["ends"] += 1
        self._seat().signal(signal.SIGTERM)

    async def _reload(self) -> None:
        self._counts["reloads"] += 1
        self._seat().signal(signal.SIGHUP)

    async def _break_all(self) -> None:
        line = self._chance.choice(self._city.lines)
        self._counts["lines cut"] += 1
        line.cut()

    async def _hold_back(self) -> None:
        line = self._chance.choice(self._city.lines)
        self._counts["lines silent"] += 1
        line.pause()
        await asyncio.sleep(self._chance.uniform(1, LEASE_SECONDS * 2))
        line.resume()

    async def _refuse(self) -> None:
        """The SMTP server has trouble of its own."""
        self._counts["refusals"] += 1
        smtp = self._city.smtp
        hook = self._chance.choice(["on_mail", "on_rcpt", "on_data"])
        setattr(smtp, hook, lambda _: "451 4.3.0 trouble")
        await asyncio.sleep(self._chance.uniform(0.5, 3))
        setattr(smtp, hook, lambda _: None)

    async def _swallow(self) -> None:
        """It takes mails and never says so."""
        self._counts["answers lost"] += 1
        self._city.smtp.lose_before_answer = True
        await asyncio.sleep(self._chance.uniform(0.2, 1))
        self._city.smtp.lose_before_answer = False

    # --- PostgreSQL ---------------------------------------------------------------------------------------------------

    async def _restart(self) -> None:
        async with self._database:
            self._counts["restarts"] += 1
            await asyncio.to_thread(self._city.postgres.stop)
            await asyncio.sleep(self._chance.random() * 2)
            self._city.postgres.start()  # from this thread, which lives longer than the server

    async def _fill(self) -> None:
        disk = self._city.disk
        assert disk is not None
        async with self._database:
            self._counts["full disks"] += 1
            await asyncio.to_thread(disk.fill)
            await asyncio.sleep(self._chance.uniform(2, 5))
            await asyncio.to_thread(disk.clear)

    # --- SQLite -------------------------------------------------------------------------------------------------------

    async def _lock(self) -> None:
        self._counts["locks"] += 1
        with locked(self._city.database):
            await asyncio.sleep(self._chance.uniform(0.5, 2))

    async def _fill_files(self) -> None:
        async with self._database:
            worker = self._seat().worker
            if worker is None or worker.returned() != STILL_RUNNING:
                return
            self._counts["full disks"] += 1
            with suppress(ProcessLookupError), full_disk(worker):
                await asyncio.sleep(self._chance.uniform(1, 3))


async def close(seats: list[Seat]) -> None:
    """All end in good order."""
    for seat in seats:
        await seat.close()
    async with asyncio.timeout(PATIENCE):
        while any(seat.worker is not None for seat in seats):
            await asyncio.sleep(LOOK_EVERY)
