"""The user's own rules: conditions on a message, asked in order before the built-in judgement. Pure.

Words are compared folded and by their beginning, so that `faktur` finds "Faktury" and `hitno` finds "ХИТНО". Patterns
run in RE2, whose time is linear in the text whatever a user writes: `(a+)+$` takes 25 s elsewhere.

What a machine wrote is judged only by rules that name its kind or its sender: nobody who writes `text: pilne` means
newsletters. No rule lets a machine be answered.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Protocol

from triage_bot.core.urgency import Urgency
from triage_bot.reading.fold import fold, origins
from triage_bot.reading.model import Kind

LONGEST_PATTERN = 2_000
QUOTES = 4  # of the client's words that a hit gives as its reason
MACHINE_KINDS = frozenset({Kind.NEWSLETTER, Kind.NOTIFICATION})

DAY_MINUTES = 24 * 60

_PUNCTUATION = " \t\r\n.,;:!?\"'()„“”-"
_LETTER = r"[\pL\pN]"
_GAP = r"[^\pL\pN]"
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


class Match(Protocol):
    def span(self) -> tuple[int, int]: ...


class Pattern(Protocol):
    def search(self, text: str) -> Match | None: ...


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What rules may ask about. `contact` is an addr-spec or a chat id, `username` a Telegram name without the @;
    `text` is the folded new text, `written` the same as it was written. `minute` is that of the day in the zone of
    the agreement. `unanswered` counts the messages of the thread that wait for an answer, this one included."""

    client: str
    contact: str
    channel: str
    subject: str
    text: str
    inside_hours: bool
    username: str = ""
    written: str = ""
    minute: int = 0
    attachment: bool = False
    kind: Kind = Kind.OTHER
    deadline: date | datetime | None = None
    written_at: datetime | None = None  # in the zone of the agreement
    unanswered: int = 1
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """Hits if everything that it names does; an empty one always."""

    clients: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()  # addr-specs, "@domain", "@telegram_name", chat ids
    channels: frozenset[str] = frozenset()
    subject: Pattern | None = None
    text: Pattern | None = None
    patterns: tuple[Pattern, ...] = ()  # one of them, in the subject or in the text
    inside_hours: bool | None = None
    hours: tuple[tuple[int, int], ...] = ()  # minutes of the day, an end beyond 1440 lies past midnight
    attachment: bool | None = None
    unanswered: int | None = None  # at least so many
    kinds: frozenset[Kind] = frozenset()
    deadline_within: timedelta | None = None
    all_of: tuple["Condition", ...] = ()
    any_of: tuple["Condition", ...] = ()
    none_of: tuple["Condition", ...] = ()

    def hits(self, facts: RuleFacts) -> bool:
        return (
            (not self.clients or facts.client in self.clients)
            and (not self.channels or facts.channel in self.channels)
            and (self.inside_hours is None or facts.inside_hours is self.inside_hours)
            and (not self.hours or any(_within_hours(facts.minute, hours) for hours in self.hours))
            and (self.attachment is None or facts.attachment is self.attachment)
            and (self.unanswered is None or facts.unanswered >= self.unanswered)
            and (not self.kinds or facts.kind in self.kinds)
            and (self.deadline_within is None or _is_near(facts, self.deadline_within))
            and (not self.contacts or not self.contacts.isdisjoint(_contact_forms(facts)))
            and (self.subject is None or bool(self.subject.search(fold(facts.subject))))
            and (self.text is None or bool(self.text.search(facts.text)))
            and (not self.patterns or _found(self.patterns, facts))
            and all(condition.hits(facts) for condition in self.all_of)
            and (not self.any_of or any(condition.hits(facts) for condition in self.any_of))
            and not any(condition.hits(facts) for condition in self.none_of)
        )

    def named(self) -> Iterator["Condition"]:
        """This condition and those within it that may hold, not those that must not."""
        yield self
        for condition in (*self.all_of, *self.any_of):
            yield from condition.named()

    def asks_for_history(self) -> bool:
        inner = (*self.all_of, *self.any_of, *self.none_of)
        return self.unanswered is not None or any(condition.asks_for_history() for condition in inner)

    def quotes(self, facts: RuleFacts) -> Iterator[str]:
        """The client's words that made this condition hit, as they were written."""
        subject = fold(facts.subject)
        for found in (self.subject, *self.patterns):
            if found is not None and (match := found.search(subject)):
                yield _as_written(facts.subject, match)
        for found in (self.text, *self.patterns):
            if found is not None and (match := found.search(facts.text)):
                yield _as_written(facts.written, match)
        for condition in (*self.all_of, *(condition for condition in self.any_of if condition.hits(facts))):
            yield from condition.quotes(facts)


