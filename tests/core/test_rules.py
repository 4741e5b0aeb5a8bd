"""The user's own rules."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from triage_bot.core.rules import Condition, Rule, RuleFacts, first_hit, pattern, words, words_of
from triage_bot.reading.fold import fold
from triage_bot.reading.model import Kind

FACTS = RuleFacts(
    client="Kowalski",
    contact="jan@kowalski.example",
    channel="kontakt",
    subject="Pomocy! Awaria sklepu",
    text=fold("Od rana sklepie nie działa płatność, e-maile od klientów przychodzą."),
    inside_hours=True,
    username="jan_k",
)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(Condition(), id="an empty condition hits everything"),
        pytest.param(Condition(clients=frozenset({"Nowak", "Kowalski"})), id="one of the clients"),
        pytest.param(Condition(contacts=frozenset({"jan@kowalski.example"})), id="the address"),
        pytest.param(Condition(contacts=frozenset({"@kowalski.example"})), id="the domain"),
        pytest.param(Condition(contacts=frozenset({"@jan_k"})), id="the Telegram name"),
        pytest.param(Condition(channels=frozenset({"kontakt"})), id="the channel"),
        pytest.param(Condition(inside_hours=True), id="the hours"),
        pytest.param(Condition(subject=words(["awari"])), id="a stem in the subject"),
        pytest.param(Condition(text=words(["PŁATNOŚĆ"])), id="a word typed with diacritics and in capitals"),
        pytest.param(Condition(text=words(["platnosc"])), id="a word typed without diacritics"),
        pytest.param(Condition(text=words(["nie dzia"])), id="two words in a row by their stems"),
        pytest.param(Condition(text=words(["sklep nie"])), id="an inflected word before another"),
        pytest.param(Condition(text=words(["E-mail"])), id="a word with a hyphen"),
        pytest.param(Condition(text=words(["strona", "sklep"])), id="one of several words"),
        pytest.param(Condition(patterns=(pattern(r"awaria\s+sklep"),)), id="a pattern in the subject"),
        pytest.param(Condition(patterns=(pattern("działa (płatność|koszyk)"),)), id="a pattern with diacritics"),
        pytest.param(Condition(patterns=(pattern("koszyk"), pattern(r"^Od rana\b"))), id="one of the patterns"),
        pytest.param(
            Condition(all_of=(Condition(inside_hours=True), Condition(text=words(["sklep"])))), id="all of two"
        ),
        pytest.param(
            Condition(any_of=(Condition(inside_hours=False), Condition(text=words(["sklep"])))), id="one of two"
        ),
        pytest.param(Condition(none_of=(Condition(inside_hours=False), Condition(text=words(["faktur"])))), id="none"),
    ],
)
def test_a_condition_hits(condition: Condition) -> None:
    assert condition.hits(FACTS)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(Condition(clients=frozenset({"kowalski"})), id="a client by another spelling"),
        pytest.param(Condition(contacts=frozenset({"@example"})), id="only the end of a domain"),
        pytest.param(Condition(contacts=frozenset({"anna@kowalski.example"})), id="another address"),
        pytest.param(Condition(inside_hours=False), id="the other hours"),
        pytest.param(Condition(text=words(["awari"])), id="a word of the subject asked of the text"),
        pytest.param(Condition(subject=words(["rana"])), id="a word of the text asked of the subject"),
        pytest.param(Condition(text=words(["klep"])), id="the inside of a word"),
        pytest.param(Condition(text=words(["rana nie"])), id="two words that are apart"),
        pytest.param(Condition(text=words(["sklep"]), inside_hours=False), id="one of two things that must both hold"),
        pytest.param(Condition(none_of=(Condition(text=words(["sklep"])),)), id="what must not hold"),
        pytest.param(Condition(patterns=(pattern(r"\Bsklep"),)), id="a pattern that is not there"),
    ],
)
def test_a_condition_misses(condition: Condition) -> None:
    assert not condition.hits(FACTS)


def test_words_are_found_in_serbian_of_either_script() -> None:
    condition = Condition(text=words(["сајт не рад"]))
    assert condition.hits(replace(FACTS, text=fold("Sajt ne radi od jutros")))
    assert condition.hits(replace(FACTS, text=fold("Сајт не ради од јутрос")))


def test_the_first_rule_that_hits_decides() -> None:
    rules = (
        Rule("outside", Condition(inside_hours=False)),
        Rule("shop", Condition(text=words(["sklep"]))),
        Rule("anything", Condition()),
    )
    hit = first_hit(rules, FACTS)
    assert hit is not None
    assert hit.name == "shop"
    assert first_hit(rules[:1], FACTS) is None


@pytest.mark.parametrize("expression", ["(a", "a{2,1}", r"(?=a)b", r"\1", "*"])
def test_a_pattern_that_re2_does_not_take_is_refused_in_words(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w{4,}"):
        pattern(expression)


@pytest.mark.parametrize("phrase", ["", "!!!", " - "])
def test_a_phrase_without_a_word_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="holds no word"):
        words([phrase])


def test_folding_leaves_the_classes_of_a_pattern_alone() -> None:
    assert pattern(r"\S\W\D").search("a. x")
    assert not pattern(r"^\S+$").search("a b")


def test_a_pattern_that_explodes_elsewhere_takes_no_time() -> None:
    condition = Condition(patterns=(pattern("(a+)+$"), pattern("(a|a)*b$")))
    started = time.process_time()
    assert not condition.hits(replace(FACTS, subject="", text="a" * 100_000 + "!"))
    assert time.process_time() - started < 2


WRITTEN = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("condition", "facts", "hits"),
    [
        pytest.param({"hours": ((480, 960),)}, {"minute": 480}, True, id="the first minute of the hours"),
        pytest.param({"hours": ((480, 960),)}, {"minute": 960}, False, id="the end of the hours is not in them"),
        pytest.param({"hours": ((1080, 1920),)}, {"minute": 1439}, True, id="late in hours that pass midnight"),
        pytest.param({"hours": ((1080, 1920),)}, {"minute": 479}, True, id="early in hours that pass midnight"),
        pytest.param({"hours": ((1080, 1920),)}, {"minute": 480}, False, id="after hours that pass midnight"),
        pytest.param({"hours": ((0, 60), (600, 660))}, {"minute": 630}, True, id="one of several hours"),
        pytest.param({"attachment": True}, {"attachment": True}, True, id="something is attached"),
        pytest.param({"attachment": False}, {"attachment": True}, False, id="nothing may be attached"),
        pytest.param({"unanswered": 3}, {"unanswered": 3}, True, id="the third that waits"),
        pytest.param({"unanswered": 3}, {"unanswered": 4}, True, id="and the fourth"),
        pytest.param({"unanswered": 3}, {"unanswered": 2}, False, id="not the second"),
        pytest.param({"kinds": frozenset({Kind.TASK})}, {"kind": Kind.TASK}, True, id="the kind"),
        pytest.param({"kinds": frozenset({Kind.TASK})}, {"kind": Kind.THANKS}, False, id="another kind"),
        pytest.param(
            {"deadline_within": timedelta(hours=4)},
            {"deadline": WRITTEN + timedelta(hours=4)},
            True,
            id="a deadline just within the span",
        ),
        pytest.param(
            {"deadline_within": timedelta(hours=4)},
            {"deadline": WRITTEN + timedelta(hours=4, minutes=1)},
            False,
            id="a deadline just outside",
        ),
        pytest.param({"deadline_within": timedelta(days=1)}, {"deadline": date(2026, 11, 21)}, True, id="tomorrow"),
        pytest.param(
            {"deadline_within": timedelta(days=1)}, {"deadline": date(2026, 11, 22)}, False, id="the day after"
        ),
        pytest.param({"deadline_within": timedelta(days=1)}, {"deadline": None}, False, id="no deadline is near"),
    ],
)
def test_conditions_on_the_message_and_its_moment(condition: dict[str, Any], facts: dict[str, Any], hits: bool) -> None:
    assert Condition(**condition).hits(replace(FACTS, written_at=WRITTEN, **facts)) is hits


@pytest.mark.parametrize(
    ("condition", "reaches"),
    [
        pytest.param(Condition(text=words(["kopia"])), False, id="words alone"),
        pytest.param(Condition(text=words(["kopia"]), kinds=frozenset({Kind.NOTIFICATION})), True, id="its kind"),
        pytest.param(Condition(kinds=frozenset({Kind.TASK})), False, id="a kind that no machine writes"),
        pytest.param(Condition(contacts=frozenset({"jan@kowalski.example"})), True, id="its sender"),
        pytest.param(Condition(any_of=(Condition(contacts=frozenset({"@jan_k"})),)), True, id="its sender further in"),
        pytest.param(Condition(none_of=(Condition(contacts=frozenset({"@x.example"})),)), False, id="not a sender"),
    ],
)
def test_what_a_machine_wrote_is_judged_by_rules_that_name_it(condition: Condition, reaches: bool) -> None:
    rule = Rule("rule", condition)
    assert rule.reaches_machines is reaches
    facts = replace(FACTS, text="kopia zapasowa", kind=Kind.NOTIFICATION, machine=True)
    assert (first_hit([rule], facts) is not None) == reaches


def test_a_hit_gives_the_words_of_the_client_as_they_were_written() -> None:
    written = "Dzień dobry,\nСајт нам не ради, a sklepu\nnie DZIAŁAJĄCEGO od rana nie naprawiono!"
    facts = replace(FACTS, text=fold(written), written=written, subject="Ąż: Pomóż")
    rule = Rule(
        "rule",
        Condition(
            subject=words(["pomoz"]),
            any_of=(
                Condition(text=words(["sajt nam ne"])),
                Condition(patterns=(pattern("sklepu nie działa"),)),
                Condition(text=words(["koszyk"])),
            ),
            none_of=(Condition(text=words(["urlop"])),),
        ),
    )
    assert words_of(rule, facts) == "Pomóż … Сајт нам не"
    spanning = Rule("rule", Condition(text=words(["sklep nie dzia"])))
    assert words_of(spanning, facts) == "sklepu nie DZIAŁAJĄCEGO"
    assert words_of(Rule("rule", Condition(inside_hours=True)), facts) == ""


def test_only_rules_that_ask_for_it_need_the_history() -> None:
    assert Condition(none_of=(Condition(any_of=(Condition(unanswered=2),)),)).asks_for_history()
    assert not Condition(all_of=(Condition(inside_hours=True),)).asks_for_history()
