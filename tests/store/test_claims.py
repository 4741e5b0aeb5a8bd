"""Entries that are claimed by the transaction that records them: as if they had been claimed right after it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.store.builders import FRIDAY, HOUR, JAN, MINUTE, acknowledged, cursor, entry, mail
from triage_bot.core.history import History
from triage_bot.core.messages import IncomingMessage
from triage_bot.errors import EntryTaken
from triage_bot.store.drafts import Claim, Plan
from triage_bot.store.store import Store

ANNA = "anna@firma.pl"


def claim(most: int = 10) -> Claim:
    return Claim("mail", "w", FRIDAY, FRIDAY + MINUTE, most)


def given(store: Store, *messages: IncomingMessage, wanted: Claim | None = None) -> list[str]:
    wanted = wanted or claim()
    store.record(messages, cursor(), acknowledged, claim=wanted)
    return [each.message.to for each in wanted.given]


def test_what_is_given_is_what_a_claim_would_have_found(store: Store) -> None:
    wanted = claim()
    assert given(store, mail(1), mail(2, ANNA), wanted=wanted) == [JAN, ANNA]
    assert store.claim(["mail"], FRIDAY, 10, MINUTE, "other") == []
    store.release([each.id for each in wanted.given])
    assert store.claim(["mail"], FRIDAY, 10, MINUTE, "other") == wanted.given


def test_it_is_handed_over_by_nobody_else(store: Store) -> None:
    given(store, mail(1), wanted=(wanted := claim()))
    [one] = wanted.given
    with pytest.raises(EntryTaken):
        store.advance([], [(one.id, FRIDAY)], worker="other")
    store.advance([], [(one.id, FRIDAY)], worker="w")


def test_after_a_kill_or_when_the_lease_is_over_it_is_free(store: Store) -> None:
    given(store, mail(1), mail(2, ANNA))
    assert len(store.claim(["mail"], FRIDAY + MINUTE, 10, MINUTE, "w")) == 2
    store.recover(FRIDAY)
    assert len(store.claim(["mail"], FRIDAY, 10, MINUTE, "w")) == 2


def handing_over(store: Store) -> None:
    [one] = store.claim(["mail"], FRIDAY, 1, HOUR, "w")
    store.advance([], [(one.id, FRIDAY)], worker="w")


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param(lambda store: None, id="waits"),
        pytest.param(lambda store: store.claim(["mail"], FRIDAY, 1, HOUR, "w"), id="is in a courier's hand"),
        pytest.param(handing_over, id="is leaving"),
    ],
)
def test_whoever_has_an_earlier_one_before_her_waits_for_it(store: Store, meanwhile: Callable[[Store], object]) -> None:
    store.enqueue([entry(JAN, FRIDAY - MINUTE)])
    meanwhile(store)
    assert given(store, mail(1), mail(2, ANNA)) == [ANNA]


def test_one_person_gets_those_of_one_batch_in_their_order(store: Store) -> None:
    later, sooner = mail(1), mail(2, received_at=FRIDAY - MINUTE)
    given(store, later, sooner, wanted=(wanted := claim()))
    assert [each.due_at for each in wanted.given] == [FRIDAY - MINUTE, FRIDAY]


def test_not_more_than_are_wanted(store: Store) -> None:
    assert given(store, mail(1), mail(2, ANNA), wanted=claim(most=1)) == [JAN]
    assert [each.message.to for each in store.claim(["mail"], FRIDAY, 10, MINUTE, "w")] == [ANNA]


def of_another_courier(message: IncomingMessage, history: History) -> Plan:
    plan = acknowledged(message, history)
    return replace(plan, entries=tuple(replace(each, courier="telegram") for each in plan.entries))


def in_a_minute(message: IncomingMessage, history: History) -> Plan:
    plan = acknowledged(message, history)
    return replace(plan, entries=tuple(replace(each, due_at=FRIDAY + MINUTE) for each in plan.entries))


def in_strange_letters(message: IncomingMessage, history: History) -> Plan:
    """They are kept as others, and must leave as they are kept."""
    plan = acknowledged(message, history)
    return replace(
        plan, entries=tuple(replace(each, message=replace(each.message, text="\ud83d")) for each in plan.entries)
    )


@pytest.mark.parametrize("plan", [of_another_courier, in_a_minute, in_strange_letters])
def test_what_is_not_given_waits(store: Store, plan: Callable[[IncomingMessage, History], Plan]) -> None:
    store.record([mail(1)], cursor(), plan, claim=(wanted := claim()))
    assert wanted.given == []
    assert len(store.claim(["mail", "telegram"], FRIDAY + MINUTE, 10, MINUTE, "w")) == 1


def test_nobody_is_given_one_past_another_that_must_leave_as_it_is_kept(store: Store) -> None:
    plans = iter([in_strange_letters, acknowledged])
    wanted = claim()
    store.record([mail(1), mail(2)], cursor(), lambda *known: next(plans)(*known), claim=wanted)
    assert wanted.given == []
    [first, _] = store.claim(["mail"], FRIDAY + MINUTE, 10, MINUTE, "w")
    assert first.message.text == "\ufffd"


def test_a_message_that_comes_again_gives_nothing(store: Store) -> None:
    assert given(store, mail(1)) == [JAN]
    assert given(store, mail(1)) == []
