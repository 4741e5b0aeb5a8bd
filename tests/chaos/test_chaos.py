"""Everything at once: every line bad, workers killed and halted, the database restarted, disks full. Nothing is lost.

    CHAOS_SECONDS=1800 SEED=7 python -m pytest tests/chaos -s

plays for so long instead of the usual 40 s, at other moments. A storm is followed by a calm, in which everything must
settle; then the ledger (`ledger.py`), kept at the servers, is held against what the program says.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.chaos.city import City, city
from tests.chaos.deeds import Deeds, Seat, close
from tests.chaos.ledger import Verdict
from tests.kills.programs import Incubator
from tests.servers.postgres import Postgres
from triage_bot.demo.bot_api import Fault

SECONDS = float(os.environ.get("CHAOS_SECONDS", "40"))
SEED = int(os.environ.get("SEED", "20261122"))
CALM = 150.0
"""Seconds that everything may take to settle."""
GLANCE = 0.5
WORKERS = 3
FAULTS = (
    Fault.FLOOD,
    Fault.BAD_GATEWAY,
    Fault.GATEWAY_TIMEOUT,
    Fault.INTERNAL,
    Fault.CUT_BEFORE,
    Fault.CUT_AFTER,
    Fault.GARBAGE,
)
A_FAULT_IN = 15
"""Calls of the Bot API, on the average."""


async def play(city: City, seats: list[Seat], seconds: float) -> Verdict:
    chance = Random(city.chance.random())
    begun_at = max(window for window in city.windows if window <= datetime.now(UTC))  # yesterday's digest is owed
    keeping = [asyncio.create_task(seat.keep()) for seat in seats]
    try:
        await city.until_listening()
        deeds = Deeds(city, seats, chance, seconds)
        await storm(city, deeds, chance, seconds)
        windows = [window for window in city.windows if begun_at <= window <= datetime.now(UTC)]
        unsettled = await calm(city, windows)
        await close(seats)
        await asyncio.gather(*keeping)
        verdict = await asyncio.to_thread(city.ledger.judge, windows)
        verdict.wrong += [f"not settled after {CALM:.0f} s of calm: {unsettled}"] * bool(unsettled)
        verdict.wrong += [what for seat in seats for what in seat.wrong]
        return verdict
    finally:
        for task in keeping:
            task.cancel()


async def storm(city: City, deeds: Deeds, chance: Random, seconds: float) -> None:
    def forecast(_: str) -> Fault | None:
        if chance.randrange(A_FAULT_IN):
            return None
        city.counts["faults of the Bot API"] += 1
        return chance.choice(FAULTS)

    city.telegram.weather(forecast)
    for weather in city.weathers:
        weather.blows = True
    work = [asyncio.create_task(city.people_write()), asyncio.create_task(deeds.do())]
    done, _ = await asyncio.wait(work, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in work:
        task.cancel()
    await asyncio.wait(work)
    await deeds.end()
    for weather in city.weathers:
        weather.blows = False
    city.telegram.weather(lambda _: None)
    for task in done:
        task.result()  # our own mistake


async def calm(city: City, windows: list[datetime]) -> str:
    """What is still not settled when patience ends, "" for nothing."""
    until = asyncio.get_running_loop().time() + CALM
    while unsettled := await asyncio.to_thread(city.ledger.unsettled, windows):
        if asyncio.get_running_loop().time() > until:
            break
        await asyncio.sleep(GLANCE)
    return unsettled


def told(city: City, verdict: Verdict, what: str, seconds: float) -> str:
    fates = verdict.fates
    digests = {word: fates.pop(word) for word in list(fates) if word.startswith("digest")}
    return (
        f"chaos on {what}, {seconds:.0f} s, seed {SEED}: {counted(city.counts)}; "
        f"{city.mails} mails and {city.chats} chat messages: lost {fates['lost']}, twice {fates['twice']}, "
        f"in doubt {sum(count for fate, count in fates.items() if 'doubt' in fate)} "
        f"({counted(+fates)}; {counted(Counter(digests))})"
    )


def counted(counter: "Counter[str]") -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counter.items()))


async def weather_the_storm(
    city: City, workers: int, what: str, seconds: float, record_property: Callable[[str, object], None]
) -> None:
    seats = [Seat(city, Random(city.chance.random())) for _ in range(workers)]
    verdict = await play(city, seats, seconds)
    line = told(city, verdict, what, seconds)
    record_property("published", line)
    if verdict.wrong:
        pytest.fail("\n".join([f"seed {SEED}:", *verdict.wrong, line, city.account()]), pytrace=False)


@pytest.mark.timeout(SECONDS * 1.2 + 600)
async def test_several_workers_on_postgresql(
    tmp_path: Path, nest: Incubator, own_postgres: Postgres, record_property: Callable[[str, object], None]
) -> None:
    async with city(tmp_path, nest, own_postgres, SEED, SECONDS) as opened:
        await weather_the_storm(opened, WORKERS, "PostgreSQL", SECONDS, record_property)


@pytest.mark.timeout(SECONDS * 1.2 + 600)
async def test_one_worker_on_sqlite(
    tmp_path: Path, nest: Incubator, record_property: Callable[[str, object], None]
) -> None:
    async with city(tmp_path, nest, None, SEED, SECONDS / 2) as opened:
        await weather_the_storm(opened, 1, "SQLite", SECONDS / 2, record_property)
