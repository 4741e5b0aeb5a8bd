"""The notes that must be on the disk around a handover, as few commits as can be.

`handing_over` is committed before a message may leave, `sent` some time after its answer. The lanes of a courier share
their commits: while one is written, and a moment longer, whoever else wants to begin gathers for the next, and what
was sent meanwhile goes with it. A lane's `sent` lies there before its next `begin` does, so no lane ever has two
entries at `handing_over`.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime

from triage_bot.clock import Clock
from triage_bot.errors import EntryTaken, StoreError
from triage_bot.store.drafts import Entry
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer

log = logging.getLogger(__name__)

FLUSH_AFTER = 0.1
"""Seconds that the note "sent" may wait for the next entry's commit to share."""
GATHERING = 0.004
"""Seconds that a commit waits for lanes that are still sending: it costs much the same for one of them or all."""


class Handover:
    def __init__(self, store: Store, writer: Writer, clock: Clock, owner: str) -> None:
        """`owner` is who has claimed the entries."""
        self._store = store
        self._writer = writer
        self._clock = clock
        self._owner = owner
        self._turn = asyncio.Lock()
        self._beginning: list[tuple[int, asyncio.Future[None]]] = []
        self._sent: list[tuple[int, datetime, str]] = []
        self._late: asyncio.Task[None] | None = None
        self._lanes = 0  # that hand over one entry after the other
        self._complete = asyncio.Event()

    @contextlib.contextmanager
    def lane(self) -> Iterator[None]:
        """Of its entries the next one begins soon after the one before it was sent: commits wait for it a little."""
        self._lanes += 1
        try:
            yield
        finally:
            self._lanes -= 1
            self._look_who_is_here()

    async def begin(self, entry: Entry) -> None:
        """Returns when the note is on the disk. Raises EntryTaken for an entry that must not be handed over now."""
        begun = asyncio.get_running_loop().create_future()
        self._beginning.append((entry.id, begun))
        self._look_who_is_here()
        try:
            async with self._turn:
                if not begun.done():
                    await self._gather()
                    with contextlib.suppress(StoreError):  # `begun` says it
                        await self._commit()
            await begun
        except asyncio.CancelledError:
            begun.cancel()  # nobody shall commit it any more
            raise

    def succeeded(self, entry: Entry, receipt: str) -> None:
        self._sent.append((entry.id, self._clock.now(), receipt))
        # A next server that is slow must not keep this one in doubt.
        if self._late is None or self._late.done():
            self._late = asyncio.create_task(self._flush_late())

    async def flush(self) -> None:
        async with self._turn:
            if self._sent:
                await self._commit()

    async def close(self) -> None:
        if self._late is not None:
            self._late.cancel()
            await asyncio.wait([self._late])
        try:
            await self.flush()
        except StoreError as error:
            log.error("what was sent could not be noted, it will count as in doubt: %s", error)

    async def _gather(self) -> None:
        await asyncio.sleep(0)  # for those who are about to begin
        self._complete.clear()
        self._look_who_is_here()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GATHERING):
                await self._complete.wait()

    def _look_who_is_here(self) -> None:
        if len(self._beginning) >= self._lanes:
            self._complete.set()

    async def _flush_late(self) -> None:
        await asyncio.sleep(FLUSH_AFTER)
        try:
            await self.flush()
        except StoreError as error:
            log.error("what was sent could not be noted yet: %s", error)

    async def _commit(self) -> None:
        """Write down all that waits for it. For whoever has the turn."""
        waiting, self._beginning = self._beginning, []
        beginning = {entry_id: begun for entry_id, begun in waiting if not begun.done()}
        sent, self._sent = self._sent, []
        now = self._clock.now()
        handing_over = [(entry_id, now) for entry_id in beginning]
        taken: tuple[int, ...] = ()
        try:
            await self._writer.call(self._store.advance, sent, handing_over, worker=self._owner)
        except EntryTaken as refused:
            taken = refused.entry_ids  # all the rest is committed
        except BaseException as error:
            self._sent = sent + self._sent  # an entry may be noted as sent twice
            for begun in beginning.values():
                if isinstance(error, StoreError) and not begun.done():
                    begun.set_exception(error)
                else:
                    begun.cancel()
            raise
        for entry_id, begun in beginning.items():
            if begun.done():
                continue
            if entry_id in taken:
                begun.set_exception(EntryTaken([entry_id]))
            else:
                begun.set_result(None)
