"""Phrases of a lexicon in a row of words."""

import pytest

from triage_bot.reading.phrase_syntax import LexiconError, parse
from triage_bot.reading.phrase_syntax import need as needed
from triage_bot.reading.phrases import PhraseBook

CLASSES = {"shop": ["sklep*", "butik"], "gone": ["nie działa", "leży"]}


def places(phrase: str, row: str) -> list[str]:
    """What of a row a phrase covers."""
    found = PhraseBook({"it": [phrase]}, CLASSES).find(row, row.split())
    return [row[start:end] for start, end in found.get("it", [])]


@pytest.mark.parametrize(
    ("phrase", "row", "covered"),
    [
        ("dzień dobry", " no dzien dobry . ", ["dzien dobry"]),
        ("dzień dobry", " dzien . dobry ", []),
        ("dobr*", " dobry i dobra ", ["dobry", "dobra"]),
        ("do końc*", " do konca dnia ", ["do konca"]),
        ("do końc*", " pod koniec i do konia ", []),
        ("*ujcie fakturę", " przygotujcie fakture ", ["przygotujcie fakture"]),
        ("*ujcie", " przygotujcie ", ["przygotujcie"]),
        ("{shop} {gone}", " sklepy nie dziala . butik lezy ", ["sklepy nie dziala", "butik lezy"]),
        ("{shop} .. stoi", " sklepy od rana stoi ", ["sklepy od rana stoi"]),
        ("{shop} .. stoi", " sklepy od rana . stoi ", []),
        ("{shop} .. stoi", " sklepy a b c d e stoi ", []),
        ("{shop} pilne? stoi", " sklepik stoi . sklepik pilne stoi ", ["sklepik stoi", "sklepik pilne stoi"]),
        ("# {shop}", " mamy 12 sklepow ", ["12 sklepow"]),
        ("za # dni", " oddam za 3 dni ", ["za 3 dni"]),
        ("^ {shop} .. stoi", " nasz sklep teraz stoi . sklep teraz stoi ", ["sklep teraz stoi"]),
        ("(nie ma|brak) .. prąd*", " u nas nie ma dzis pradu ", ["nie ma dzis pradu"]),
        ("(nie|nie ma) .. prąd*", " nie ma dzis pradu ", ["nie ma dzis pradu"]),
        ("a b c", " a b a b c ", ["a b c"]),
    ],
)
def test_a_phrase_covers(phrase: str, row: str, covered: list[str]) -> None:
    assert places(phrase, row) == covered


def test_a_key_may_stand_for_several_concepts() -> None:
    book = PhraseBook({"one": ["sklep stoi"], "other": ["sklep stoi", "sklep*"]}, {})
    assert book.find(" sklep stoi ", ["sklep", "stoi"]) == {"one": [(1, 11)], "other": [(1, 6), (1, 11)]}


@pytest.mark.parametrize(
    ("phrase", "why"),
    [("(a (b", "cannot be read"), ("{nobody} x", "no class"), ("a? b?", "nothing in it is required"), ("#", "no word")],
)
def test_a_phrase_that_cannot_be_read_is_told_why(phrase: str, why: str) -> None:
    with pytest.raises(LexiconError, match=why):
        PhraseBook({"it": [phrase]}, CLASSES)


@pytest.mark.parametrize(
    ("phrase", "first", "heads", "window"),
    [
        ("nie działa", True, {"dzi"}, (1, 2)),
        ("nie .. (działa|stoi)", True, {"dzi", "sto"}, (1, 6)),
        ("(nie|nie ma) prąd*", True, {"pra"}, (1, 3)),
        ("nie już? działa", True, {"dzi"}, (1, 3)),
        ("nie # działa", True, {"dzi"}, (2, 3)),
        ("nie a*", True, set(), (0, 0)),
        ("od *ego kierownika", False, {"od"}, (0, 0)),
    ],
)
def test_what_a_phrase_needs_beside_its_anchor(
    phrase: str, first: bool, heads: set[str], window: tuple[int, int]
) -> None:
    assert needed(parse(phrase, {}), first=first) == (frozenset(heads), *window)
