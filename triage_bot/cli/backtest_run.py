"""Past mail judged by one configuration or two, on every processor, and played through in order."""

import os
import signal
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import islice
from multiprocessing import get_context
from zoneinfo import ZoneInfo

from triage_bot.channels.mail_parse import Sizes, parse_whole
from triage_bot.cli.past_mail import Letter, PastMail
from triage_bot.cli.progress import Progress
from triage_bot.cli.rehearsal import Judged, Outcome, Rehearsal
from triage_bot.config import build
from triage_bot.config.model import Config
from triage_bot.core.messages import NO_HEADERS, IncomingMessage
from triage_bot.core.triage import judge
from triage_bot.core.urgency import Urgency
from triage_bot.errors import TriageBotError
from triage_bot.store.past import Traits

WORTH_MORE_PROCESSES = 2_000  # starting one takes as long as judging a few hundred mails
MAILS_AT_ONCE = 50
AHEAD = 4  # batches for each process
MOST_DIFFERENCES = 200  # that are listed one by one

Row = tuple[str, str]
"""A week ("2026-W47") and a client."""


@dataclass
class Tally:
    """What one configuration would have done. Counts are by week and client."""

    config: str
    counts: dict[Row, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    longest_wait: dict[Row, timedelta] = field(default_factory=lambda: defaultdict(timedelta))
    silences: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome, at: datetime, week: str) -> None:
        row = (week, outcome.client)
        counted = self.counts[row]
        counted["mails"] += 1
        counted["urgent"] += outcome.urgency == Urgency.URGENT
        counted["alerts"] += outcome.alert_at is not None
        counted["acknowledged"] += not outcome.silence
        if outcome.promise_at is not None:
            counted["promises"] += 1
            self.longest_wait[row] = max(self.longest_wait[row], outcome.promise_at - at)
        for name, counter in ((outcome.silence, self.silences), (outcome.rule, self.rules), (outcome.tag, self.tags)):
            if name:
                counter[name] += 1


@dataclass(frozen=True, slots=True)
class Difference:
    """One mail that two configurations treat otherwise: by field of the outcome, here and there."""

    at: datetime
    contact: str
    subject: str
    changes: dict[str, tuple[object, object]]


@dataclass
class Result:
    tallies: list[Tally]
    zone: ZoneInfo  # of the default agreement, for days and weeks
    mails: int = 0
    hers: int = 0
    copies: int = 0
    undated: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    different: int = 0
    changes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)  # the first of them


def backtest(past: PastMail, configs: Sequence[Config], names: Sequence[str]) -> Result:
    terms = [build.terms(config) for config in configs]
    rehearsals = [Rehearsal(each) for each in terms]
    zone = terms[0].directory.default.calendar.zone
    result = Result([Tally(name) for name in names], zone, undated=past.undated)
    with Progress(past.total) as bar:
        for judged in judge_all(past.letters(), configs, past.total):
            bar.step()
            message, at = judged[0].message, judged[0].message.received_at
            result.first_at = result.first_at or at
            result.last_at = at
            if rehearsals[0].is_hers(message):
                result.hers += 1
                for rehearsal, each in zip(rehearsals, judged, strict=True):
                    rehearsal.answered(each)
                continue
            outcomes = [rehearsal.play(each, at) for rehearsal, each in zip(rehearsals, judged, strict=True)]
            iso = at.astimezone(zone).isocalendar()
            _count(result, outcomes, message, f"{iso.year}-W{iso.week:02}")
    return result


def _count(result: Result, outcomes: Sequence[Outcome | None], message: IncomingMessage, week: str) -> None:
    played = [outcome for outcome in outcomes if outcome is not None]
    if len(played) < len(outcomes):
        result.copies += 1
        return
    result.mails += 1
    for tally, outcome in zip(result.tallies, played, strict=True):
        tally.add(outcome, message.received_at, week)
    if len(played) > 1 and played[0] != played[1]:
        changes = {
            name: (here, there)
            for name in _OUTCOME_FIELDS
            if (here := getattr(played[0], name)) != (there := getattr(played[1], name))
        }
        result.different += 1
        result.changes.update((name, _kind_of(here), _kind_of(there)) for name, (here, there) in changes.items())
        if len(result.differences) < MOST_DIFFERENCES:
            sender = message.header_from
            result.differences.append(Difference(message.received_at, sender.addr, message.subject, changes))


_OUTCOME_FIELDS = tuple(each.name for each in fields(Outcome))


def _kind_of(value: object) -> str:
    """A value for counting: one moment is like another."""
    return "a moment" if isinstance(value, datetime) else str(value or "")


# --- judging ------------------------------------------------------------------------------------------------------


class Bench:
    """Parses and judges letters by each of some configurations, as if each were read when it came."""

    def __init__(self, configs: Sequence[Config]) -> None:
        self._terms = [build.terms(config) for config in configs]
        first = configs[0]
        self._sizes = Sizes(first.sizes.max_header_bytes, first.sizes.max_text_bytes, first.sizes.max_text_bytes)
        self._channels = {address: each.name for each in first.channels.mail for address in each.addresses}
        self._usual = next(iter(self._channels.values()), "mail")

    def judge(self, letters: Iterable[Letter]) -> list[list[Judged]]:
        return [self._judge(letter) for letter in letters]

    def _judge(self, letter: Letter) -> list[Judged]:
        message = self._message(letter)
        now = message.received_at
        decisions = [judge(message, terms, now=now) for terms in self._terms]
        traits = Traits.of(message)
        # Between processes and in lists only what is looked at later.
        slim = replace(message, text="", headers=NO_HEADERS if not message.headers else {}, attachments=())
        return [Judged(slim, traits, decision) for decision in decisions]

    def _message(self, letter: Letter) -> IncomingMessage:
        if isinstance(letter.content, IncomingMessage):
            return letter.content
        message = parse_whole(
            letter.content, channel=self._usual, key=letter.key, received_at=letter.arrived_at, sizes=self._sizes
        )
        channels = (self._channels.get(each.addr) for each in (*message.to, *message.cc))
        channel = next(filter(None, channels), self._usual)
        return message if channel == message.channel else replace(message, channel=channel)


def judge_all(letters: Iterator[Letter], configs: Sequence[Config], total: int) -> Iterator[list[Judged]]:
    """In the order of the letters, with no more of them in memory than the processes have in hand."""
    workers = min(os.cpu_count() or 1, 8)
    if workers == 1 or total < WORTH_MORE_PROCESSES:
        bench = Bench(configs)
        for letter in letters:
            yield from bench.judge([letter])
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (tuple(configs),)) as pool:
        ahead: deque[Future[list[list[Judged]]]] = deque()
        try:
            for batch in _batches(letters):
                ahead.append(pool.submit(_judge_batch, batch))
                if len(ahead) >= workers * AHEAD:
                    yield from ahead.popleft().result()
            while ahead:
                yield from ahead.popleft().result()
        except BrokenProcessPool:
            raise TriageBotError("a process that judged mails was ended from outside, perhaps for memory") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _batches(letters: Iterator[Letter]) -> Iterator[list[Letter]]:
    while batch := list(islice(letters, MAILS_AT_ONCE)):
        yield batch


_bench: Bench | None = None
"""That of this process; only set where a pool has started it."""


def _start(configs: tuple[Config, ...]) -> None:
    global _bench  # noqa: PLW0603 - an initializer has no other way to hand something on
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that shows the progress
    _bench = Bench(configs)


def _judge_batch(letters: list[Letter]) -> list[list[Judged]]:
    if _bench is None:
        raise RuntimeError("started without its configurations")
    return _bench.judge(letters)
