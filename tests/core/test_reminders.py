"""Whoever asks for the third time is urgent, and what a message is to the queue stands in the decision."""

from dataclasses import replace

import pytest

from tests.core.test_items import item
from tests.core.test_triage import TERMS, at, mail
from triage_bot.core.history import History
from triage_bot.core.items import ItemState
from triage_bot.core.joining import REMINDED, Said, Way
from triage_bot.core.triage import Decision, judge, settle
from triage_bot.core.urgency import Urgency

ASKS = "Czy są już jakieś wieści w sprawie raportu?"


def decided(text: str, history: History, sender: str = "anna@nowak.example") -> Decision:
    now = at(20, 12, 30)
    message = mail(sender, text)
    return settle(judge(message, TERMS, now=now), message, history, TERMS, now)


def asked(times: int, state: ItemState = ItemState.OPEN) -> History:
    known = replace(item(state), reminders=times, last_message_at=at(20, 9), opened_at=at(19, 9))
    return History(active_item=known) if state is not ItemState.DONE else History(closed_item=known)


@pytest.mark.parametrize(
    ("history", "urgency"),
    [
        pytest.param(asked(0), Urgency.NORMAL, id="the first time"),
        pytest.param(asked(1), Urgency.NORMAL, id="the second time"),
        pytest.param(asked(2), Urgency.URGENT, id="the third time"),
        pytest.param(asked(2, ItemState.SNOOZED), Urgency.URGENT, id="the third time, of what she put aside"),
        pytest.param(asked(2, ItemState.WAITING), Urgency.NORMAL, id="she has asked back since"),
        pytest.param(asked(2, ItemState.DONE), Urgency.NORMAL, id="it was done since"),
        pytest.param(History(), Urgency.NORMAL, id="of nothing that is known"),
    ],
)
def test_the_third_reminder_is_urgent(history: History, urgency: Urgency) -> None:
    decision = decided(ASKS, history)
    assert (decision.said, decision.urgency) == (Said.REMINDER, urgency)
    reasons = {reason.code: reason.values for reason in decision.because}
    assert reasons.get(REMINDED) == ({"times": "3"} if urgency is Urgency.URGENT else None)
    assert (decision.alert_at is not None) == (urgency is Urgency.URGENT)


def test_no_stranger_rings_an_alarm_by_asking() -> None:
    assert decided(ASKS, asked(5), "x@stranger.example").alert_at is None


@pytest.mark.parametrize(
    ("text", "history", "what", "way"),
    [
        pytest.param("Dzięki!", asked(0, ItemState.SNOOZED), Said.QUIET, Way.STAYS, id="thanks wake nothing"),
        pytest.param("Dzięki!", asked(0, ItemState.DONE), Said.QUIET, Way.STAYS, id="thanks open nothing"),
        pytest.param(ASKS, asked(0, ItemState.DONE), Said.REMINDER, Way.REOPENS, id="a reminder opens it again"),
        pytest.param(
            "Proszę przygotować nową umowę.", asked(0, ItemState.DONE), Said.TASK, Way.BEGINS, id="a new task begins"
        ),
        pytest.param("Raport już nieaktualny.", asked(0), Said.TAKEN_BACK, Way.JOINS, id="taken back: she is asked"),
    ],
)
def test_what_becomes_of_a_message(text: str, history: History, what: Said, way: Way) -> None:
    decision = decided(text, history)
    assert (decision.said, decision.way) == (what, way)
