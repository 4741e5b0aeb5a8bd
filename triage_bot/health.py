"""Whether each source can be read, and telling the assistant when one could not be for a while."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage_bot.clock import Clock
from triage_bot.errors import ChannelFailure, NothingThere, PermanentFailure, StoreError
from triage_bot.troubles import Troubles

log = logging.getLogger(__name__)

TELL_AFTER = timedelta(minutes=15)
LOOK_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class Source:
    """A mailbox or Telegram: when it was last read, or first tried, and why it cannot be read now, "" if it can."""

    checked_at: datetime
    why: str = ""


@dataclass
class _Outage:
    since_at: datetime
    why: str
    told: bool = False
    over: bool = False
    main: str = ""  # the source beside which it is read


class Health:
    """Told by the inboxes of every failure and every recovery; says in the log what changed, not every attempt."""

    def __init__(self, clock: Clock, troubles: Troubles) -> None:
        self._clock = clock
        self._troubles = troubles
        self._outages: dict[str, _Outage] = {}
        self.sources: dict[str, Source] = {}

    def __call__(self, source: str, failure: ChannelFailure | None) -> None:
        outage = self._outages.get(source)
        self._note(source, failure)
        if failure is None or isinstance(failure, NothingThere):
            if outage is not None and not outage.over:
                log.info("%s: works again", source)
                outage.over = True
            return
        if outage is None or outage.over:
            outage = self._outages[source] = _Outage(self._clock.now(), why="")
        if outage.why != str(failure):
            outage.why = str(failure)
            level = logging.ERROR if isinstance(failure, PermanentFailure) else logging.WARNING
            log.log(level, "%s: cannot be read: %s", source, failure)

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
        for source in [each for each in (*self.sources, *self._outages) if each.partition("/")[0] == name]:
            self.sources.pop(source, None)
            self._outages.pop(source, None)

    def _note(self, name: str, failure: ChannelFailure | None) -> None:
        if isinstance(failure, NothingThere):
            self.sources.pop(name, None)
            return
        source = self.sources.setdefault(name, Source(self._clock.now()))
        source.why = str(failure or "")
        if failure is None:
            source.checked_at = self._clock.now()

    async def watch(self) -> None:
        """Tell the assistant of outages that last, and of templates that failed, until cancelled."""
        while True:
            now = self._clock.now()
            try:
                await self._tell_what_changed(now)
                await self._troubles.tell_of_templates()
            except StoreError as error:
                # It may be the very outage that is to be told of: the database cannot be written.
                log.error("the assistant cannot be told of an outage yet: %s", error)
            await self._clock.sleep_until(now + LOOK_EVERY)

    async def _tell_what_changed(self, now: datetime) -> None:
        for source, outage in list(self._outages.items()):
            if outage.over:
                if outage.told:
                    await self._troubles.reachable_again(source, outage.since_at)
                # While she was told, it may have failed again.
                if self._outages.get(source) is outage:
                    del self._outages[source]
            elif self._is_known(outage):
                outage.since_at = now  # its own outage begins when the other is over
            elif not outage.told and now - outage.since_at >= TELL_AFTER:
                await self._troubles.unreachable(source, outage.since_at, outage.why)
                outage.told = True

    def _is_known(self, outage: _Outage) -> bool:
        """Whether the whole account is out, of which she hears anyway."""
        main = self._outages.get(outage.main)
        return main is not None and not main.over
