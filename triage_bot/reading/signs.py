"""Signs of harm: words that are harmless one by one and harm together.

"Nobody answers" is a sign, and so is "guests are at the door"; each is weighed, once, and enough of them are harm. How
the message tells it weighs too: a bare statement that asks for nothing, or one sent when nobody works.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from triage_bot.reading.phrases import Found
from triage_bot.reading.words import Place

_STRONG_SIGNS = (
    *("plight", "runaway", "moneyloss", "exposure", "unreached", "denied", "danger", "misled", "absent", "stalled"),
    *("stuck", "crowd", "threat", "wrongpub", "refuse", "loss", "sorry_now"),
)
_WEAK_SIGNS = (
    *("nowish", "rush", "travel", "error", "lack", "broken", "stoporder"),
    *("rescue", "pull", "mismatch", "immediate_weak", "only_you", "trouble"),
)
_STRONG, _WEAK, _ENOUGH = 2, 1, 3
_FRIDAY_IS_OVER = 16
_CALM = ("can_wait", "fyi", "smalltalk", "thanks", "followup_hard")  # "nobody replies!" on a Sunday is impatience


class Telling(NamedTuple):
    """How the message tells what it tells."""

    loud: bool  # "!!"
    bare: bool  # asks for nothing
    chat: bool
    at_rest: bool  # sent when nobody works


def at_rest(sent_at: datetime) -> bool:
    """Whether the week is over: who writes of trouble then has it now."""
    return sent_at.weekday() > 4 or (sent_at.weekday() == 4 and sent_at.hour >= _FRIDAY_IS_OVER)


def signs_of_harm(found: Found, row: str, telling: Telling) -> list[Place]:
    """The places of the signs, none if they are too few."""
    trouble = found.get("trouble", [])
    signs = list(_signs(found))
    places = [place for place, _ in signs]
    weight = sum(worth for _, worth in signs) + _manner(found, telling, any_sign=bool(places))
    others = [place for place in places if place not in trouble]
    if _different(row, [place for place in trouble if not _within(place, others)]):
        weight += _WEAK
    if places and not others:
        weight -= _WEAK  # words of trouble alone are often said of something else
    stopping = "stoporder" in found and "error" in found
    return sorted(places) if weight >= _ENOUGH or (stopping and weight >= _ENOUGH - _WEAK) else []


def _signs(found: Found) -> Iterator[tuple[Place, int]]:
    """Every sign, strong ones first, without words that were weighed before."""
    weighed: list[Place] = []
    for names, worth in ((_STRONG_SIGNS, _STRONG), (_WEAK_SIGNS, _WEAK)):
        for name in names:
            if name not in found:  # as most are not
                continue
            place = next((place for place in found[name] if not _within(place, weighed)), None)
            if place is None:
                continue
            weighed.append(place)
            twice = worth == _STRONG and any(other[0] >= place[1] for other in found[name])
            yield place, worth + (_WEAK if twice else 0)


def _manner(found: Found, telling: Telling, *, any_sign: bool) -> int:
    weight = 0
    if telling.loud and "rush" not in found:
        weight += _WEAK
    if any_sign and telling.at_rest and found.keys().isdisjoint(_CALM):
        weight += _WEAK
    if any_sign and telling.bare:
        sure = telling.chat and not found.keys().isdisjoint((*_STRONG_SIGNS, "mismatch"))
        weight += _STRONG if sure else _WEAK
    reproach = "complaint" in found and found.keys().isdisjoint(("crowd", "plight"))
    if (reproach or "thanks" in found) and found.keys().isdisjoint(("nowish", "immediate", "haste")):
        weight -= _WEAK
    return weight


def _within(place: Place, others: list[Place]) -> bool:
    """Whether the words are among, or all around, words that were weighed before."""
    return any((a <= place[0] and place[1] <= b) or (place[0] <= a and b <= place[1]) for a, b in others)


def _different(row: str, places: list[Place]) -> bool:
    return len({row[start : start + 4] for start, _ in places}) > 1
