"""What is expected is judged while what came before it is recorded, and judged once."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from tests.loops.test_storm import House, mail
from triage_bot.channels.protocols import Batch
from triage_bot.core.messages import Cursor, IncomingMessage
from triage_bot.judging import Decisions, Judging

FULL = 20


class Counted(Judging):
    """Notes what it was asked for."""

    asked: list[str]

    async def judge(self, messages: Sequence[IncomingMessage], now: datetime) -> Decisions:
        self.asked.append(messages[0].key)
        return await super().judge(messages, now)


async def test_expected_batches_are_judged_once(tmp_path: Path) -> None:
    """In whatever order the loop runs what expects and what records; also when an expected batch never comes."""
    with ThreadPoolExecutor(4) as pool:
        house = House(tmp_path, pool)
        terms, now = house.intake._terms, house.clock.now()
        judging = Counted(terms, pool, second_process=True, enough=FULL)
        judging.asked = []
        house.intake._judging = judging
        batches = [
            tuple(mail(uid, f"jan{uid}@nowak.example", now) for uid in range(first, first + FULL))
            for first in range(0, 12 * FULL, FULL)
        ]
        try:
            await judging.judge(batches[0], now)
            judging.asked = []
            recording: asyncio.Future[None] | None = None
            for number, batch in enumerate(batches):
                house.intake.expect(batch)
                if recording is not None:
                    await recording
                cursor = Cursor("kontakt/INBOX", 1, (number + 1) * FULL, now, now)
                recording = asyncio.ensure_future(house.intake.record(Batch(batch, cursor)))
            assert recording is not None
            await recording
            assert judging.asked == [batch[0].key for batch in batches]
            for batch in batches:
                house.intake.expect(batch)
            assert len(house.intake._ahead) < len(batches)
            await asyncio.wait([ahead.decisions for ahead in house.intake._ahead.values()])
        finally:
            await judging.aclose()
            house.writer.close()
            house.store.close()
