"""Harm under way or coming, and the words that tell of it.

Three ways, the surest first: a phrase that tells of harm by itself; signs that together are enough; likeness to
messages that told of harm. Likeness may also overrule the others, which know words but not what a text is about.
"""

from triage_bot.reading.likeness import Likeness
from triage_bot.reading.phrases import Found
from triage_bot.reading.signs import Telling, signs_of_harm
from triage_bot.reading.words import Place, Words

ALIKE = 0.5
"""Likeness that is harm where no word of the lexicon tells it."""
SURELY = 1.5
"""Likeness that is harm although the text seems to say that it is over or imagined."""
UNLIKE = -1.2
"""Likeness below which signs of harm are said of something else."""
SURELY_UNLIKE = -2.0
"""Likeness below which even a phrase of harm is."""
UNHURRIED = -2.0
"""Likeness below which words of immediate action are."""
_LONGEST_WITH_SIGNS = 90  # words: in longer texts signs stand together by chance


def harm(
    words: Words,
    found: Found,
    plain: list[Place],
    telling: Telling,
    count: int,
    alike: Likeness,
    *,
    denied: bool,
    calls: bool,
) -> list[Place]:
    """`plain` are the phrases of harm that no word near them contradicts, `count` is the number of words; `denied` says
    that the text calls it over, imagined or a joke, `calls` that it demands a call at once, which is loud by itself."""
    unreal = {words.sentence(start) for concept in ("harm_if", "told") for start, _ in found.get(concept, ())}
    if denied or unreal:
        places = [] if denied else [place for place in plain if words.sentence(place[0]) not in unreal]
        return places or (list(alike.telling) if alike.harm > SURELY else [])
    if plain:
        return plain if alike.harm > SURELY_UNLIKE else []
    if signs := signs_of_harm(found, words.row, telling) if count <= _LONGEST_WITH_SIGNS else []:
        return signs if alike.harm > UNLIKE else []
    return list(alike.telling) if alike.harm > ALIKE and not calls else []
