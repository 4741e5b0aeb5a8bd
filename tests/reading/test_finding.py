"""What is looked for in one pass is what would be found by looking everywhere."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bot.reading import lexicon_files
from triage_bot.reading.beginnings import Beginnings
from triage_bot.reading.corrections import corrections
from triage_bot.reading.finding import Finder, PatternFinder, Sought
from triage_bot.reading.fold import fold
from triage_bot.reading.lexicons import lexicon
from triage_bot.reading.model import Language
from triage_bot.reading.moments import find
from triage_bot.reading.openings import in_zeros, openings, pattern_in_zeros
from triage_bot.reading.time_grammar import grammar

AT = datetime(2027, 3, 11, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "longest", "found"),
    [
        pytest.param("jutro", 9, {"jutro"}, id="a word"),
        pytest.param("jutro", 3, {"jut"}, id="its first letters"),
        pytest.param("(?:do |na )?konca", 9, {"do konca", "na konca", "konca"}, id="what may be missing"),
        pytest.param("kon(?:iec|ca) dnia", 5, {"konie", "konca"}, id="one of several ends"),
        pytest.param(r"\bpon\b\.?|wt\w*", 9, {"pon", "wt"}, id="up to what is no letter"),
        pytest.param("minut[ye]?", 9, {"minut"}, id="up to a set"),
        pytest.param("mins?", 9, {"min"}, id="not with a letter that may be missing"),
        pytest.param("a+b", 9, {""}, id="nothing where the first letter is repeated"),
        pytest.param("(?<!dve )(?<=x )(?!x)nedelj[ae]", 9, {"nedelj"}, id="past what only looks around"),
        pytest.param("ab|abc|abd", 9, {"ab"}, id="none that begins like another"),
    ],
)
def test_a_pattern_opens_with(pattern: str, longest: int, found: set[str]) -> None:
    assert openings(pattern, longest) == found


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"\d\d? dni", {"0 dni", "00 dni"}),
        (r"\d{1,3} dni", {"0"}),
        (r"1?\d:[0-5]\d", {"0:", "00:"}),
        ("za 5", {"za 0"}),
    ],
)
def test_digits_open_as_zeros(pattern: str, found: set[str]) -> None:
    assert openings(pattern_in_zeros(pattern), 9) == found


def test_every_digit_is_written_as_zero() -> None:
    assert in_zeros("o 12:30, \u0663 dni") == "o 00:00, 0 dni"


def test_a_pattern_that_can_begin_with_anything_is_not_taken() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        PatternFinder([r"\w+ly"])


def test_each_phrase_is_found_where_it_stands_first() -> None:
    assert Finder(["ab", "b", "xyz"]).places("cab ab") == {"ab": 1, "b": 2}


@given(st.text("abct 1"))
def test_patterns_are_found_by_their_openings_as_without(text: str) -> None:
    patterns = [r"\bab\b", "a(?:b|c)?t", r"(?:ca|bb)\w*1"]
    assert PatternFinder(patterns).any_in(text) == any(re.search(pattern, text) for pattern in patterns)


@pytest.mark.parametrize(
    "pattern", [r"\bab\b", "a(?:b|c)?t", r"(?P<n>\d{1,2}|two) a", r"1?\d\b(?=[ t])", r"\w+t", "(?<!a)b"]
)
@given(st.text("abct 1\u0663"))
def test_what_is_sought_is_found_as_by_looking_everywhere(pattern: str, text: str) -> None:
    everywhere = [match.span() for match in re.finditer(pattern, text)]
    assert [match.span() for match in Sought(pattern).finditer(text)] == everywhere
    found = Sought(pattern).search(text, 2)
    assert (found and found.span()) == ((match := re.compile(pattern).search(text, 2)) and match.span())


@pytest.mark.parametrize("language", Language)
def test_what_is_sought_is_a_pattern(language: Language) -> None:
    """Each is compiled only when a text may hold it."""
    time = corrections(language)
    sought = [lexicon(language).copy_mark, time._not_before, time._pair, *(counted for counted, _ in time._counted)]
    assert all(each._pattern for each in sought)


def test_the_words_of_mail_programs_are_patterns() -> None:
    """Each is compiled only when a mail may hold it."""
    sections = lexicon_files.words("mails").values()
    patterns = [pattern for section in sections for patterns in section.values() for pattern in patterns]
    assert len(patterns) > 100
    assert all(re.compile(pattern) for pattern in patterns)


def test_a_grammar_whose_moments_begin_with_anything_looks_at_every_word() -> None:
    hints, beginnings = Beginnings(r"\w+day", "by").find("by friday 12")
    assert hints == beginnings == [0, 3, 10, 11]


def _time_words(language: Language) -> list[str]:
    lists = (words for words in lexicon(language).time.values() if isinstance(words, list))
    return sorted({word for words in lists for part in words for word in re.findall(r"[a-z]+|\d+", part)})


_JOINTS = [" "] * 9 + [
    " 3 ",
    " 15:00 ",
    " 12.04. ",
    ". ",
    ", ",
    "\n",
    "-",
    " do ",
    " by ",
    " za ",
    " in ",
    "@",
    "€",
    "\u0663",
]


@pytest.mark.parametrize("language", list(Language))
@given(data=st.data())
def test_moments_are_found_by_their_first_words_as_everywhere(language: Language, data: st.DataObject) -> None:
    words = st.sampled_from(_time_words(language))
    parts = data.draw(st.lists(st.tuples(words, st.sampled_from(_JOINTS)), max_size=8))
    text = "".join(word + joint for word, joint in parts)
    shapes = grammar(language)
    hints, beginnings = shapes.beginnings.find(text)
    assert {hint.start() for hint in shapes.hint.finditer(text)} <= set(hints)
    assert {match.start() for match in shapes.shape.finditer(text)} <= set(beginnings)
    find(text, language, AT)


@given(st.text())
def test_a_text_is_folded_as_its_characters_are(text: str) -> None:
    # An emoji takes another way than everyday letters do; the sigma alone depends on what stands around it.
    plain = text.replace("Σ", "").replace("σ", "").replace("ς", "")
    assert fold(plain) == "".join(map(fold, plain))
    assert fold(f"{plain}\U0001f600") == f"{fold(plain)}\U0001f600"
