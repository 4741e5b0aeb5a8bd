"""When an answer counts as right."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from triage_bot.core.scoring import Answer, Label, Rates, Score, verdicts

WARSAW = ZoneInfo("Europe/Warsaw")
THREE = datetime(2026, 11, 20, 15, tzinfo=WARSAW)
FRIDAY = date(2026, 11, 20)
ANSWER = Answer(
    urgency="urgent",
    deadline=THREE,
    needs_ack=True,
    tone="neutral",
    missing=frozenset({"scope"}),
    kind="task",
    language="pl",
)


def label(**right: tuple[Any, ...]) -> Label:
    return Label("email", "pl", right, WARSAW)


@pytest.mark.parametrize(
    ("right", "verdict"),
    [
        pytest.param({"urgency": ("urgent",)}, {"urgency": True}, id="the one right urgency"),
        pytest.param({"urgency": ("normal",)}, {"urgency": False}, id="another urgency"),
        pytest.param({"kind": ("question", "task")}, {"kind": True}, id="a further reading of the kind"),
        pytest.param({"missing": (frozenset(), frozenset({"scope"}))}, {"missing": True}, id="a further set"),
        pytest.param({"missing": (frozenset({"scope", "goal"}),)}, {"missing": False}, id="half a set"),
        pytest.param({}, {}, id="what is not labelled is not scored"),
    ],
)
def test_an_answer_is_compared_with_every_reading_that_is_right(
    right: dict[str, tuple[Any, ...]], verdict: dict[str, bool]
) -> None:
    assert verdicts(label(**right), ANSWER) == verdict


@pytest.mark.parametrize(
    ("right", "answer", "exact", "by_day"),
    [
        pytest.param(THREE, THREE + timedelta(minutes=5), True, True, id="five minutes are no difference"),
        pytest.param(THREE, THREE - timedelta(minutes=6), False, True, id="six minutes are one"),
        pytest.param(THREE, THREE.astimezone(ZoneInfo("Asia/Tokyo")), True, True, id="the same moment elsewhere"),
        pytest.param(THREE.replace(tzinfo=None), THREE, True, True, id="a moment without a zone is in the label's"),
        pytest.param(THREE, FRIDAY, False, True, id="the hour was not found"),
        pytest.param(FRIDAY, THREE, False, True, id="an hour was invented"),
        pytest.param(FRIDAY, FRIDAY, True, True, id="the same day"),
        pytest.param(FRIDAY, None, False, False, id="not found"),
        pytest.param(None, FRIDAY, False, False, id="invented"),
        pytest.param(None, None, True, True, id="none is stated"),
        pytest.param(
            datetime(2026, 11, 21, 0, 30, tzinfo=WARSAW),
            datetime(2026, 11, 20, 23, 20, tzinfo=ZoneInfo("UTC")),
            False,
            True,
            id="days are those of the label's zone",
        ),
    ],
)
def test_a_deadline_is_right_by_the_minute_and_by_the_day(right: Any, answer: Any, exact: bool, by_day: bool) -> None:
    judged = Answer("urgent", answer, True, "neutral", frozenset(), "task", "pl")
    assert verdicts(label(deadline=(right,)), judged) == {"deadline": exact, "deadline by day": by_day}


def test_precision_and_recall_of_nothing_are_nought() -> None:
    assert (Rates(0, 0, 0).precision, Rates(0, 0, 0).recall, Rates(0, 0, 0).f1) == (0, 0, 0)
    rates = Rates(hits=3, false=1, missed=2)
    assert (rates.precision, rates.recall, round(rates.f1, 3)) == (0.75, 0.6, 0.667)


def test_every_message_counts_in_all_its_language_and_its_channel() -> None:
    score = Score()
    score.add(label(urgency=("urgent",)), ANSWER)
    score.add(Label("chat", "sr", {"urgency": ("low",)}, WARSAW), ANSWER)
    assert score.messages == {"all": 2, "pl": 1, "email": 1, "sr": 1, "chat": 1}
    assert score.urgent() == Rates(1, 1, 0)
    assert (score.urgent("pl"), score.urgent("sr")) == (Rates(1, 0, 0), Rates(0, 1, 0))
    assert (score.accuracy("urgency"), score.accuracy("urgency", "sr"), score.accuracy("kind")) == (0.5, 0, None)


def test_missing_elements_count_against_the_nearest_set() -> None:
    score = Score()
    score.add(label(missing=(frozenset({"goal", "deadline"}), frozenset({"scope", "deadline"}))), ANSWER)
    score.add(label(missing=(frozenset(),)), ANSWER)
    assert score.missing("scope") == Rates(1, 1, 0)
    assert score.missing("deadline") == Rates(0, 0, 1)
    assert score.missing("goal") == Rates(0, 0, 0)


def test_deadlines_and_acknowledgements_are_counted_by_what_went_wrong() -> None:
    score = Score()
    for right in (THREE, FRIDAY + timedelta(days=1), None):
        score.add(label(deadline=(right,), needs_ack=(right is None,)), ANSWER)
    assert (score.deadlines, score.deadlines_found, score.deadlines_invented) == (2, 1, 1)
    assert (score.unwanted_acks, score.acks_not_sent) == (2, 0)
