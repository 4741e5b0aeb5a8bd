"""Harm under way or coming as the lexicon tells it: a phrase that tells of harm by itself, or signs that together are
enough. How far that is to be believed is weighed later, with all else that was noticed."""

from triage_bot.reading.phrases import Found
from triage_bot.reading.signs import Telling, signs_of_harm
from triage_bot.reading.words import Place, Words

LONGEST_WITH_SIGNS = 90  # words: in longer texts signs stand together by chance
MEANT = "(harm: a phrase that is meant)"
"""What is noticed of a phrase of harm that no word near it contradicts."""


def harm(
    words: Words, found: Found, plain: list[Place], telling: Telling, count: int, *, denied: bool
) -> tuple[list[Place], list[str]]:
    """The places that tell of it, and what was noticed on the way. `plain` are the phrases of harm that no word near
    them contradicts, `count` is the number of words; `denied` says that the text calls it over, imagined or a joke."""
    unreal = {words.sentence(start) for concept in ("harm_if", "told") for start, _ in found.get(concept, ())}
    real = [place for place in plain if words.sentence(place[0]) not in unreal] if unreal else plain
    signs = signs_of_harm(found, words.row, telling)
    noticed = [
        name
        for name, holds in (
            ("(harm: a phrase)", plain),
            (MEANT, real),
            ("(harm: signs)", signs),
            ("(harm: a sentence that imagines it)", unreal),
        )
        if holds
    ]
    if denied:
        return [], noticed
    return real or (signs if not unreal and count <= LONGEST_WITH_SIGNS else []), noticed
