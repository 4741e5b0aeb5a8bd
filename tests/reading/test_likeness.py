"""Likeness to messages that told of harm."""

from pathlib import Path

import pytest

from benchmarks import learning
from triage_bot.reading.likeness import features, likeness, telling
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
    assert likeness(Words(harmful).row).harm > likeness(Words(harmless).row).harm


def test_the_words_that_weigh_most_are_named() -> None:
    words = Words("Kurde, wszystkim klientom pokazuje się cudzy koszyk!")
    told = telling(words.row)
    assert 0 < len(told) <= 3
    assert set(words.all_spelt(told)) <= {"Kurde", "wszystkim", "klientom", "pokazuje", "się", "cudzy", "koszyk"}


def test_a_text_without_words_is_like_nothing() -> None:
    assert telling(Words("").row) == ()
    assert likeness(Words("").row).harm < 0


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


@pytest.mark.parametrize("table", learning.TABLES)
def test_the_weights_were_learned_from_the_examples_that_are_there(table: str) -> None:
    """Who changes the examples learns anew: python -m benchmarks.learning."""
    head = (learning.LEXICON / table).read_text("utf-8").partition("\n")[0]
    assert head == learning.HEAD.format(digest=learning.digest())


@pytest.mark.parametrize("table", learning.TABLES)
def test_a_table_of_weights_stays_small(table: str) -> None:
    assert (learning.LEXICON / table).stat().st_size < 1_500_000


def test_every_example_can_be_read() -> None:
    told = learning.examples()
    assert {each.language for each in told} == {"pl", "sr", "en"}
    assert sum(each.urgent for each in told) > 100
    assert {each.mended for each in told} == {True, False}


@pytest.mark.parametrize("line", ["u\ty\ttask", "x\ty\ttask\ttext", "u\tz\ttask\ttext", "u\ty\tjob\ttext"])
def test_a_line_that_is_no_example_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "pl.tsv").write_text(f"n\ty\ttask\tok\n{line}\n")
    with pytest.raises(ValueError, match=r"pl\.tsv:2"):
        learning.examples(tmp_path)