@dataclass(frozen=True, slots=True)
class Rule:
    """What is None stays as it was judged."""

    name: str
    when: Condition
    urgency: Urgency | None = None
    alert: bool | None = None
    acknowledge: bool | None = None
    template: str = ""  # the name of the acknowledgement's texts in the user's own folder
    tag: str = ""

    @property
    def reaches_machines(self) -> bool:
        return any(part.contacts or part.kinds & MACHINE_KINDS for part in self.when.named())


def first_hit(rules: Iterable[Rule], facts: RuleFacts) -> Rule | None:
    asked = (rule for rule in rules if rule.reaches_machines) if facts.machine else rules
    return next((rule for rule in asked if rule.when.hits(facts)), None)


def words_of(rule: Rule, facts: RuleFacts) -> str:
    """What the client wrote that made the rule hit, "" if it asks for no words."""
    found = (" ".join(words.split()).strip(_PUNCTUATION) for words in rule.when.quotes(facts))
    return " … ".join(islice(dict.fromkeys(filter(None, found)), QUOTES))


def words(phrases: Sequence[str]) -> Pattern:
    """Finds any of the phrases in folded text, each of their words by its beginning. Raises ValueError for a phrase
    without a word."""
    return _compiled(f"(?:^|{_GAP})(?:{'|'.join(map(_phrase, phrases))})")


def pattern(expression: str) -> Pattern:
    """An RE2 pattern to be searched in folded text. Raises ValueError that says what RE2 does not like."""
    # Only letters are folded: `\S` must not become `\s`, and the search ignores case anyway.
    return _compiled(_FOREIGN.sub(lambda found: fold(found[0]), expression))


def _phrase(phrase: str) -> str:
    stems = [stem for stem in re.split(r"[\W_]+", fold(phrase)) if stem]
    if not stems:
        raise ValueError("holds no word")
    import re2

    return f"{_LETTER}*{_GAP}+".join(map(re2.escape, stems))


def _compiled(expression: str) -> Pattern:
    import re2  # only where a rule has a pattern: it takes 3 MB

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        compiled: Pattern = re2.compile(expression, options)
    except re2.error as error:
        said = error.args[0] if error.args else "?"
        raise ValueError(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from None
    return compiled


def _as_written(text: str, match: Match) -> str:
    """The words of a match in folded text, whole and unfolded."""
    places = origins(text)
    start, end = (places[min(place, len(places) - 1)] for place in match.span())
    while end < len(text) and text[end].isalnum() and end > start:
        end += 1
    return text[start:end][:200]


def _within_hours(minute: int, hours: tuple[int, int]) -> bool:
    start, end = hours
    return start <= minute < end or start <= minute + DAY_MINUTES < end


def _is_near(facts: RuleFacts, span: timedelta) -> bool:
    """Whether the deadline is no further off than that. One without an hour is as near as its day begins."""
    at, since = facts.deadline, facts.written_at
    if at is None or since is None:
        return False
    if isinstance(at, datetime):
        return at <= since + span
    return at <= (since + span).date()


def _contact_forms(facts: RuleFacts) -> tuple[str, ...]:
    at_domain = "@" + facts.contact.rpartition("@")[2]
    return (facts.contact, at_domain, f"@{facts.username}") if facts.username else (facts.contact, at_domain)


def _found(patterns: tuple[Pattern, ...], facts: RuleFacts) -> bool:
    subject = fold(facts.subject)
    return any(each.search(subject) or each.search(facts.text) for each in patterns)
