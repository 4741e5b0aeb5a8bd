"""From the outbox to the world: every entry is handed over once, tried again, or given up and told.

One loop a courier, so that a slow server delays nobody else. Where many entries wait, it shares them out among a few
lanes; all to one recipient are in one lane, which keeps their order. The state `handing_over` is committed at the last
point at which the message certainly has not left; the same commit marks the lane's entry before it as sent, and serves
all lanes that have come so far. So at most one entry a lane can be in doubt after a kill, and each costs one commit at
most.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from triage_bot.channels.protocols import Courier
from triage_bot.clock import Clock
from triage_bot.core.backoff import delay
from triage_bot.core.causes import Cause
from triage_bot.core.quota import Quota
from triage_bot.errors import (
    ChannelFailure,
    EntryTaken,
    InDoubt,
    LeaseLost,
    PermanentFailure,
    StoreError,
    TemporaryFailure,
)
from triage_bot.handover import Handover
from triage_bot.standstill import Standstill, nobody_to_tell
from triage_bot.store.drafts import Entry, EntryKind
from triage_bot.store.store import Store
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer
from triage_bot.tally import Tally
from triage_bot.trays import Bell, Tray

log = logging.getLogger(__name__)

BATCH = 50
"""Entries that a lane claims at once."""
MOST_LANES = 100
DAY = timedelta(days=1)
WORTH_A_LANE = 10
"""So many people must be waiting for each lane: a connection costs more than a few mails."""


@dataclass(frozen=True, slots=True)
class RetrySettings:
    first: timedelta
    most: timedelta
    give_up_after: timedelta


class TroubleKind(StrEnum):
    """The values are the codes of `templates/<language>/trouble.html`."""

    FAILED = "ack_failed"
    IN_DOUBT = "ack_in_doubt"
    STALE = "ack_stale"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An entry that did not arrive, or about which nobody can tell: to be told to the assistant."""

    entry: Entry
    kind: TroubleKind
    what: str = ""


HasLeft = Callable[[Entry], Awaitable[bool]]
"""Whether an entry whose handover ended unclear is known to have left, because it lies in the Sent folder."""

FOUND = "found in the Sent folder"


Renew = Callable[[Entry], Awaitable[bool]]
"""Lets a stale entry say what is true now; False if nothing of it can be said any more."""


async def nothing_to_renew(_: Entry) -> bool:
    return False


async def nobody_can_tell(_: Entry) -> bool:
    return False


