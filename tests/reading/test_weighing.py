"""All that was noticed in a text, weighed together."""

from triage_bot.reading.likeness import ASPECTS, Likeness
from triage_bot.reading.model import Kind
from triage_bot.reading.weighing import weigh

LIKE_NOTHING = Likeness([-2.0] * len(ASPECTS))


def like(aspect: str) -> Likeness:
    return Likeness([3.0 if each == aspect else -3.0 for each in ASPECTS])


def test_a_text_like_those_that_tell_of_harm_tells_of_it() -> None:
    assert weigh([], like("harm")).harm > 0 > weigh([], LIKE_NOTHING).harm


def test_a_long_text_with_one_sentence_of_harm_weighs_more_for_it_than_one_without() -> None:
    calm, sharp = Likeness(LIKE_NOTHING.scores, sharpest=-3.0), Likeness(LIKE_NOTHING.scores, sharpest=4.0)
    assert weigh([], sharp).harm > weigh([], calm).harm + 2


def test_a_text_like_those_that_want_no_answer_wants_none() -> None:
    assert weigh([], like("quiet")).quiet > 0 > weigh([], LIKE_NOTHING).quiet


def test_a_text_is_of_the_kind_that_it_is_most_like() -> None:
    for kind in Kind:
        kinds = weigh([], like(kind.value)).kinds
        assert max(kinds, key=kinds.__getitem__) is kind


def test_a_phrase_of_harm_weighs_for_it_and_one_that_says_it_is_over_against_it() -> None:
    bare = weigh([], LIKE_NOTHING).harm
    assert weigh(["harm", "(harm)", "(harm: a phrase)"], LIKE_NOTHING).harm > bare
    assert weigh(["harm_solved"], LIKE_NOTHING).harm < bare


def test_what_no_weight_is_known_of_weighs_nothing() -> None:
    assert weigh(["no such sign"], LIKE_NOTHING) == weigh([], LIKE_NOTHING)
