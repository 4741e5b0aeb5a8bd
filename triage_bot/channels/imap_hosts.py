"""How many connections a provider's host gets, how fast, and what follows when it does not want them.

Connections are begun a few at a time and spread. A host that cannot be reached is tried by one for all. One that says
"too many connections" keeps those that it let in, less a few: these serve all the other folders in turn. Used on one
event loop.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from triage_bot.core.backoff import delay
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure

log = logging.getLogger(__name__)

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Manners:
    """Towards one host, if nothing else is said."""

    at_once: int = 4  # connections that are being opened
    a_second: float = 20.0
    all_a_second: float = 40.0  # to all hosts together
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(minutes=5)
    forget_after: timedelta = timedelta(minutes=30)  # a host that was crowded is asked for a few more


def place_of(server: MailServer) -> Place:
    return server.host, server.port


class Hosts:
    def __init__(self, manners: Manners | None = None, chance: Callable[[], float] = random.random) -> None:
        self._manners = manners or Manners()
        self._chance = chance
        self._hosts: dict[Place, Host] = {}
        self._next_at = 0.0

    def of(self, server: MailServer) -> "Host":
        place = place_of(server)
        if place not in self._hosts:
            self._hosts[place] = Host(f"{server.host}:{server.port}", self, self._manners, self._chance)
        return self._hosts[place]

    def slot(self, now: float) -> float:
        """When the next connection to whatever host may begin; it is taken."""
        at = max(now, self._next_at)
        self._next_at = at + 1 / self._manners.all_a_second
        return at


class Visit:
    """A connection that is wanted, being opened or open, as its host counts it."""

    def __init__(self, host: "Host", tell: Callable[[ChannelFailure], None]) -> None:
        self._host = host
        self.tell = tell
        self.stirred = asyncio.Event()
        """Set by whoever wants this connection to look up from its waiting."""

    @property
    def must_go(self) -> bool:
        """Whether others wait for this connection's place."""
        return self._host.wants_back(self)

    def opened(self) -> None:
        self._host.opened(self)

    def refused(self) -> bool:
        """Too many connections. True if that is the host's limit: then the place is taken in turn with others."""
        return self._host.refused(self)

    def unreachable(self, failure: ChannelFailure) -> None:
        self._host.unreachable(self, failure)

    def leave(self) -> None:
        self._host.left(self)


class Host:
    def __init__(self, name: str, hosts: Hosts, manners: Manners, chance: Callable[[], float]) -> None:
        self._name = name
        self._hosts = hosts
        self._manners = manners
        self._chance = chance
        self._waiting: dict[Visit, asyncio.Future[None]] = {}
        self._opening: set[Visit] = set()
        self._open: dict[Visit, None] = {}  # in the order in which they came
        self._most_open = 0  # since the last refusal
        self._limit: int | None = None
        self._limited_at = 0.0
        self._failures = 0
        self._failure: ChannelFailure | None = None
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self, tell: Callable[[ChannelFailure], None]) -> Visit:
        """Wait until a connection may be opened. `tell` hears why, when the host cannot be reached meanwhile."""
        visit = Visit(self, tell)
        if self._failure is not None:
            tell(self._failure)
        turn = self._waiting[visit] = asyncio.get_running_loop().create_future()
        self._admit()
        self._stir()
        try:
            await turn
        except asyncio.CancelledError:
            self._waiting.pop(visit, None)
            self.left(visit)
            raise
        return visit

    # What a visit says.

    def opened(self, visit: Visit) -> None:
        self._opening.discard(visit)
        self._open[visit] = None
        self._most_open = max(self._most_open, len(self._open))
        if self._failures:
            self._failures, self._failure, self._next_at = 0, None, 0.0
        self._admit()

    def left(self, visit: Visit) -> None:
        self._opening.discard(visit)
        self._open.pop(visit, None)
        self._admit()

    def unreachable(self, visit: Visit, failure: ChannelFailure) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next_at or not self._failures:  # not once more for those that were on their way with it
            self._failures += 1
            pause = delay(self._failures, self._manners.first_retry, self._manners.longest_retry, self._chance)
            self._next_at = now + pause.total_seconds()
        self._failure = failure
        for other in self._waiting:
            other.tell(failure)
        self.left(visit)

    def refused(self, visit: Visit) -> bool:
        self._opening.discard(visit)
        had = len(self._open)
        if not had or had < self._most_open:
            return False  # others were let in beyond that: it is this account's own limit
        if self._limit is None or had < self._limit:
            log.warning("%s takes no more than %d connections: the other folders are read in turn", self._name, had)
        self._limit = had
        self._limited_at = asyncio.get_running_loop().time()
        self._most_open = 0
        return True

    # How many.

    def keeps(self, visit: Visit) -> bool:
        limit = self._limit_now()
        return limit is None or visit in list(self._open)[: limit - _rotating(limit)]

    def wants_back(self, visit: Visit) -> bool:
        return bool(self._waiting) and not self.keeps(visit)

    def _limit_now(self) -> int | None:
        if self._limit is not None:
            now, span = asyncio.get_running_loop().time(), self._manners.forget_after.total_seconds()
            if now - self._limited_at >= span:
                self._limit += max(1, self._limit // 4)
                self._limited_at = now
                self._most_open = len(self._open)
        return self._limit

    def _stir(self) -> None:
        """Somebody waits: those that serve in turn look up from their waiting."""
        if self._waiting and self._limit is not None:
            for visit in self._open:
                if not self.keeps(visit):
                    visit.stirred.set()

    def _admit(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting and self._has_room():
            if (wait := self._next_at - loop.time()) > 0:
                self._later(wait)
                return
            visit = next(iter(self._waiting))
            turn = self._waiting.pop(visit)
            if turn.done():
                continue
            self._opening.add(visit)
            at = self._hosts.slot(loop.time())
            if not self._failures:
                self._next_at = loop.time() + (0.5 + self._chance()) / self._manners.a_second
            loop.call_at(at, _begin, turn)

    def _has_room(self) -> bool:
        if len(self._opening) >= (1 if self._failures else self._manners.at_once):
            return False
        limit = self._limit_now()
        return limit is None or len(self._opening) + len(self._open) < limit

    def _later(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._admit)


def _rotating(limit: int) -> int:
    """Of so many connections, those that serve in turn whom the others do not."""
    return max(1, limit // 4)


def _begin(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)
