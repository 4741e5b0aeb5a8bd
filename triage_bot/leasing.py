"""Which duties this worker has at present: all of them, or what its leases give it among several workers.

A duty is what no two workers may do at the same time: reading a mailbox and sending from it, the Telegram token, the
digests. A worker begins one when it gets the lease and ends it when others have a right to it, or when it learns that
it has lost it. Between the loss and the learning `store.fencing` keeps it from writing, and so from sending.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from triage_bot.clock import Clock, CorrectedClock
from triage_bot.errors import LeaseLost, StoreError
from triage_bot.store.fencing import WORKING_UNDER, Lease
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer

log = logging.getLogger(__name__)

RENEWALS = 3
"""How often a lease is renewed within its span."""
RING_AFTER = 0.1
"""Seconds from another worker's writing to our looking what there is to send."""
OUT_OF_REACH = 4
"""After so many spans without the database a worker leaves what it had."""


@dataclass(frozen=True, slots=True)
class Duty:
    """`work` runs until the event is set, then ends in good order; cancelled, it ends at once. `courier` names the
    entries of the outbox that go with it, "" for none."""

    resource: str
    courier: str
    work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]


class Ownership(Protocol):
    async def run(self, duties: Sequence[Duty], stop: asyncio.Event) -> None:
        """Do what is this worker's until `stop`; returns when all of it has ended."""


