"""Likeness to messages that told of harm."""

import pytest

from triage_bot.reading.likeness import features, likeness, sentences, telling
from triage_bot.reading.words import Words


@pytest.mark.parametrize(
    ("harmful", "harmless"),
    [
        (
            "goście stoją pod drzwiami i nikt im nie otwiera, zrób coś",
            "goście stali chwilę pod drzwiami, ale już weszli, wszystko gra",
        ),
        (
            "gosti stoje ispred vrata i niko im ne otvara, uradi nešto",
            "gosti su malo čekali ispred vrata, ali su ušli, sve je u redu",
        ),
        (
            "the guests are standing outside and nobody is letting them in",
            "the guests had to wait outside a bit but they are in now, all good",
        ),
    ],
    ids=["pl", "sr", "en"],
)
def test_what_happens_now_is_more_like_harm_than_what_is_over(harmful: str, harmless: str) -> None:
    assert likeness(Words(harmful).each).harm > likeness(Words(harmless).each).harm


def test_the_words_that_weigh_most_are_named() -> None:
    words = Words("Kurde, wszystkim klientom pokazuje się cudzy koszyk!")
    told = telling(words.row)
    assert 0 < len(told) <= 3
    assert set(words.all_spelt(told)) <= {"Kurde", "wszystkim", "klientom", "pokazuje", "się", "cudzy", "koszyk"}


def test_a_text_without_words_is_like_nothing() -> None:
    assert telling(Words("").row) == ()
    assert likeness(Words("").each).harm < 0


def test_features_are_beginnings_pairs_and_the_length() -> None:
    assert sorted(features(" sklepy nie dzialaja . ")) == sorted(
        [
            *("sklepy", "skl*", "skle*", "sklep*", "nie", "dzi*", "dzia*", "dzial*", "dzialaj*", "."),
            *(" skle", " _ skle", "skle nie", " _ nie", "nie dzia", "skle _ dzia", "dzia .", "nie _ ."),
            "(length 0)",
        ]
    )


def test_a_word_that_is_repeated_counts_once() -> None:
    assert features(" nie nie ").count("nie") == 1


def test_a_clause_of_harm_in_a_long_story_is_told_by_the_sharpest_sentence() -> None:
    calm = "Hope you are well. The fair went nicely and we met a few new buyers there, thanks for all the work on it. "
    story = calm + "Next week I am off to see my sister by the sea, so let us plan the autumn posts after that. " + calm
    harm = "Nobody has been able to pay in the shop since this morning. "
    told, calmly = likeness(Words(story + harm + calm).each), likeness(Words(story + calm).each)
    assert told.sharpest is not None
    assert calmly.sharpest is not None
    assert told.sharpest > max(told.harm, calmly.sharpest)


def test_of_a_short_text_no_sentence_is_sharper_than_the_whole() -> None:
    assert likeness(Words("The shop is down. Please help.").each).sharpest is None


def test_sentences_are_split_at_their_ends_and_short_ones_belong_to_the_next() -> None:
    row = Words("Hi. How are you? The whole shop is down again! Ok.").row
    assert [" ".join(words) for words in sentences(row)] == ["hi . how are you", "the whole shop is down again", "ok ."]
