"""What the user's own rules make of a decision."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.core.builders import an_item
from triage_bot.config import build, load_config
from triage_bot.core.history import History
from triage_bot.core.items import Item, ItemState
from triage_bot.core.joining import joined
from triage_bot.core.messages import Address, Attachment, IncomingMessage, Medium
from triage_bot.core.reasons import Reason
from triage_bot.core.suppression import Suppression
from triage_bot.core.triage import Decision, judge, settle
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Kind

FRIDAY = datetime(2026, 11, 20, 12, 30, tzinfo=ZoneInfo("Europe/Warsaw"))
CONFIG = """\
assistant: {name: Katarzyna}
clients:
  - {name: Nowak, language: pl, contacts: [{domain: nowak.example}]}
  - {name: Cicha, language: pl, contacts: [{domain: cicha.example}], agreement: {acknowledge: false}}
urgency_rules:
"""
Decide = Callable[..., Decision]


@pytest.fixture
def decide(tmp_path: Any) -> Decide:
    """Decides about a mail under rules: `decide(when, then, text=..., history=...)`."""

    def decision(
        when: str, then: str, *, history: History | None = None, now: datetime = FRIDAY, **mail: Any
    ) -> Decision:
        file = tmp_path / "config.yaml"
        file.write_text(f"{CONFIG}  - {{name: mine, when: {when}, then: {then}}}\n", encoding="utf-8")
        terms = build.terms(load_config(file))
        fields = {"text": "Proszę o ofertę.", "subject": "Oferta", "header_from": Address("jan@nowak.example")} | mail
        message = IncomingMessage("kontakt", Medium.EMAIL, "1", now, sent_at=now, **fields)
        return settle(judge(message, terms, now=now), message, history or History(), terms, now)

    return decision


def item(messages: int, state: ItemState = ItemState.OPEN, **changes: Any) -> Item:
    return an_item(FRIDAY, messages=messages, state=state, **changes)


def test_a_rule_that_decides_takes_the_place_of_what_was_judged(decide: Decide) -> None:
    decision = decide("{text: ofert}", "{urgency: urgent, tag: sales, template: ''}")
    assert decision.urgency is Urgency.URGENT
    assert decision.alert_at == FRIDAY
    assert (decision.rule, decision.tag) == ("mine", "sales")
    assert decision.because == (
        Reason("rule", {"name": "mine", "words": "ofertę"}),
        Reason("tagged", {"name": "mine", "tag": "sales"}),
    )


def test_a_rule_that_decides_the_same_is_one_reason_more(decide: Decide) -> None:
    decision = decide("{text: ofert}", "{urgency: normal}")
    assert [reason.code for reason in decision.because] == ["rule", "regular"]


def test_a_rule_that_only_tags_leaves_urgency_and_alert_as_they_were(decide: Decide) -> None:
    urgent = "Strona nie działa i klienci nie mogą zapłacić! Pilne!"
    plain = decide("{text: nic}", "{tag: t}", text=urgent)
    tagged = decide("{text: strona}", "{tag: t}", text=urgent)
    assert (tagged.urgency, tagged.alert_at, tagged.promise) == (plain.urgency, plain.alert_at, plain.promise)
    assert (plain.tag, tagged.tag) == ("", "t")


@pytest.mark.parametrize(
    ("then", "alerted"),
    [
        pytest.param("{urgency: urgent}", True, id="urgent means an alert"),
        pytest.param("{urgency: urgent, alert: false}", False, id="unless the rule forbids it"),
        pytest.param("{alert: true}", True, id="an alert without urgency"),
        pytest.param("{urgency: low}", False, id="low means none"),
    ],
)
def test_a_rule_says_whether_she_is_told_at_once(decide: Decide, then: str, alerted: bool) -> None:
    assert (decide("{text: ofert}", then).alert_at is not None) is alerted


def test_nobody_is_rung_up_by_a_stranger(decide: Decide) -> None:
    decision = decide("{text: ofert}", "{urgency: urgent, alert: true}", header_from=Address("x@else.example"))
    assert (decision.urgency, decision.alert_at) == (Urgency.URGENT, None)


def test_a_rule_can_forbid_an_acknowledgement_and_never_force_one(decide: Decide) -> None:
    assert decide("{text: ofert}", "{acknowledge: false}").suppression is Suppression.NOT_AGREED
    assert decide("{text: ofert}", "{acknowledge: true}").suppression is None
    silent = decide("{text: ofert}", "{acknowledge: true}", header_from=Address("a@cicha.example"))
    assert silent.suppression is Suppression.NOT_AGREED


@pytest.mark.parametrize(
    ("when", "urgency"),
    [
        pytest.param("{subject: backup}", Urgency.NONE, id="words alone are not meant for machines"),
        pytest.param("{subject: backup, kind: notification}", Urgency.URGENT, id="its kind is named"),
        pytest.param('{subject: backup, contact: "@nowak.example"}', Urgency.URGENT, id="its sender is named"),
    ],
)
def test_a_machine_is_judged_by_rules_for_machines_and_never_answered(
    decide: Decide, when: str, urgency: Urgency
) -> None:
    decision = decide(
        when,
        "{urgency: urgent, acknowledge: true}",
        subject="Backup failed",
        text="The backup of today has failed.",
        headers={"auto-submitted": ("auto-generated",)},
    )
    assert decision.urgency is urgency
    assert decision.suppression is Suppression.AUTO_SUBMITTED


@pytest.mark.parametrize(
    ("when", "mail", "hits"),
    [
        pytest.param('{hour: "12:00-13:00"}', {}, True, id="the hour is that of the agreement's zone"),
        pytest.param('{hour: "11:00-12:00"}', {}, False, id="and not UTC"),
        pytest.param(
            "{attachment: true}", {"attachments": (Attachment("a.pdf", "application/pdf", 9),)}, True, id="a file"
        ),
        pytest.param("{attachment: true}", {}, False, id="no file"),
        pytest.param("{kind: task}", {}, True, id="the kind that was read"),
        pytest.param("{deadline_within: 4h}", {"text": "Proszę o ofertę do 15:00."}, True, id="a deadline today"),
        pytest.param("{deadline_within: 2h}", {"text": "Proszę o ofertę do 15:00."}, False, id="not within two hours"),
    ],
)
def test_rules_ask_what_was_read(decide: Decide, when: str, mail: dict[str, Any], hits: bool) -> None:
    assert bool(decide(when, "{tag: t}", **mail).rule) is hits


@pytest.mark.parametrize(
    ("active", "hits"),
    [
        pytest.param(None, False, id="the first message of a thread"),
        pytest.param(item(1), False, id="the second"),
        pytest.param(item(2), True, id="the third"),
        pytest.param(item(5, ItemState.SNOOZED), True, id="a snoozed item waits too"),
        pytest.param(item(5, ItemState.WAITING), False, id="she has asked back: the answer is the first again"),
    ],
)
def test_how_often_she_was_written_to_is_known_from_the_history(
    decide: Decide, active: Item | None, hits: bool
) -> None:
    decision = decide("{unanswered: 3}", "{urgency: urgent}", history=History(active_item=active))
    assert (decision.urgency is Urgency.URGENT) is hits
    assert (decision.alert_at is not None) is hits


def test_an_earlier_rule_stays_the_first_when_the_history_is_known(decide: Decide) -> None:
    decision = decide(
        "{not: {unanswered: 2}}, then: {urgency: low}}\n  - {name: second, when: {unanswered: 2}",
        "{urgency: urgent}",
        history=History(active_item=item(1)),
    )
    assert (decision.rule, decision.urgency) == ("second", Urgency.URGENT)


def test_tags_stay_with_an_item_whatever_comes_after() -> None:
    tagged = Reason("tagged", {"name": "mine", "tag": "sales"})
    first = item(1, because=(Reason("rule", {"name": "mine"}), tagged))
    urgent = item(1, urgency=Urgency.URGENT, because=(Reason("harm", {"words": "awaria"}),))
    both = joined(first, urgent)
    assert both.because == (Reason("harm", {"words": "awaria"}), tagged)
    assert both.tags == ("sales",)
    assert joined(both, item(1, because=(tagged,), kind=Kind.THANKS.value, urgency=Urgency.NONE)).tags == ("sales",)


def test_a_late_message_is_judged_by_the_hour_in_which_it_is_read(decide: Decide) -> None:
    assert decide('{hour: "20:00-21:00"}', "{tag: t}", now=FRIDAY + timedelta(hours=8)).tag == "t"
