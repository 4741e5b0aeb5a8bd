"""Whether each source can be read and each account can send; the assistant is told of what could not for a while."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from triage_bot.clock import Clock
from triage_bot.errors import ChannelFailure, FailureKind, NothingThere, PermanentFailure, StoreError, TakenOver
from triage_bot.store.outages import SENDING, Outage, Way, channel_of, way_of
from triage_bot.troubles import Troubles

log = logging.getLogger(__name__)

TELL_AFTER = timedelta(minutes=15)
LOOK_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Source:
    """A mailbox or Telegram: when it was first tried, last read and last out, why it cannot be read now, None if it
    can, and how often it could not be, by kind. Also an account that sends: that was last tried, for all we know, when
    its outage began."""

    tried_at: datetime
    checked_at: datetime | None = None
    failed_at: datetime | None = None
    why: FailureKind | None = None
    failures: Counter[str] = field(default_factory=Counter)


def known_until(name: str, source: Source, now: datetime) -> datetime:
    """Until when what is said of it holds. An account with nothing to send is not tried, and what kept it from sending
    may have passed."""
    if way_of(name) is Way.SENDING and source.why in _PASSING and source.failed_at is not None:
        return source.failed_at
    return now


_PASSING = frozenset({FailureKind.TOO_MANY, FailureKind.UNREACHABLE, FailureKind.NO_ANSWER})


@dataclass
class _Outage:
    since_at: datetime
    why: str
    kind: FailureKind
    over: bool = False
    main: str = ""  # the source beside which it is read


class Health:
    """Told by the inboxes and the outboxes of every failure and every recovery; says in the log what changed, not every
    attempt."""

    def __init__(self, clock: Clock, troubles: Troubles, *, desk: str) -> None:
        """`desk` is the channel that is a source and a courier by the same name."""
        self._clock = clock
        self._troubles = troubles
        self._desk = desk
        self._outages: dict[str, _Outage] = {}
        self._absent: set[str] = set()  # folders that are not there, which is no outage
        self.sources: dict[str, Source] = {}

    def __call__(self, source: str, failure: ChannelFailure | None) -> None:
        if isinstance(failure, TakenOver):
            log.info("%s: %s", source, failure)
            return
        outage = self._outages.get(source)
        self._note(source, failure)
        if failure is None or isinstance(failure, NothingThere):
            if outage is not None and not outage.over:
                log.info("%s: works again", source)
                outage.over = True
            return
        if outage is None or outage.over:
            outage = self._outages[source] = _Outage(self._began_at(source), "", failure.kind)
        outage.kind = failure.kind
        if outage.why != str(failure):
            outage.why = str(failure)
            level = logging.ERROR if isinstance(failure, PermanentFailure) else logging.WARNING
            log.log(level, "%s: cannot be %s: %s", source, "used" if way_of(source) is Way.SENDING else "read", failure)

    def sending(self, courier: str, failure: ChannelFailure | None) -> None:
        """A courier that cannot work at all, or works. Of the desk its own source tells."""
        if courier != self._desk:
            self(SENDING + courier, failure)

    def beside(self, main: str) -> Callable[[str, ChannelFailure | None], None]:
        """The same for what is read beside a source `main`, of the same account: while that cannot be read either, the
        assistant is told once."""

        def tell(source: str, failure: ChannelFailure | None) -> None:
            self(source, failure)
            if failure is not None and source in self._outages:
                self._outages[source].main = main

        return tell

    def forget(self, name: str) -> None:
        """Another worker reads this channel now."""
        for source in {*self.sources, *self._outages, *self._absent}:
            if channel_of(source) != name:
                continue
            self.sources.pop(source, None)
            self._outages.pop(source, None)
            self._absent.discard(source)

    def _began_at(self, source: str) -> datetime:
        """When an outage that is met now has begun: the last look that went well may lie back a while, and nothing was
        seen since. But one failure after looks that are far apart is no long outage yet."""
        now = self._clock.now()
        read_at = self.sources[source].checked_at
        return read_at if read_at is not None and now - read_at < TELL_AFTER else now

    def _note(self, name: str, failure: ChannelFailure | None) -> None:
        if isinstance(failure, NothingThere):
            self.sources.pop(name, None)
            self._absent.add(name)
            return
        source = self.sources.setdefault(name, Source(self._clock.now()))
        if way_of(name) is Way.SENDING:
            source.tried_at = self._clock.now() if source.why is None else source.tried_at
        elif failure is None:
            source.checked_at = self._clock.now()
        source.why = failure.kind if failure is not None else None
        if failure is not None:
            source.failed_at = self._clock.now()
            source.failures[failure.kind] += 1

    async def watch(self) -> None:
        """Tell the assistant of outages that last, and of templates that failed, until cancelled."""
        while True:
            now = self._clock.now()
            try:
                await self.tell_what_changed()
                await self._troubles.tell_of_templates()
                await self._troubles.tell_the_rest()
            except StoreError as error:
                # It may be the very outage that is to be told of: the database cannot be written.
                log.error("the assistant cannot be told of an outage yet: %s", error)
            await self._clock.sleep_until(now + LOOK_EVERY)

    async def tell_what_changed(self) -> None:
        now = self._clock.now()
        noted = await self._troubles.outages()
        due: dict[tuple[Way, FailureKind], list[str]] = {}
        for source, outage in list(self._outages.items()):
            if outage.over:
                del self._outages[source]
            elif self._is_known(outage):
                outage.since_at = now  # its own outage begins when the other is over
            else:
                told = await self._note_outage(source, outage, noted.get(source))
                found = self.sources.get(source)  # none, if another worker has it by now
                known_at = now if found is None else known_until(source, found, now)
                if not told and known_at - outage.since_at >= TELL_AFTER:
                    due.setdefault((way_of(source), outage.kind), []).append(source)
        for (_, kind), sources in due.items():
            since = {source: self._outages[source].since_at for source in sources if source in self._outages}
            if since:
                await self._troubles.unreachable(since, kind, self._outages[next(iter(since))].why)
        over: dict[tuple[Way, bool], dict[str, datetime]] = {}
        for source, known in noted.items():
            if self._is_over(source):
                alike = way_of(source), known.told_at is not None
                over.setdefault(alike, {})[source] = known.since_at
        for (_, told), since in over.items():
            await self._troubles.reachable_again(since, told)

    async def _note_outage(self, source: str, outage: _Outage, noted: Outage | None) -> bool:
        """Whether she knows of it. An outage that another worker has met before, or the last run, goes on."""
        read_at = self.sources[source].checked_at if source in self.sources else None
        if noted is not None and (noted.told_at is not None or read_at is None or read_at < noted.since_at):
            outage.since_at = min(outage.since_at, noted.since_at)
            return noted.told_at is not None
        if noted is None or noted.since_at != outage.since_at:
            await self._troubles.note_outage(source, outage.since_at)
        return False

    def _is_over(self, source: str) -> bool:
        """Whether this worker can read it now, or send by it."""
        found = self.sources.get(source)
        return source not in self._outages and (source in self._absent or (found is not None and found.why is None))

    def _is_known(self, outage: _Outage) -> bool:
        """Whether the whole account is out, of which she hears anyway."""
        main = self._outages.get(outage.main)
        return main is not None and not main.over
