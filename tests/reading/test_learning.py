"""The examples that the judgement is learned from, and the tables that come of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.learning import due, missing, telling
from benchmarks.learning.tables import HEAD, LEXICON, digest

TABLES = [
    *((table, telling.FOLDER) for table in telling.TABLES),
    (due.TABLE, due.FOLDER),
    (missing.TABLE, missing.FOLDER),
]


@pytest.mark.parametrize(("table", "folder"), TABLES)
def test_the_weights_were_learned_from_the_examples_that_are_there(table: str, folder: Path) -> None:
    """Who changes the examples learns anew: python -m benchmarks.learning."""
    head = (LEXICON / table).read_bytes().partition(b"\n")[0]
    assert head.decode() == HEAD.format(digest=digest(folder))


@pytest.mark.parametrize(("table", "folder"), TABLES)
def test_a_table_of_weights_stays_small(table: str, folder: Path) -> None:
    assert (LEXICON / table).stat().st_size < 1_500_000


def test_every_example_of_what_is_told_can_be_read() -> None:
    told = telling.examples()
    assert {each.language for each in told} == {"pl", "sr", "en"}
    assert sum(each.urgent for each in told) > 100
    assert {each.mended for each in told} == {True, False}


def test_of_the_moments_that_are_marked_nearly_all_are_found() -> None:
    messages = list(due.messages())
    marks = sum(len(message.marks) for message in messages)
    found = sum(named.is_due for named in due.examples())
    assert {message.language for message in messages} == {"pl", "sr", "en"}
    assert found > 0.85 * marks


def test_every_example_of_a_task_can_be_read() -> None:
    told = missing.examples()
    assert {each.language for each in told} == {"pl", "sr", "en"}
    assert {letter for each in told for letter in each.lacks} == {"g", "d", "s", "-"}


def test_braces_are_taken_out_and_their_places_kept(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("m\tOffer ¦ Hi,\\nplease send it {by Friday}, we met on Monday.\n")
    [message] = due.messages(tmp_path)
    [(start, end)] = message.marks
    assert message.text == "Offer\n\nHi,\nplease send it by Friday, we met on Monday."
    assert message.text[start:end] == "by Friday"
    assert [named.is_due for named in due.examples(tmp_path)][:1] == [True]


@pytest.mark.parametrize(
    ("read", "line"),
    [
        (telling.examples, "u\ty\ttask"),
        (telling.examples, "x\ty\ttask\ttext"),
        (telling.examples, "u\tz\ttask\ttext"),
        (telling.examples, "u\ty\tjob\ttext"),
        (due.examples, "text {by Friday}"),
        (due.examples, "x\ttext {by Friday}"),
        (due.examples, "m\ttext {by Friday"),
        (missing.examples, "g\ttext"),
        (missing.examples, "x\tm\ttext"),
        (missing.examples, "g\tx\ttext"),
    ],
)
def test_a_line_that_is_no_example_is_named(tmp_path: Path, read: Callable[[Path], Any], line: str) -> None:
    (tmp_path / "pl.tsv").write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"pl\.tsv:1"):
        read(tmp_path)
