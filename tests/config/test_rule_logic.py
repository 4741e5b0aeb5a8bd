"""A rule is called dead only when it is: whatever the checks exclude, no message reaches.

Conditions and messages are made up at random of a few words, so that they often meet.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from triage_bot.config.build import _condition
from triage_bot.config.rule_logic import STRANGER, TooMany, World, alternatives, contradiction, implies
from triage_bot.config.rule_model import WhenSettings
from triage_bot.core.rules import RuleFacts
from triage_bot.reading.model import Kind

WORKED = frozenset(range(480, 960))
OWNERS = {"a@one.example": "One", "@one.example": "One", "b@two.example": "Two"}
WORLD = World(
    clients=frozenset({"One", "Two"}),
    channels=frozenset({"mail", "telegram"}),
    working_minutes=lambda clients: WORKED,
    client_of=lambda contact: OWNERS.get(contact),
)
WORDS = ("sklep", "sklepy", "nie", "działa")
KINDS = (Kind.TASK, Kind.QUESTION, Kind.THANKS)


def some(values: tuple[Any, ...]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


PHRASES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join), min_size=1, max_size=2)
SIMPLE = {
    "client": some(("One", "Two")),
    "contact": some(("a@one.example", "@one.example", "b@two.example", "7", "@seven")),
    "channel": some(("mail", "telegram")),
    "subject": PHRASES,
    "text": PHRASES,
    "hour": some(("08:00-16:00", "09:00-10:00", "18:00-08:00")),
    "inside_hours": st.sampled_from(("true", "false")),
    "attachment": st.sampled_from(("true", "false")),
    "unanswered": st.sampled_from(("2", "3")),
    "kind": some(tuple(kind.value for kind in KINDS)),
    "deadline_within": st.sampled_from(("2h", "1d")),
}
PLAIN = st.fixed_dictionaries({}, optional=SIMPLE)
CONDITIONS = st.recursive(
    PLAIN,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "text": PHRASES,
            "all": st.lists(inner, min_size=1, max_size=2),
            "any": st.lists(inner, min_size=1, max_size=2),
            "not": st.lists(inner, min_size=1, max_size=2),
        },
    ),
    max_leaves=4,
).filter(bool)
SENDERS = (
    ("a@one.example", "mail", "One", ""),
    ("c@one.example", "mail", "One", ""),
    ("b@two.example", "mail", "Two", ""),
    ("x@else.example", "mail", STRANGER, ""),
    ("7", "telegram", "Two", "seven"),
)
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


@st.composite
def facts(draw: st.DrawFn) -> RuleFacts:
    contact, channel, client, username = draw(st.sampled_from(SENDERS))
    text = " ".join(draw(st.lists(st.sampled_from(("sklep", "sklepy", "nie", "dziala", "dzialanie")), max_size=4)))
    minute = draw(st.sampled_from((0, 500, 560, 1000, 1200)))
    hours = draw(st.sampled_from((None, 1, 3, 30)))
    return RuleFacts(
        client=client,
        contact=contact,
        channel=channel,
        subject="" if channel == "telegram" else draw(st.sampled_from(("", "sklep", "nie działa"))),
        text=text,
        inside_hours=minute in WORKED and draw(st.booleans()),
        username=username,
        minute=minute,
        attachment=draw(st.booleans()),
        kind=draw(st.sampled_from(KINDS)),
        deadline=None if hours is None else AT + timedelta(hours=hours),
        written_at=AT,
        unanswered=draw(st.integers(1, 4)),
    )


def parsed(raw: dict[str, Any]) -> WhenSettings:
    return WhenSettings.model_validate(raw)


@settings(max_examples=70)
@given(raw=CONDITIONS, messages=st.lists(facts(), min_size=8, max_size=8))
def test_what_is_excluded_is_never_hit(raw: dict[str, Any], messages: list[RuleFacts]) -> None:
    when = parsed(raw)
    try:
        live = [each for each in alternatives(when, WORLD) if not contradiction(each, WORLD)]
    except TooMany:
        assume(False)
    if not live:
        assert not any(_condition(when).hits(message) for message in messages)


@settings(max_examples=70)
@given(raw=CONDITIONS, wider=PLAIN.filter(bool), messages=st.lists(facts(), min_size=8, max_size=8))
def test_what_one_condition_implies_it_never_misses(
    raw: dict[str, Any], wider: dict[str, Any], messages: list[RuleFacts]
) -> None:
    """Every second pair is made so that the one follows from the other."""
    when, other = parsed({"all": [raw, wider]} if len(raw) % 2 else raw), parsed(wider)
    try:
        found, others = alternatives(when, WORLD), alternatives(other, WORLD)
    except TooMany:
        assume(False)
    live = [each for each in found if not contradiction(each, WORLD)]
    if live and all(any(implies(each, one, WORLD) for one in others) for each in live):
        narrow, wide = _condition(when), _condition(other)
        assert not [message for message in messages if narrow.hits(message) and not wide.hits(message)]


def test_a_condition_implies_itself() -> None:
    raw = {
        "client": ["One"], "text": ["sklep nie"], "hour": ["18:00-08:00"], "unanswered": "2", "kind": ["task"],
        "deadline_within": "2h", "not": [{"subject": ["raport"]}, {"contact": ["@one.example"]}],
    }  # fmt: skip
    found = alternatives(parsed(raw), WORLD)
    assert all(any(implies(each, other, WORLD) for other in found) for each in found)


def test_more_alternatives_than_anybody_thinks_through_are_left_alone() -> None:
    pair = {"any": [{"text": ["a"]}, {"text": ["b"]}]}
    try:
        alternatives(parsed({"all": [pair] * 12}), WORLD)
    except TooMany:
        return
    raise AssertionError
