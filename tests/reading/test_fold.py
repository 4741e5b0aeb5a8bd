"""One spelling for every way a word is typed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage_bot.reading.fold import fold, origins


@pytest.mark.parametrize(
    ("spellings", "folded"),
    [
        pytest.param(["nađi", "nadji", "НАЂИ", "Nađi"], "nadji", id="Serbian đ is dj"),
        pytest.param(["žurka", "zurka", "журка"], "zurka", id="Serbian carons"),
        pytest.param(["џеп", "džep", "dzep"], "dzep", id="dž in both scripts"),
        pytest.param(["Љубав", "ljubav"], "ljubav", id="lj"),
        pytest.param(["ŻÓŁW", "żółw", "zolw", "z\u0307o\u0301łw"], "zolw", id="Polish, composed and decomposed"),
        pytest.param(["ćma", "čma", "cma"], "cma", id="č and ć are c"),
        pytest.param(["„tak”", "“tak”", "«tak»"], '"tak"', id="quotation marks"),
        pytest.param(["15–16", "15—16", "15-16"], "15-16", id="dashes"),
        pytest.param(["a\u00a0b", "a\u202fb"], "a b", id="spaces"),
        pytest.param(["hi\u200bt\u00adno", "hitno"], "hitno", id="marks that nobody sees"),
    ],
)
def test_spellings_of_a_word_fold_to_one(spellings: list[str], folded: str) -> None:
    assert {fold(spelling) for spelling in spellings} == {folded}


@given(st.text())
@example("HAUPTSTRA\u1e9eE do 2")
def test_every_folded_character_knows_where_it_came_from(text: str) -> None:
    places = origins(text)
    assert len(places) == len("".join(fold(char) for char in text)) + 1
    assert list(places) == sorted(places)
