"""What a bad line does to what passes it, at moments and in ways drawn from a seed.

What is corrupted can be seen to be: a byte of a protocol's own words gets a bit that no such word has, or everything
from some place on is noise. (A digit that becomes another digit would be believed by anybody; TLS is against that.)
What is said twice is a whole answer.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

LONGEST_DELAY = 1.0
SILENCE = 6.0
"""Seconds. Longer than the program waits for an answer here, and than two renewals of a lease."""


class Kind(StrEnum):
    """Values are how they are counted."""

    CUT = "cuts"
    HALF = "cuts in the middle"
    DELAY = "delays"
    SILENCE = "silences"
    TWICE = "doubled answers"
    TWICE_AND_END = "doubled last answers"
    FLIP = "corruptions"
    NOISE = "noises"


@dataclass(frozen=True)
class Climate:
    """How often what happens, by weight. `words` are what may be corrupted or doubled; the rest is what people
    wrote."""

    pause: float  # seconds between two troubles, on the average
    by_server: Mapping[Kind, int]
    by_client: Mapping[Kind, int] = field(default_factory=lambda: {Kind.CUT: 1, Kind.HALF: 1, Kind.DELAY: 2})
    words: re.Pattern[bytes] = re.compile(rb"")


COMMON = {Kind.CUT: 3, Kind.HALF: 2, Kind.DELAY: 6, Kind.SILENCE: 1}
IMAP = Climate(
    pause=0.7,
    by_server={**COMMON, Kind.TWICE: 3, Kind.FLIP: 4, Kind.NOISE: 1},
    words=re.compile(rb"(?s)(?:\*|\+|[A-Z]+\d+) (?!.*\{\d+\}).*\r\n\Z"),  # whole lines without a literal (a mail)
)
SMTP = Climate(pause=0.9, by_server={**COMMON, Kind.TWICE: 3, Kind.FLIP: 3, Kind.NOISE: 1})
HTTP = Climate(pause=1.5, by_server={**COMMON, Kind.TWICE_AND_END: 2, Kind.FLIP: 4, Kind.NOISE: 1})
POSTGRESQL = Climate(pause=2.5, by_server={**COMMON, Kind.NOISE: 2})


class Weather:
    """`tests.servers.proxy.Meddle` of one line."""

    def __init__(self, climate: Climate, chance: Random, counts: "Counter[str]") -> None:
        self.blows = False
        self._climate = climate
        self._chance = chance
        self._counts = counts
        self._next_at = 0.0

    async def __call__(self, data: bytes, by_server: bool) -> tuple[bytes, bool]:
        now = asyncio.get_running_loop().time()
        if not self.blows or now < self._next_at:
            return data, True
        kinds = self._climate.by_server if by_server else self._climate.by_client
        (kind,) = self._chance.choices(list(kinds), list(kinds.values()))
        if kind in (Kind.TWICE, Kind.FLIP) and not self._climate.words.match(data):
            return data, True
        self._next_at = now + self._chance.expovariate(1 / self._climate.pause)
        self._counts[kind] += 1
        return await self._strike(kind, data)

    async def _strike(self, kind: Kind, data: bytes) -> tuple[bytes, bool]:
        place = self._chance.randrange(len(data))
        match kind:
            case Kind.CUT:
                return b"", False
            case Kind.HALF:
                return data[:place], False
            case Kind.NOISE:
                return data[:place] + b"\xff" * (len(data) - place), False
            case Kind.TWICE | Kind.TWICE_AND_END:
                return data + data, kind is Kind.TWICE
            case Kind.FLIP:
                return data[:place] + bytes([data[place] | 0x80]) + data[place + 1 :], True
            case Kind.DELAY | Kind.SILENCE:
                seconds = SILENCE if kind is Kind.SILENCE else self._chance.random() * LONGEST_DELAY
                await asyncio.sleep(seconds)
        return data, True
