"""What was found out about words, kept within bounds."""

from triage_bot.reading.remembered import LONGEST, Remembered


def test_a_word_is_looked_up_once() -> None:
    asked: list[str] = []
    known = Remembered(lambda word: asked.append(word) or len(word), most=10)
    assert [known["kot"], known["kot"]] == [3, 3]
    assert asked == ["kot"]


def test_no_more_words_are_kept_than_allowed_and_none_that_is_too_long() -> None:
    known = Remembered(len, most=3)
    for number in range(100):
        assert known[f"word{number}"] == len(f"word{number}")
        assert known["x" * (LONGEST + 1 + number)] == LONGEST + 1 + number
        assert len(known) <= 3
