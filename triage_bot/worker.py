"""The life of the service: builds the parts from the configuration, runs them, reloads them, stops them.

A generation is the set of parts built from one configuration. A reload ends the old generation between two messages
and starts the next; a configuration that cannot be read leaves the old one at work. The database stays open
throughout, under the lock that keeps a second service away.
"""

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from triage_bot import garbage, judging
from triage_bot.calendar_watch import CalendarWatch
from triage_bot.clock import Clock, CorrectedClock, SystemClock
from triage_bot.config import build, ical, load_config
from triage_bot.config.model import Config
from triage_bot.errors import (
    DatabaseBusy,
    DatabaseFull,
    StoreError,
    TriageBotError,
)
from triage_bot.leasing import Leasing, Ownership, SoleOwner
from triage_bot.outbox import FOUND, Trouble, TroubleKind
from triage_bot.parts import Parts
from triage_bot.service_manager import ServiceManager
from triage_bot.store.store import Store
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer
from triage_bot.tally import Tally
from triage_bot.templates import template_problems
from triage_bot.troubles import Troubles

log = logging.getLogger(__name__)
T = TypeVar("T")

OTHER_THREADS = 3
"""For what libraries do beside the loop: names looked up, long mails composed."""


class Worker:
    """One service. `clock` is moved by hand in the demo and in tests."""

    def __init__(
        self, config_path: Path, *, clock: Clock | None = None, chance: Callable[[], float] = random.random
    ) -> None:
        self._path = config_path
        self._clock = clock or SystemClock()
        self._chance = chance
        self._tally = Tally()
        self._manager = ServiceManager()
        self._name = uuid.uuid4().hex[:12]  # by which other workers on the same database know this one
        self._stop = asyncio.Event()
        self._changed = asyncio.Event()
        self._read_again = False
        self._running = asyncio.Event()

    def stop(self) -> None:
        self._stop.set()
        self._changed.set()

    def reload(self) -> None:
        """Read the configuration again, as SIGHUP does."""
        self._read_again = True
        self._changed.set()

    def renew(self) -> None:
        """Begin a new generation by the same configuration: what was said beside it has changed."""
        self._changed.set()

    async def wait_until_running(self) -> None:
        await self._running.wait()

    async def run(self, *, handle_signals: bool = False) -> None:
        """Serve until stopped.

        Raises ConfigError for a configuration that cannot be used and StoreError for such a database, both before
        anything was read or sent.
        """
        with _signals(self) if handle_signals else contextlib.nullcontext():
            await self._serve()
        log.info("stopped")

    async def _serve(self) -> None:
        config, refused = _load(self._path, self._clock), ""
        others = ThreadPoolExecutor(OTHER_THREADS, thread_name_prefix="other")
        asyncio.get_running_loop().set_default_executor(others)
        writer = Writer()
        store = Store.open(build.database_url(config), exclusive=True, worker=self._name)
        leasing = await self._share(store) if store.database.is_shared else None
        try:
            while not self._stop.is_set():
                with ThreadPoolExecutor(judging.THREADS, thread_name_prefix="judging") as pool:
                    await self._generation(config, store, writer, pool, leasing, refused)
                refused = ""
                self._changed.clear()
                if self._read_again and not self._stop.is_set():
                    self._read_again = False
                    config, refused = _reloaded(self._path, config, self._clock)
        finally:
            if leasing is not None:
                await leasing.leave()
            # Off the loop's thread: a call may still be waiting for its answer there.
            await asyncio.get_running_loop().run_in_executor(None, writer.close)
            store.close()

    async def _generation(
        self,
        config: Config,
        store: Store,
        writer: Writer,
        pool: ThreadPoolExecutor,
        leasing: Leasing | None,
        refused: str,
    ) -> None:
        standing = await self._patiently(lambda: writer.call(store.standing))
        if standing is None:
            return
        parts = Parts(
            config,
            store,
            writer,
            pool,
            self._clock,
            self._chance,
            standing=standing,
            renew=self.renew,
            tally=self._tally,
        )
        ownership: Ownership = SoleOwner()
        if leasing is None:
            await self._patiently(lambda: self._recover(parts, store, writer))
        else:
            recover = partial(self._recover, parts, store, writer)
            ownership = leasing.among(config.workers.lease, recover, parts.ring)
        if refused:
            try:
                await parts.troubles.config_refused(refused)
            except StoreError as error:
                log.error("the assistant cannot be told of the refused configuration: %s", error)
        seen = self._monitoring(config, parts, store, writer)
        ended = asyncio.Event()
        async with contextlib.aclosing(parts), seen, asyncio.TaskGroup() as group:
            everywhere = [group.create_task(part) for part in parts.everywhere()]
            if config.calendars:
                everywhere.append(group.create_task(self._calendar_watch(config, parts.troubles).run()))
            group.create_task(ownership.run(parts.duties(), ended))
            everywhere.append(group.create_task(self._manager.stay_alive()))
            telegram = "on" if config.channels.telegram else "off"
            clients = _counted(len(config.clients), "client", "clients")
            what = f"{clients}, {_counted(len(config.channels.mail), 'mailbox', 'mailboxes')}, Telegram {telegram}"
            log.info("running: %s", what)
            self._manager.running(what)
            garbage.settle()
            self._running.set()
            await self._changed.wait()
            if self._stop.is_set():
                self._manager.stopping()
            else:
                self._manager.reloading()
            for task in everywhere:
                task.cancel()
            ended.set()

    @contextlib.asynccontextmanager
    async def _monitoring(self, config: Config, parts: Parts, store: Store, writer: Writer) -> AsyncIterator[None]:
        """Let the service be seen from outside, where the configuration wants that."""
        settings = config.monitoring
        if settings.listen is None:
            yield
            return
        from triage_bot.monitoring import Bounds, Monitor, MonitoringServer  # its library only where it is used

        monitor = Monitor(store, writer, self._clock, self._tally, lambda: parts.health.sources)
        bounds = Bounds(settings.silent_after, settings.late_after)
        try:
            server = MonitoringServer(monitor, bounds, *settings.listen)
        except OSError as error:
            # Nobody goes without an answer because somebody else has the port.
            log.error("monitoring: cannot listen on %s:%d: %s", *settings.listen, error.strerror)
            yield
            return
        try:
            yield
        finally:
            await asyncio.get_running_loop().run_in_executor(None, server.close)
            await monitor.aclose()

    def _calendar_watch(self, config: Config, troubles: Troubles) -> CalendarWatch:
        return CalendarWatch(
            self._clock,
            config.seen,
            look=lambda: ical.fingerprint(config.calendars, self._clock.now().date()),
            try_it=lambda: _load(self._path, self._clock),
            reload=self.reload,
            refused=troubles.config_refused,
        )

    async def _share(self, store: Store) -> Leasing:
        """Become one of the workers on the database, and go by its clock."""
        # What is only for PostgreSQL costs nobody else its memory.
        from triage_bot.store.leases import CHANGED, Leases
        from triage_bot.store.listening import listen

        inner, self._clock = self._clock, (clock := CorrectedClock(self._clock))
        leases = Leases(store.database, f"{socket.gethostname()}, process {os.getpid()}")
        leasing = Leasing(leases, clock, partial(listen, store.database), self._name, CHANGED)
        await leasing.measure(inner)
        return leasing

    async def _recover(self, parts: Parts, store: Store, writer: Writer, courier: str = "") -> None:
        """Find out what became of all that the last run, or the last worker that had this courier, was handing over;
        tell of what nobody knows, free the rest."""
        couriers = [courier] if courier else None
        doubtful: list[Trouble] = []
        for entry in await writer.call(store.interrupted, couriers):
            log.error("outbox %d: the last run stopped in the middle of its handover", entry.id)
            if await parts.has_left(entry):
                await writer.call(store.advance, [(entry.id, self._clock.now(), FOUND)], [])
            else:
                doubtful.append(Trouble(entry, TroubleKind.IN_DOUBT, "the program was killed"))
        await parts.troubles.undelivered(*doubtful)
        # Last: after a kill before it, all of this happens again, and nothing is forgotten.
        await writer.call(store.recover, self._clock.now(), couriers)

    async def _patiently(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """What a step of a generation's beginning returns; None if the service is stopped meanwhile.

        A service that cannot is not begun; but one that runs does not end because somebody reloads it while the disk
        is full."""
        while not self._stop.is_set():
            try:
                return await step()
            except (DatabaseBusy, DatabaseFull) as error:
                if not self._running.is_set():
                    raise
                log.error("the reload waits for the database: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AFTER_STORE_TROUBLE):
                    await self._stop.wait()
        return None


def _load(path: Path, clock: Clock) -> Config:
    today = clock.now().date()
    config = load_config(path, secrets=True, template_problems=template_problems, today=today)
    for warning in config.warnings:
        log.warning("%s", warning)
    return config


def _reloaded(path: Path, old: Config, clock: Clock) -> tuple[Config, str]:
    """The configuration that counts from now on, and why it is the old one, "" if it is not."""
    refused = ""
    try:
        new = _load(path, clock)
        if build.database_url(new) != build.database_url(old):
            refused = "`database` can only be changed by a restart"
    except TriageBotError as error:
        refused = str(error)
    if refused:
        log.error("reload refused, the old configuration stays:\n%s", refused)
        return old, refused
    log.info("reloaded %s", path)
    return new, ""


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


@contextlib.contextmanager
def _signals(worker: Worker) -> Any:
    loop = asyncio.get_running_loop()
    handlers = {signal.SIGTERM: worker.stop, signal.SIGINT: worker.stop, signal.SIGHUP: worker.reload}
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)