class Outbox:
    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        bell: Bell,
        retries: RetrySettings,
        lease: timedelta,
        random: Callable[[], float],
        tell: Callable[[Trouble], Awaitable[None]],
        has_left: HasLeft = nobody_can_tell,
        renew: Renew = nothing_to_renew,
        quotas: Mapping[str, Quota] = MappingProxyType({}),
        tally: Tally | None = None,
        worker: str = "",
        sending: Callable[[str, ChannelFailure | None], None] = nobody_to_tell,
    ) -> None:
        """`quotas` are by courier. `worker` is by what name other workers know this one, "" where there are none.
        `sending` is told of couriers that cannot work at all."""
        self._store = store
        self._writer = writer
        self._clock = clock
        self._retries = retries
        self._lease = lease
        self._random = random
        self._tell = tell
        self._has_left = has_left
        self._renew = renew
        self._quotas = quotas
        self._tally = tally or Tally()
        self._worker = worker
        self._sending = sending
        self._standstills: dict[str, Standstill] = {}  # by courier
        self._handed_over: dict[str, deque[datetime]] = {}  # in the last day, where there is a quota
        self._full: set[str] = set()  # couriers whose provider takes no more at present
        self._bell = bell
        self._rung: list[asyncio.Event] = []  # one a courier
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let every `deliver` return once the entry that it is handing over has an answer."""
        self._stopping.set()
        for rung in self._rung:
            rung.set()

    async def deliver(self, courier: Courier, lanes: int = 1) -> None:
        """Deliver one courier's entries until `stop`, at most `lanes` of them at once. What was not begun by then is
        left for the next start."""
        worker = self._worker or courier.name
        handover = Handover(self._store, self._writer, self._clock, worker)
        self._handed_over.pop(courier.name, None)  # another worker may have had it meanwhile
        try:
            with self._bell.heard(courier.name) as rung:
                self._rung.append(rung)
                tray = Tray(courier.name, worker, self._lease, wake=rung.set)
                with self._bell.trays.standing(courier.name, tray):
                    while not self._stopping.is_set():
                        rung.clear()
                        await self._turn(courier, lanes, handover, tray, rung)
        finally:
            # Also when cancelled: what has left the house must be known to have left.
            await asyncio.shield(handover.close())
            await courier.close()

    async def _turn(self, courier: Courier, lanes: int, handover: Handover, tray: Tray, rung: asyncio.Event) -> None:
        try:
            if not await self._round(courier, lanes, handover, tray):
                await self._wait(courier, rung)
        except StoreError as error:
            log.error("the outbox of %s rests: %s", courier.name, error)
            await self._rest()

    async def _round(self, courier: Courier, lanes: int, handover: Handover, tray: Tray) -> bool:
        """Hand over what is due now; False if nothing is."""
        await handover.flush()
        now = self._clock.now()
        most = min(BATCH * lanes, await self._room(courier.name, now))
        is_free = not self._has_quota(courier.name) and self._standstill(courier.name).until is None
        if not is_free and (given := [entry.id for entry in tray.take()]):
            await self._insist(lambda: self._writer.call(self._store.release, given))  # they wait with the others
        if not most:
            return False
        worker = self._worker or courier.name
        claimed = await self._writer.call(self._store.claim, [courier.name], now, most, self._lease, worker)
        # One that lay in the tray for longer than its lease has been claimed again.
        entries = list({entry.id: entry for entry in (*claimed, *tray.take())}.values())
        if is_free and len(claimed) < most:
            tray.open(BATCH * lanes - len(entries))  # nothing waits that was recorded before
        pile = _Pile(entries)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(lanes, pile.worth)):
                    group.create_task(self._lane(courier, pile, handover))
            if pile.trouble is not None:
                log.error("the outbox of %s rests: %s", courier.name, pile.trouble)
                await self._rest()
        finally:
            await self._insist(handover.flush)
            if pile.left and not self._stopping.is_set():  # the next start frees them all
                # Also those in hand, if it turned out that they had not begun to leave.
                await self._insist(lambda: self._writer.call(self._store.release, list(pile.left)))
        return bool(entries)

    def _has_quota(self, courier: str) -> bool:
        return courier in self._quotas and self._quotas[courier].is_set

    async def _room(self, courier: str, now: datetime) -> int:
        """How many more may be tried at present."""
        most, resting_until = BATCH * MOST_LANES, self._standstill(courier).until
        if resting_until is not None:
            most = 1 if now >= resting_until else 0
        if not self._has_quota(courier):
            return most
        quota = self._quotas[courier]
        if courier not in self._handed_over:
            self._handed_over[courier] = deque(
                await self._writer.call(self._store.handed_over_since, courier, now - DAY)
            )
        handed_over = self._handed_over[courier]
        while handed_over and now - handed_over[0] >= DAY:
            handed_over.popleft()
        room = quota.room(handed_over, now)
        if room:
            self._full.discard(courier)
        elif courier not in self._full:
            self._full.add(courier)
            log.warning("%s: the limit of its provider is reached, the rest waits", courier)
        return min(room, most)

    def _standstill(self, courier: str) -> Standstill:
        if courier not in self._standstills:
            first, most = self._retries.first, self._retries.most
            self._standstills[courier] = Standstill(first, most, self._random, partial(self._sending, courier))
        return self._standstills[courier]

    async def _begin(self, courier: str, entry: Entry, handover: Handover) -> None:
        await handover.begin(entry)
        if courier in self._handed_over:
            self._handed_over[courier].append(self._clock.now())

    async def _lane(self, courier: Courier, pile: "_Pile", handover: Handover) -> None:
        """One entry after the other, until nothing is left, we are stopped, the courier stands still or the database
        fails one of the lanes."""
        standstill = self._standstill(courier.name)
        tried = standstill.until
        with handover.lane():
            for entry in pile.take():
                if self._stopping.is_set() or pile.trouble is not None or standstill.until != tried:
                    break
                try:
                    await self._one(courier, entry, handover)
                except StoreError as error:
                    pile.trouble = error
                    break
                pile.left.discard(entry.id)

    async def _wait(self, courier: Courier, rung: asyncio.Event) -> None:
        """Until an entry is recorded or the next one falls due."""
        rings, due = asyncio.create_task(rung.wait()), asyncio.create_task(self._until_due(courier))
        try:
            done, _ = await asyncio.wait([rings, due], return_when=asyncio.FIRST_COMPLETED)
            if due in done:
                due.result()
        finally:
            rings.cancel()
            due.cancel()

    async def _until_due(self, courier: Courier) -> None:
        due_at = await self._writer.look(self._store.next_due_at, [courier.name])
        if due_at is None:
            await asyncio.Event().wait()  # nothing will be due before somebody rings
        else:
            if handed_over := self._handed_over.get(courier.name):
                due_at = max(due_at, self._quotas[courier.name].free_at(handed_over, self._clock.now()))
            due_at = max(due_at, self._standstill(courier.name).until or due_at)
            await self._clock.sleep_until(due_at)

    async def _one(self, courier: Courier, entry: Entry, handover: Handover) -> None:
        now = self._clock.now()
        if entry.drop_at is not None and now >= entry.drop_at:
            if await self._renew(entry):
                log.info("outbox %d: said anew, it had waited too long to be true", entry.id)
                return
            log.warning("outbox %d: dropped, it came too late to be true", entry.id)
            await self._end(self._store.drop, entry, Cause.TOO_LATE, TroubleKind.STALE)
            return
        standstill = self._standstill(courier.name)
        try:
            receipt = await courier.hand_over(entry.message, lambda: self._begin(courier.name, entry, handover))
        except EntryTaken:
            # Withdrawn meanwhile, or held back behind an earlier one to the same person.
            log.info("outbox %d: not handed over now", entry.id)
        except (TemporaryFailure, PermanentFailure) as failure:
            await self._insist(handover.flush)
            until = standstill.begins(failure, now := self._clock.now())
            if until is not None:
                await self._again(entry, TemporaryFailure(str(failure), retry_after=until - now), for_ever=True)
                return
            if isinstance(failure, TemporaryFailure):
                await self._again(entry, failure)
            else:
                log.error("outbox %d: given up: %s", entry.id, failure)
                await self._end(self._store.give_up, entry, str(failure), TroubleKind.FAILED)
        except InDoubt as failure:
            await self._insist(handover.flush)
            await self._doubtful(entry, failure)
        else:
            handover.succeeded(entry, receipt)
            self._tally.left(entry.kind.value, "sent")
            log.info("outbox %d: %s sent", entry.id, entry.kind.value)
        standstill.is_over()

    async def _again(self, entry: Entry, failure: TemporaryFailure, *, for_ever: bool = False) -> None:
        """`for_ever` where it is no fault of the entry's; what has become untrue meanwhile is dropped all the same."""
        now = self._clock.now()
        for_ever |= entry.kind in _REPEATABLE
        if not for_ever and now - entry.created_at >= self._retries.give_up_after:
            log.error("outbox %d: given up after %s: %s", entry.id, now - entry.created_at, failure)
            await self._end(self._store.give_up, entry, str(failure), TroubleKind.FAILED)
            return
        self._tally.left(entry.kind.value, "retried")
        wait = failure.retry_after or delay(entry.attempts + 1, self._retries.first, self._retries.most, self._random)
        due_at, why = now + wait, str(failure)
        await self._insist(lambda: self._writer.call(self._store.retry, entry.id, due_at, why, at=now))
        log.warning("outbox %d: tried in vain, again in %d s: %s", entry.id, wait.total_seconds(), failure)

    async def _doubtful(self, entry: Entry, failure: InDoubt) -> None:
        if entry.kind in _REPEATABLE:
            # Her digest may come twice rather than not at all.
            await self._again(entry, TemporaryFailure(str(failure)))
            return
        if await self._has_left(entry):
            log.info("outbox %d: the answer was lost, but it lies in the Sent folder", entry.id)
            await self._insist(self._noted_as_sent(entry))
            return
        log.error("outbox %d: nobody can tell whether it arrived, not sent again: %s", entry.id, failure)
        await self._end(self._store.in_doubt, entry, str(failure), TroubleKind.IN_DOUBT)

    def _noted_as_sent(self, entry: Entry) -> Callable[[], Awaitable[None]]:
        sent = [(entry.id, self._clock.now(), FOUND)]
        return lambda: self._writer.call(self._store.advance, sent, [])

    async def _end(
        self, close: Callable[[int, datetime, str], object], entry: Entry, why: str, kind: TroubleKind
    ) -> None:
        """Tell the assistant, then close the entry. A kill in between tells her twice; the other way round she would
        never hear of it."""
        at = self._clock.now()
        self._tally.left(entry.kind.value, kind.name.lower())
        if await self._insist(lambda: self._tell(Trouble(entry, kind, why))):
            await self._insist(lambda: self._writer.call(close, entry.id, at, why))

    async def _insist(self, step: Callable[[], Awaitable[object]]) -> bool:
        """Write down what became of an entry, however long the database cannot be written: left unsaid, it would
        stay `handing_over` and hold back everything to the same person until the next start. False if we are stopped
        meanwhile."""
        complained = False
        while True:
            try:
                await step()
            except LeaseLost as error:
                log.warning("what became of a message is not noted: %s", error)
                return False
            except StoreError as error:
                if not complained:
                    log.error("what became of a message cannot be noted yet: %s", error)
                complained = True
            else:
                if complained:
                    log.info("what became of a message is noted now")
                return True
            if self._stopping.is_set():
                return False
            await self._rest()

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AFTER_STORE_TROUBLE):
                await self._stopping.wait()


_REPEATABLE = frozenset({EntryKind.DIGEST, EntryKind.ALERT, EntryKind.DESK})


class _Pile:
    """Claimed entries, by recipient: whoever takes one of a recipient's takes them all."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        by_recipient: dict[str, list[Entry]] = {}
        for entry in entries:
            by_recipient.setdefault(entry.message.to, []).append(entry)
        self._recipients = deque(by_recipient.values())
        self.left = {entry.id for entry in entries}
        self.worth = -(-len(by_recipient) // WORTH_A_LANE)  # lanes
        self.trouble: StoreError | None = None

    def take(self) -> Iterator[Entry]:
        while self._recipients:
            yield from self._recipients.popleft()
