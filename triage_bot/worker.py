"""The life of the service: builds the parts from the configuration, runs them, reloads them, stops them.

A generation is the set of parts built from one configuration. A reload ends the old generation between two messages
and starts the next; a configuration that cannot be read leaves the old one at work. The database stays open
throughout, under the lock that keeps a second service away.
"""

import asyncio
import contextlib
import gc
import logging
import random
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from triage_bot.calendar_watch import CalendarWatch
from triage_bot.clock import Clock, SystemClock
from triage_bot.config import build, ical, load_config
from triage_bot.config.model import Config
from triage_bot.errors import (
    DatabaseBusy,
    DatabaseFull,
    StoreError,
    TriageBotError,
)
from triage_bot.outbox import FOUND, Trouble, TroubleKind
from triage_bot.parts import Parts
from triage_bot.store.store import Store
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer
from triage_bot.templates import template_problems
from triage_bot.troubles import Troubles

log = logging.getLogger(__name__)

POOL_THREADS = 8
FINISH_WITHIN = 6.0
"""Seconds that an entry in the middle of its handover is given before it is left for the next start."""
SWITCH_SECONDS = 0.001
"""How long a thread that computes may keep the others waiting. Each answer of a server and each statement of the
database waits for its turn once: with Python's 0.005, sending would crawl while a backlog is read."""
GC_THRESHOLDS = (20_000, 20, 100)


class Worker:
    """One service. `clock` is moved by hand in the demo and in tests."""

    def __init__(
        self, config_path: Path, *, clock: Clock | None = None, chance: Callable[[], float] = random.random
    ) -> None:
        self._path = config_path
        self._clock = clock or SystemClock()
        self._chance = chance
        self._stop = asyncio.Event()
        self._changed = asyncio.Event()
        self._running = asyncio.Event()

    def stop(self) -> None:
        self._stop.set()
        self._changed.set()

    def reload(self) -> None:
        """Read the configuration again, as SIGHUP does."""
        self._changed.set()

    async def wait_until_running(self) -> None:
        await self._running.wait()

    async def run(self, *, handle_signals: bool = False) -> None:
        """Serve until stopped.

        Raises ConfigError for a configuration that cannot be used and StoreError for such a database, both before
        anything was read or sent.
        """
        config, refused = _load(self._path, self._clock), ""
        writer = Writer()
        store = Store.open(build.database_url(config), exclusive=True)
        with _signals(self) if handle_signals else contextlib.nullcontext():
            try:
                while not self._stop.is_set():
                    self._changed.clear()
                    with ThreadPoolExecutor(POOL_THREADS, thread_name_prefix="channel") as pool:
                        await self._generation(config, store, writer, pool, refused)
                    if not self._stop.is_set():
                        config, refused = _reloaded(self._path, config, self._clock)
            finally:
                # Off the loop's thread: a call may still be waiting for its answer there.
                await asyncio.get_running_loop().run_in_executor(None, writer.close)
                store.close()
        log.info("stopped")

    async def _generation(
        self, config: Config, store: Store, writer: Writer, pool: ThreadPoolExecutor, refused: str
    ) -> None:
        parts = Parts(config, store, writer, pool, self._clock, self._chance)
        await self._recover(parts, store, writer)
        if refused:
            try:
                await parts.troubles.config_refused(refused)
            except StoreError as error:
                log.error("the assistant cannot be told of the refused configuration: %s", error)
        async with contextlib.aclosing(parts.judging), asyncio.TaskGroup() as group:
            reading = [group.create_task(part) for part in parts.reading()]
            if config.calendars:
                reading.append(group.create_task(self._calendar_watch(config, parts.troubles).run()))
            delivering = [group.create_task(parts.outbox.deliver(courier, lanes)) for courier, lanes in parts.couriers]
            log.info(
                "running: %d clients, %d mailboxes, Telegram %s",
                len(config.clients),
                len(config.channels.mail),
                "on" if config.channels.telegram else "off",
            )
            _settle_memory()
            sys.setswitchinterval(SWITCH_SECONDS)
            self._running.set()
            await self._changed.wait()
            for task in reading:
                task.cancel()
            parts.outbox.stop()
            await asyncio.wait([*reading, *delivering], timeout=FINISH_WITHIN)
            for task in delivering:
                task.cancel()

    def _calendar_watch(self, config: Config, troubles: Troubles) -> CalendarWatch:
        return CalendarWatch(
            self._clock,
            config.seen,
            look=lambda: ical.fingerprint(config.calendars, self._clock.now().date()),
            try_it=lambda: _load(self._path, self._clock),
            reload=self.reload,
            refused=troubles.config_refused,
        )

    async def _recover(self, parts: Parts, store: Store, writer: Writer) -> None:
        """Find out what became of all that the last run was handing over, tell of what nobody knows, free the rest.

        One that cannot is not begun; but a service that runs does not end because somebody reloads it while the disk
        is full."""
        while not self._stop.is_set():
            try:
                for entry in await writer.call(store.interrupted):
                    log.error("outbox %d: the last run stopped in the middle of its handover", entry.id)
                    if await parts.has_left(entry):
                        await writer.call(store.advance, [(entry.id, self._clock.now(), FOUND)], [])
                    else:
                        trouble = Trouble(entry, TroubleKind.IN_DOUBT, "the program was killed")
                        await parts.troubles.undelivered(trouble)
                # Last: after a kill before it, all of this happens again, and nothing is forgotten.
                await writer.call(store.recover, self._clock.now())
                return
            except (DatabaseBusy, DatabaseFull) as error:
                if not self._running.is_set():
                    raise
                log.error("the reload waits for the database: %s", error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AFTER_STORE_TROUBLE):
                    await self._stop.wait()


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


def _settle_memory() -> None:
    """Take what a generation is made of out of the garbage collector's sight, and let it look less often: it would
    walk through all the modules again and again while mail is worked on, a sixth of the time, and find nothing."""
    gc.unfreeze()  # what the last generation leaves behind is garbage now
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


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
