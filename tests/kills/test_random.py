"""Killed again and again at random moments while people keep writing: nothing lost, nobody written to twice.

KILLS=200 kills more often than the usual 60, SEED=7 at other moments. Whether a kill hits a handover is chance here;
`test_steps` kills in the middle of every step for certain.
"""

import asyncio
import os
import random
import signal
from collections import Counter

import pytest

from tests.kills.programs import Hatchling, Incubator, until_logged
from tests.kills.town import Town, check_laws

KILLS = int(os.environ.get("KILLS", "60"))
SEED = int(os.environ.get("SEED", "20261121"))
A_LIFE = 3
"""Messages that people write in the life of one run, at most."""
MOST_CHATS = A_LIFE * (KILLS + 1)
DEEDS = 30
"""Killed at its n-th deed, and a run that starts and works off a few messages does about so many. One that does fewer
is killed when its time is over."""
LONGEST_LIFE = 3.0
"""Seconds. Only a start on a busy machine takes so long."""
SHORT_LIFE = 0.3
"""Of those that are killed at a moment and not at a deed: most of it is the start."""


class Fate:
    """Kills a program at the n-th thing that it does in the world, a moment later, or when its time is over."""

    def __init__(self, town: Town, chance: random.Random) -> None:
        self._chance = chance
        self._struck = asyncio.Event()
        self._left = 0
        town.smtp.on_mail = town.smtp.on_rcpt = town.smtp.on_data = self._step
        town.telegram.weather(self._step)
        town.smtp_line.from_server = town.imap_line.from_server = self._passing

    def _step(self, _: str) -> None:
        self._left -= 1
        if self._left == 0:
            self._struck.set()

    def _passing(self, data: bytes) -> bytes:
        self._step("")
        return data

    async def strike(self, program: Hatchling) -> str:
        """Returns what struck it."""
        self._struck.clear()
        by_deed = self._chance.random() < 0.7
        self._left = self._chance.randint(1, DEEDS) if by_deed else 0
        what = "time"
        try:
            async with asyncio.timeout(LONGEST_LIFE if by_deed else SHORT_LIFE * self._chance.random()):
                await self._struck.wait()
            await asyncio.sleep(self._chance.choice((0.0, 0.0, 0.001, 0.003)))
            what = "deed"
        except TimeoutError:
            pass
        program.kill()
        return what


async def people_write(town: Town, chance: random.Random) -> None:
    for _ in range(A_LIFE):
        await asyncio.sleep(chance.random() * 0.2)
        if chance.random() < 0.6:
            await asyncio.shield(town.mail())  # whoever has begun to write is not stopped by our kill
        else:
            town.chat()


@pytest.mark.timeout(120 + KILLS * 3)
async def test_random_kills(town: Town, nest: Incubator, request: pytest.FixtureRequest) -> None:
    chance = random.Random(SEED)
    town.write_config(chats=MOST_CHATS)
    town.remember_yesterday()
    program = nest.run(*town.run, log=town.folder / "first.log")
    await town.until_listening()
    fate = Fate(town, chance)
    struck: Counter[str] = Counter()
    for number in range(KILLS):
        writing = asyncio.create_task(people_write(town, chance))
        struck[await fate.strike(program)] += 1
        writing.cancel()
        assert await program.ended() == -signal.SIGKILL, program.log()
        program = nest.run(*town.run, log=town.folder / f"{number:04}.log")
    await town.until_at_rest()
    await town.until(lambda: bool(town.digests), "the digest of yesterday has come")
    await until_logged(program, "running: ")
    os.kill(program.pid, signal.SIGTERM)
    assert await program.ended() == 0, program.log()
    outcomes = check_laws(town).values()
    counted = _counts(Counter(_word(was.acknowledged, was.in_doubt) for was in outcomes))
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    reporter.write_line(
        f"\n{KILLS} kills ({_counts(struck)}), seed {SEED}, of {town.mails} mails and {town.chats} chat messages: "
        f"{counted}; {len(town.digests)} digests of one window"
    )


def _word(acknowledged: int, in_doubt: bool) -> str:
    if not in_doubt:
        return "acknowledged"
    return "in doubt and arrived" if acknowledged else "in doubt and not arrived"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counter.items()))
