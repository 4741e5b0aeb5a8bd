"""What tells whether a moment that a text names is a deadline, by the names of its weights in `lexicon/due.weights`."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from triage_bot.reading.moment import Moment
from triage_bot.reading.phrases import Found
from triage_bot.reading.words import Place, Words

_BEGINNING = 5  # letters of a word
_BEFORE, _AFTER = 4, 3  # words that stand beside the moment
_SEEN = 240  # characters of the sentence on either side
_AHEAD = (0, 1, 3, 7, 30)  # days
_SOON = timedelta(hours=6)
_TRAITS = ("relative", "exact", "period", "evening", "morning", "end_of_day", "gone", "this_afternoon")
_PARTS = ("day", "hour", "zone")
_ASKING = ("task", "haste", "ready_by", "could_you")


def due_signs(
    moment: Moment, at: date | datetime, noticed: Iterable[str], words: Words, found: Found, sent_at: datetime
) -> Iterator[str]:
    """`at` is what the moment resolves to; `noticed` what the rules make of it and of the message."""
    start, end = words.in_row(moment.start), words.in_row(max(moment.start, moment.end - 1))
    sentence = words.sentence(start)
    here = [concept for concept, places in found.items() if any(sentence[0] <= p[0] < sentence[1] for p in places)]
    asked = _asked(found, sentence, start)
    shape = " ".join([name for name in (*_TRAITS, *_PARTS) if getattr(moment, name)])
    for name in (*noticed, *here, asked):
        yield name
        yield f"{name} & {moment.marker}"
        yield f"{name} & {shape}"
    yield from (f"({concept} anywhere)" for concept in found)
    yield from (f"(marker {moment.marker})", f"(shape {shape})", f"({moment.marker} {shape})")
    yield f"(ahead {_ahead(at, sent_at)})"
    end = words.row.find(" ", end)
    before = [_short(word) for word in words.row[max(sentence[0], start - _SEEN) : start].split()]
    after = [_short(word) for word in words.row[end : min(sentence[1], end + _SEEN)].split()]
    yield from (f"{word}_" for word in before[-_BEFORE:])
    yield from (f"_{word}" for word in after[:_AFTER])
    yield from (" ".join(before[-2:]) + " _", " ".join(before[-1:]) + " _", "_ " + " ".join(after[:1]))
    yield from before
    yield from after


def _asked(found: Found, sentence: Place, start: int) -> str:
    """Whether its sentence asks for something, before or after it is named."""
    asking = [place[0] for concept in _ASKING for place in found.get(concept, ())]
    inside = [place for place in asking if sentence[0] <= place < sentence[1]]
    return "(not asked)" if not inside else "(asked before)" if min(inside) < start else "(asked after)"


def _short(word: str) -> str:
    return "0" if word[0].isdigit() else word[:_BEGINNING]


def _ahead(at: date | datetime, sent_at: datetime) -> str:
    if isinstance(at, datetime):
        if at - sent_at <= _SOON:
            return "hours"
        at = at.date()
    days = (at - sent_at.date()).days
    return str(sum(days > step for step in _AHEAD))
