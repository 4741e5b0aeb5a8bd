"""What may become of an item: every step from every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.core.builders import an_item
from tests.core.test_ledger import WEEK
from triage_bot.core.items import ACTIVE, CLOSED, RATED, TRANSITIONS, Item, ItemState, Step, leads_to, stepped
from triage_bot.core.reasons import Reason
from triage_bot.core.untouched import is_untouched, windows_untouched
from triage_bot.core.urgency import Urgency

NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN, SNOOZED, WAITING, ANSWERED, DONE, DISMISSED = ItemState

LEADS = {
    # from:            open       snoozed    waiting    answered   done       dismissed
    Step.DONE:        (DONE,      DONE,      DONE,      DONE,      None,      None),
    Step.SNOOZE:      (SNOOZED,   SNOOZED,   SNOOZED,   None,      None,      None),
    Step.WAKE:        (None,      OPEN,      None,      None,      None,      None),
    Step.ANSWER:      (ANSWERED,  ANSWERED,  ANSWERED,  ANSWERED,  None,      None),
    Step.ASK:         (WAITING,   WAITING,   WAITING,   WAITING,   None,      None),
    Step.DISMISS:     (DISMISSED, DISMISSED, DISMISSED, None,      None,      None),
    Step.REOPEN:      (None,      None,      OPEN,      OPEN,      OPEN,      OPEN),
    Step.RATE:        (OPEN,      SNOOZED,   WAITING,   None,      None,      None),
    Step.NOTE:        (OPEN,      SNOOZED,   WAITING,   ANSWERED,  DONE,      DISMISSED),
    Step.EXEMPTION:   (OPEN,      OPEN,      WAITING,   None,      None,      None),
    Step.LATE:        (OPEN,      SNOOZED,   None,      None,      None,      None),
}  # fmt: skip


def item(state: ItemState = OPEN) -> Item:
    until = NOW + HOUR if state is SNOOZED else None
    return an_item(NOW, state=state, snoozed_until=until, because=(Reason("regular"),), reminders=2)


@pytest.mark.parametrize("state", ItemState, ids=lambda state: f"from {state.value}")
@pytest.mark.parametrize("step", Step, ids=lambda step: step.value)
def test_where_each_step_leads(step: Step, state: ItemState) -> None:
    to = LEADS[step][list(ItemState).index(state)]
    assert leads_to(step, state) is to
    if to is None:
        return
    after = stepped(item(state), step, NOW + HOUR, until=NOW + 9 * HOUR, urgency=Urgency.URGENT)
    assert (after.state, after.touched_at) == (to, NOW + HOUR)
    assert (after.snoozed_until is not None) == (to is SNOOZED)


def test_every_way_out_of_a_state_is_a_step() -> None:
    for state in ItemState:
        ways = {LEADS[step][list(ItemState).index(state)] for step in Step} - {None, state}
        assert TRANSITIONS[state] == ways
    assert set(ItemState) == ACTIVE | CLOSED
    assert all(OPEN in TRANSITIONS[state] for state in ItemState if state is not OPEN)


@pytest.mark.parametrize(
    ("step", "reminders"), [(Step.ANSWER, 0), (Step.ASK, 0), (Step.DONE, 0), (Step.SNOOZE, 2), (Step.NOTE, 2)]
)
def test_reminders_count_since_her_last_answer(step: Step, reminders: int) -> None:
    assert stepped(item(), step, NOW, until=NOW + HOUR).reminders == reminders


def test_what_she_rates_says_so_once() -> None:
    urgent = stepped(item(), Step.RATE, NOW, urgency=Urgency.URGENT)
    low = stepped(urgent, Step.RATE, NOW, urgency=Urgency.LOW)
    assert (urgent.urgency, low.urgency) == (Urgency.URGENT, Urgency.LOW)
    assert [reason.code for reason in low.because] == [RATED, "regular"]


@pytest.mark.parametrize(
    ("touched", "hours", "passed"),
    [
        pytest.param(None, 0, 0, id="it has just come"),
        pytest.param(None, 4, 1, id="the check of 16:00 has passed"),
        pytest.param(None, 72, 3, id="a weekend holds no check: Friday's 16:00, Monday's 08:00 and 12:00"),
        pytest.param(70, 72, 1, id="she touched it on Monday morning"),
    ],
)
def test_windows_pass_until_she_touches_an_item(touched: int | None, hours: int, passed: int) -> None:
    at = NOW + touched * HOUR if touched else None
    now = NOW + hours * HOUR
    each = replace(item(), touched_at=at)
    assert windows_untouched(each, WEEK, now) == passed
    assert is_untouched(each, WEEK, now, 1) == (passed > 0)
    assert not is_untouched(each, WEEK, now, 0)
