"""Whether a rule can hit at all, and whether an earlier one always hits before it. Pure logic over conditions.

A condition becomes alternatives, of which one must hold ("any" and "not" are multiplied out), each a set of demands on
one message. An alternative whose demands exclude each other is dead. What cannot be decided counts as possible: a
rule is called dead only when it is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from triage_bot.config.rule_model import MOST_UNANSWERED, WhenSettings
from triage_bot.core.rules import DAY_MINUTES
from triage_bot.reading.fold import fold
from triage_bot.reading.model import Kind

MOST_ALTERNATIVES = 200
STRANGER = ""
TELEGRAM = frozenset({"telegram"})

Values = frozenset[Any]


class TooMany(Exception):
    """More alternatives than anybody thinks through."""


@dataclass(frozen=True)
class World:
    """What a message of this configuration can be like."""

    clients: Values
    channels: Values
    working_minutes: Callable[[Values], Values]  # of these clients, on any day
    client_of: Callable[[str], str | None]  # whose message a contact's is; None: nobody can tell

    def all_of(self, key: str) -> Values:
        match key:
            case "client":
                return self.clients | {STRANGER}
            case "channel":
                return self.channels
            case "kind":
                return frozenset(Kind)
            case "hour":
                return frozenset(range(DAY_MINUTES))
            case "unanswered":
                return frozenset(range(1, MOST_UNANSWERED + 2))
        return frozenset({True, False})


CHOICES = ("client", "channel", "kind", "hour", "unanswered", "inside_hours", "attachment")
DEMANDS = ("contact", "subject", "text", "pattern", "deadline_within")


@dataclass
class Alternative:
    """`choices` holds the values that a key may have, `wanted` and `unwanted` what must and must not be found."""

    choices: dict[str, Values] = field(default_factory=dict)
    wanted: list[tuple[str, Values]] = field(default_factory=list)
    unwanted: list[tuple[str, Values]] = field(default_factory=list)

    def joined(self, other: "Alternative") -> "Alternative":
        choices = dict(self.choices)
        for key, values in other.choices.items():
            choices[key] = choices[key] & values if key in choices else values
        return Alternative(choices, self.wanted + other.wanted, self.unwanted + other.unwanted)


def alternatives(when: WhenSettings, world: World, *, hold: bool = True) -> list[Alternative]:
    """What `when` comes to, or (`hold=False`) what its opposite does. Raises TooMany."""
    parts = [[each] for each in _simple(when, world, hold)]
    parts += [alternatives(each, world, hold=hold) for each in when.all]
    parts += [alternatives(each, world, hold=not hold) for each in when.none]
    if when.any and hold:
        parts.append([found for each in when.any for found in alternatives(each, world)])
    elif when.any:
        parts.append(_product([alternatives(each, world, hold=False) for each in when.any]))
    # The opposite of "all of these" is that one of them fails.
    return _product(parts) if hold else [found for part in parts for found in part]


def _product(parts: list[list[Alternative]]) -> list[Alternative]:
    count = 1
    for part in parts:
        count *= len(part)
        if count > MOST_ALTERNATIVES:
            raise TooMany
    found = []
    for combination in product(*parts):
        whole = Alternative()
        for each in combination:
            whole = whole.joined(each)
        found.append(whole)
    return found


def _simple(when: WhenSettings, world: World, hold: bool) -> Iterator[Alternative]:
    for key in CHOICES:
        value = getattr(when, key)
        if value is None or value == ():
            continue
        every = world.all_of(key)
        values = _choice(key, value)
        yield Alternative(choices={key: values if hold else every - values})
    for key in DEMANDS:
        value = getattr(when, key)
        if value is None or value == ():
            continue
        demand = (key, _demand(key, value))
        yield Alternative(wanted=[demand]) if hold else Alternative(unwanted=[demand])


def _choice(key: str, value: Any) -> Values:
    match key:
        case "hour":
            return frozenset(minute % DAY_MINUTES for start, end in value for minute in range(start, end))
        case "unanswered":
            return frozenset(range(value, MOST_UNANSWERED + 2))
        case "inside_hours" | "attachment":
            return frozenset({value})
    return frozenset(value)


def _demand(key: str, value: Any) -> Values:
    if key in ("subject", "text"):
        return frozenset(tuple(stem for stem in re.split(r"[\W_]+", fold(phrase)) if stem) for phrase in value)
    return frozenset({value} if key == "deadline_within" else value)


# --- can it hold? -------------------------------------------------------------------------------------------------


def contradiction(alternative: Alternative, world: World) -> str:
    """Why the alternative can never hold, "" if it may."""
    choices = alternative.choices
    for key, values in choices.items():
        if not values:
            return f"its conditions on `{key}` exclude each other"
    for key, values in alternative.wanted:
        for other, barred in alternative.unwanted:
            if key == other and _covers(key, barred, values):
                return f"its conditions on `{key}` exclude each other"
    return _across(alternative, world)


def _across(alternative: Alternative, world: World) -> str:
    """Conditions on different things that exclude each other."""
    choices = alternative.choices
    contacts = [values for key, values in alternative.wanted if key == "contact"]
    for one, other in product(contacts, contacts):
        if not any(_compatible(a, b) for a in one for b in other):
            return "its conditions on `contact` exclude each other"
    for values in contacts:
        owners = {world.client_of(contact) for contact in values}
        if None not in owners and owners.isdisjoint(choices.get("client", world.all_of("client"))):
            return "`contact` is no contact of the `client`"
        on_telegram = {_is_chat(contact) for contact in values}
        channels = choices.get("channel", world.channels)
        if (on_telegram == {False} and channels == TELEGRAM) or (on_telegram == {True} and "telegram" not in channels):
            return "the `contact` does not write on that `channel`"
    if choices.get("channel") == TELEGRAM and any(key == "subject" for key, _ in alternative.wanted):
        return "a Telegram message has no `subject`"
    if choices.get("inside_hours") == frozenset({True}) and "hour" in choices:
        clients = choices.get("client", world.all_of("client"))
        if choices["hour"].isdisjoint(world.working_minutes(clients)):
            return "`inside_hours` is true and `hour` lies outside the working hours"
    return ""


def _is_chat(contact: str) -> bool:
    return contact.isdigit() or (contact.startswith("@") and "." not in contact)


def _compatible(one: str, other: str) -> bool:
    """Whether both may stand for one sender."""
    if _is_chat(one) or _is_chat(other):
        return _is_chat(one) and _is_chat(other) and (one == other or one.startswith("@") != other.startswith("@"))
    return _within(one, other) or _within(other, one)


# --- is it always hit before? -------------------------------------------------------------------------------------


def implies(alternative: Alternative, other: Alternative, world: World) -> bool:
    """Whether every message of the one is one of the other."""
    return (
        all(_reachable(alternative, key, world) <= values for key, values in other.choices.items())
        and all(
            any(key == wanted and _covers(key, values, given) for wanted, given in alternative.wanted)
            for key, values in other.wanted
        )
        and all(
            any(key == barred and _covers(key, given, values) for barred, given in alternative.unwanted)
            for key, values in other.unwanted
        )
    )


def _reachable(alternative: Alternative, key: str, world: World) -> Values:
    values = alternative.choices.get(key, world.all_of(key))
    if key == "client":
        for wanted, contacts in alternative.wanted:
            owners = {world.client_of(contact) for contact in contacts} if wanted == "contact" else {None}
            if None not in owners:
                values &= owners
    return values


def _covers(key: str, wide: Values, narrow: Values) -> bool:
    """Whether whatever has one of `narrow` has one of `wide`."""
    return all(any(_COVERED_BY[key](each, other) for other in wide) for each in narrow)


def _within(contact: str, other: str) -> bool:
    return contact == other or ("@" in contact[1:] and other == "@" + contact.rpartition("@")[2])


def _holds_phrase(phrase: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a text with the words of `phrase` has those of `other`: each by its beginning, in a row."""
    starts = range(len(phrase) - len(other) + 1)
    return any(all(phrase[at + n].startswith(stem) for n, stem in enumerate(other)) for at in starts)


_COVERED_BY: Mapping[str, Callable[[Any, Any], bool]] = {
    "contact": _within,
    "subject": _holds_phrase,
    "text": _holds_phrase,
    "pattern": lambda one, other: bool(one == other),
    "deadline_within": lambda span, other: bool(span <= other),
}