class SoleOwner:
    """There is no other worker."""

    async def run(self, duties: Sequence[Duty], stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for duty in duties:
                group.create_task(duty.work(stop))


class _Kept(Protocol):
    @property
    def tokens(self) -> Mapping[str, int]: ...

    @property
    def surplus(self) -> frozenset[str]: ...


class KeepsLeases(Protocol):
    """What the database does, as `store.leases.Leases`; it blocks."""

    def now(self) -> datetime: ...

    def keep(self, wanted: Mapping[str, str], span: timedelta) -> _Kept: ...

    def give_up(self, resources: Collection[str]) -> None: ...

    def leave(self) -> None: ...


@dataclass(slots=True)
class _Post:
    """A duty that this worker does."""

    token: int
    task: "asyncio.Task[None]"
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    leaving: bool = False


Listen = Callable[[Callable[[str], None]], Coroutine[Any, Any, None]]
Recover = Callable[[str], Awaitable[None]]
"""Find out what became of what whoever had a courier before was handing over."""


class Leasing:
    def __init__(self, leases: KeepsLeases, clock: CorrectedClock, listen: Listen, worker: str, changed: str) -> None:
        """`changed` is what `listen` hears when the leases should be looked at."""
        self._leases = leases
        self._clock = clock
        self._listen = listen
        self._worker = worker
        self._changed = changed
        # A thread of its own: a lease is renewed also while the other one waits for a lock.
        self._writer = Writer()
        self._posts: dict[str, _Post] = {}
        self._wake = asyncio.Event()
        self._renewed_at = 0.0
        self._complained = False
        self._ringing: asyncio.TimerHandle | None = None
        self._to_ring: set[str] | None = set()  # couriers; None for all

    async def measure(self, clock: Clock) -> None:
        """Find out by how much this machine's clock differs from that of the database."""
        before = clock.now()
        theirs = await self._writer.call(self._leases.now)
        after = clock.now()
        self._clock.correct(theirs - before - (after - before) / 2)

    async def leave(self) -> None:
        """This worker ends: the others need not wait for the end of its leases."""
        try:
            await self._writer.call(self._leases.leave)
        except StoreError as error:
            log.warning("the other workers cannot be told that this one ends: %s", error)
        await asyncio.get_running_loop().run_in_executor(None, self._writer.close)

    def among(self, span: timedelta, recover: Recover, ring: Callable[..., None]) -> "Ownership":
        """The duties of one generation. `ring` is called when another worker has written, with the couriers that have
        something to do, none if it may be any."""
        return _Shared(self, span, recover, ring)

    async def run(
        self, duties: Sequence[Duty], stop: asyncio.Event, span: timedelta, recover: Recover, ring: Callable[..., None]
    ) -> None:
        by_resource = {duty.resource: duty for duty in duties}
        self._renewed_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(self._listen(lambda payload: self._heard(payload, ring)))
                stopping = group.create_task(self._wake_at(stop))
                while not stop.is_set():
                    self._wake.clear()
                    await self._round(by_resource, span, group, recover)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(span.total_seconds() / RENEWALS):
                            await self._wake.wait()
                hearing.cancel()
                stopping.cancel()
                for post in self._posts.values():
                    post.stop.set()
                    post.leaving = True
        finally:
            self._posts.clear()

    def _heard(self, payload: str, ring: Callable[..., None]) -> None:
        if payload == self._changed:
            self._wake.set()
            return
        by, *couriers = payload.split("\n")
        if by == self._worker:
            return
        if not couriers:
            self._to_ring = None
        elif self._to_ring is not None:
            self._to_ring.update(couriers)
        if self._ringing is None:
            # Every ring is a question for the courier: one does for all that others record within a moment.
            self._ringing = asyncio.get_running_loop().call_later(RING_AFTER, self._ring, ring)

    def _ring(self, ring: Callable[..., None]) -> None:
        couriers, self._to_ring, self._ringing = self._to_ring, set(), None
        ring(*(couriers or ()))

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _round(
        self, duties: Mapping[str, Duty], span: timedelta, group: asyncio.TaskGroup, recover: Recover
    ) -> None:
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        try:
            wanted = {duty.resource: duty.courier for duty in duties.values()}
            kept = await self._writer.call(self._leases.keep, wanted, span)
            await self.measure(self._clock.inner)
        except StoreError as error:
            if not self._complained:
                log.error("the leases cannot be renewed: %s", error)
            self._complained = True
            if loop.time() - self._renewed_at > OUT_OF_REACH * span.total_seconds():
                # Whoever still reaches the database has taken over, and two must not go on asking the same servers.
                # Not sooner: in an outage for all, what has been sent is noted when it is over.
                await self._abandon(list(self._posts))
            return
        self._renewed_at, self._complained = asked_at, False
        await self._abandon([name for name, post in self._posts.items() if kept.tokens.get(name) != post.token])
        for name in kept.surplus & self._posts.keys():
            if not self._posts[name].leaving:
                group.create_task(self._give_up(name))
        if idle := kept.surplus - self._posts.keys():
            await self._hand_back(idle)
        for name, token in kept.tokens.items():
            if name not in self._posts and name not in kept.surplus:
                self._begin(duties[name], token, group, recover)

    def _begin(self, duty: Duty, token: int, group: asyncio.TaskGroup, recover: Recover) -> None:
        log.info("%s: this worker's", duty.resource)
        context = copy_context()
        context.run(WORKING_UNDER.set, Lease(duty.resource, self._worker, token))
        stop = asyncio.Event()
        task = group.create_task(self._do(duty, stop, recover), context=context)
        self._posts[duty.resource] = _Post(token, task, stop)

    async def _do(self, duty: Duty, stop: asyncio.Event, recover: Recover) -> None:
        while duty.courier and not stop.is_set():
            try:
                await recover(duty.courier)
                break
            except LeaseLost:
                return
            except StoreError as error:
                log.error("%s: waits for the database: %s", duty.resource, error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AFTER_STORE_TROUBLE):
                    await stop.wait()
        if not stop.is_set():
            await duty.work(stop)

    async def _give_up(self, resource: str) -> None:
        """Others have a right to it: they get it when nothing of it is going on here any more."""
        post = self._posts[resource]
        post.leaving = True
        post.stop.set()
        await asyncio.wait([post.task])
        self._posts.pop(resource, None)
        log.info("%s: given to another worker", resource)
        await self._hand_back([resource])

    async def _hand_back(self, resources: Collection[str]) -> None:
        try:
            await self._writer.call(self._leases.give_up, resources)
        except StoreError as error:
            log.warning("%s: cannot be given back yet: %s", ", ".join(sorted(resources)), error)  # the next round does

    async def _abandon(self, resources: Sequence[str]) -> None:
        """They are somebody else's now: nothing here is worth waiting for."""
        posts = {name: self._posts.pop(name) for name in resources}
        for name, post in posts.items():
            log.warning("%s: lost to another worker", name)
            post.task.cancel()
        if posts:
            await asyncio.wait([post.task for post in posts.values()])


@dataclass(frozen=True, slots=True)
class _Shared:
    leasing: Leasing
    span: timedelta
    recover: Recover
    ring: Callable[..., None]

    async def run(self, duties: Sequence[Duty], stop: asyncio.Event) -> None:
        await self.leasing.run(duties, stop, self.span, self.recover, self.ring)
