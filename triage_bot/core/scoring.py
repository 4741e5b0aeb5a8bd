"""How right the judgement is on messages that somebody has labelled. Pure.

A label names the right answers, field by field; what it does not name is not scored. Where several readings are right,
each counts. A deadline with an hour is met within five minutes; by day the hour does not matter. Of the missing
elements each counts by itself, against the accepted set that is nearest to the answer.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Missing

TOLERANCE = timedelta(minutes=5)
EVERYTHING = "all"
FIELDS = ("urgency", "deadline", "deadline by day", "needs_ack", "tone", "missing", "kind", "language")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was judged, or what is right."""

    urgency: str
    deadline: date | datetime | None
    needs_ack: bool
    tone: str
    missing: frozenset[str]
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Label:
    """`right` holds by the names of the fields of `Answer` every value that is right, the first one first; `zone` is
    that in which a deadline belongs to a day."""

    channel: str
    language: str
    right: Mapping[str, tuple[Any, ...]]
    zone: tzinfo

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(filter(None, (EVERYTHING, self.language, self.channel)))


def verdicts(label: Label, answer: Answer) -> dict[str, bool]:
    """By field, as far as the label names it, whether the answer is right."""
    found = {name: getattr(answer, name) in values for name, values in label.right.items() if name != "deadline"}
    if (deadlines := label.right.get("deadline")) is not None:
        found["deadline"] = any(_is_exact(each, answer.deadline, label.zone) for each in deadlines)
        found["deadline by day"] = _day(answer.deadline, label.zone) in {_day(each, label.zone) for each in deadlines}
    return {name: found[name] for name in FIELDS if name in found}


def _is_exact(right: date | datetime | None, answer: date | datetime | None, zone: tzinfo) -> bool:
    if isinstance(right, datetime) and isinstance(answer, datetime):
        return abs(_aware(right, zone) - _aware(answer, zone)) <= TOLERANCE
    return right == answer and isinstance(right, datetime) is isinstance(answer, datetime)


def _day(moment: date | datetime | None, zone: tzinfo) -> date | None:
    return _aware(moment, zone).astimezone(zone).date() if isinstance(moment, datetime) else moment


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Rates:
    """Of what was to be found: found, found where it was not, missed."""

    hits: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.false) if self.hits + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass
class Score:
    """Counts up, message by message."""

    messages: Counter[str] = field(default_factory=Counter)  # by group
    right: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # by group and field
    scored: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    confusion: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))
    elements: Counter[tuple[str, str]] = field(default_factory=Counter)  # of what is missing: hits, false, missed
    unwanted_acks: int = 0
    acks_not_sent: int = 0
    deadlines: int = 0
    deadlines_found: int = 0
    deadlines_invented: int = 0

    def add(self, label: Label, answer: Answer) -> dict[str, bool]:
        """Count one message; returns its verdicts."""
        found = verdicts(label, answer)
        for group in label.groups:
            self.messages[group] += 1
            for name, is_right in found.items():
                self.scored[group][name] += 1
                self.right[group][name] += is_right
            if "urgency" in label.right:
                self.confusion[group][label.right["urgency"][0], answer.urgency] += 1
        if "missing" in label.right:
            self._add_elements(label.right["missing"], answer.missing)
        if "needs_ack" in label.right and not found["needs_ack"]:
            self.unwanted_acks += answer.needs_ack
            self.acks_not_sent += not answer.needs_ack
        if "deadline" in label.right:
            is_stated = label.right["deadline"][0] is not None
            self.deadlines += is_stated
            self.deadlines_found += is_stated and found["deadline by day"]
            self.deadlines_invented += not is_stated and not found["deadline by day"]
        return found

    def _add_elements(self, accepted: tuple[frozenset[str], ...], answer: frozenset[str]) -> None:
        nearest = min(accepted, key=lambda each: len(each ^ answer))
        for element in Missing:
            if element in answer:
                self.elements[element, "hits" if element in nearest else "false"] += 1
            elif element in nearest:
                self.elements[element, "missed"] += 1

    def urgent(self, group: str = EVERYTHING) -> Rates:
        counted = self.confusion[group]
        urgent = Urgency.URGENT.value
        return Rates(
            hits=counted[urgent, urgent],
            false=sum(number for (right, said), number in counted.items() if said == urgent != right),
            missed=sum(number for (right, said), number in counted.items() if right == urgent != said),
        )

    def missing(self, element: str) -> Rates:
        return Rates(*(self.elements[element, part] for part in ("hits", "false", "missed")))

    def accuracy(self, name: str, group: str = EVERYTHING) -> float | None:
        """None where no label names the field."""
        scored = self.scored[group][name]
        return self.right[group][name] / scored if scored else None
