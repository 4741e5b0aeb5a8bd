"""Finds the phrases of a lexicon in a row of words, in time linear in the row.

A phrase is written as `phrase_syntax` says, and with `^` at its beginning stands only where a sentence begins. One that
is plain words is found by looking them up. Of any other a telling part is, the anchor; only then, and only around it,
the whole phrase is tried, unless a word that it needs is missing. Its pattern is compiled when it is first needed.

Keys, which are plain phrases and anchors, begin with a space but for endings, and end with one but for stems. Those of
one word are kept by their hashes. For those of several, every word that is in one stands for a character, and an
Aho-Corasick automaton goes through the row as through a text of those: letter by letter, it would take ten times the
memory.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import itemgetter

import ahocorasick

from triage_bot.reading import phrase_syntax
from triage_bot.reading.numbers import Numbers
from triage_bot.reading.phrase_syntax import HEAD, Need
from triage_bot.reading.remembered import Remembered

_BEFORE = 120  # how far before its anchor a phrase may begin
_AFTER = 220
_REMEMBERED = 4_000
_NEXT = 2  # a phrase with this end of where it needs a word needs it right behind its first
_LAST = itemgetter(0)
_SENTENCE_END = re.compile(r"[.?](?= )")


@dataclass(slots=True)
class _Phrase:
    concept: str
    source: str
    opens: bool  # stands only where a sentence begins
    need: Need | None = None  # computed when it is first asked for
    pattern: "re.Pattern[str] | None" = None


# What a key stands for: whole phrases (their concepts), the anchor of phrases that begin with it, and of those that
# hold it further on.
_Lead = tuple[tuple[str, ...], tuple[_Phrase, ...], tuple[_Phrase, ...]]


# Where the last character of a key lies and the first, where its last word ends, the number of its first word, and
# what it stands for.
_Hit = tuple[int, int, int, int, _Lead]
# A key of several words that ends in a stem or begins with an ending; how many characters and words before its last
# word it begins; and what it stands for.
_Loose = tuple[str, int, int, _Lead]
# What a key of one word stands for, and the loose keys that end as it begins.
_Single = tuple[_Lead, tuple[_Loose, ...]]
# What is to be known of a word of a row: the character that it stands for; the keys in it and the spaces around it,
# places counted from where the word begins; the loose keys that it can be the last word of.
_Word = tuple[str, tuple[tuple[int, int, _Lead], ...], tuple[_Loose, ...]]

_NO_LEAD: _Lead = ((), (), ())

Found = dict[str, list[tuple[int, int]]]
"""Concept -> places in the row, in order."""


class PhraseBook:
    """All phrases of one language."""

    def __init__(self, concepts: Mapping[str, Sequence[str]], classes: Mapping[str, Sequence[str]]) -> None:
        """Raises LexiconError."""
        self._classes = {name: phrase_syntax.expanded(words) for name, words in classes.items()}
        self._leads: list[_Lead] = []
        self._keep(self._keyed(concepts))
        self._words = Remembered(self._look_up, _REMEMBERED)

    def _keyed(self, concepts: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """The keys, and which of the leads each stands for."""
        phrases: list[_Phrase] = []
        whole: dict[str, tuple[str, ...]] = {}
        beginning: dict[str, tuple[int, ...]] = {}
        inside: dict[str, tuple[int, ...]] = {}
        for concept, sources in concepts.items():
            alone = (concept,)
            for source in map(_one_line, sources):
                phrase = _Phrase(concept, source.removeprefix("^ "), source.startswith("^ "))
                items = phrase_syntax.parse(phrase.source, self._classes)
                keys = [] if phrase.opens else phrase_syntax.spellings(items)
                for key in keys:
                    known = whole.setdefault(key, alone)
                    if known is not alone and concept not in known:
                        whole[key] = known + alone
                if not keys:
                    keys, first = phrase_syntax.anchor(items, phrase.source)
                    led = beginning if first else inside
                    for key in keys:
                        led[key] = (*led.get(key, ()), len(phrases))
                    phrases.append(phrase)
        numbers: dict[tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...]], int] = {}
        keyed: dict[str, int] = {}
        for key in chain(whole, beginning, inside):
            lead = whole.get(key, ()), beginning.get(key, ()), inside.get(key, ())
            keyed[key] = numbers.setdefault(lead, len(numbers))  # many keys have the same lead
        for names, begun, held in numbers:
            begin, hold = (tuple([phrases[number] for number in led]) for led in (begun, held))
            self._leads.append((tuple(sorted(names)), begin, hold))
        return keyed

    def _keep(self, keyed: Mapping[str, int]) -> None:
        several: list[str] = []
        loose: dict[str, list[_Loose]] = {}
        single: dict[str, int] = {}
        for key, number in keyed.items():
            before = key.rfind(" ", 0, -1) + 1  # its last word
            if before <= 1:
                single[key] = number
            elif key[0] == key[-1] == " ":
                several.append(key)
            else:
                found = (key, before, len(key[:before].split()), self._leads[number])
                loose.setdefault(f" {key[before:]}", []).append(found)
        names = dict.fromkeys((*single, *loose))
        self._single: list[_Single] = [(_NO_LEAD, ())]
        numbers = {}
        of: dict[str, int] = {}
        for name in names:
            held = (single.get(name), name if name in loose else "")
            if held not in numbers:
                numbers[held] = len(self._single)
                lead = self._leads[single[name]] if name in single else _NO_LEAD
                self._single.append((lead, tuple(loose.get(name, ()))))
            of[name] = numbers[held]
        signs = dict.fromkeys(word for key in several for word in key.split())
        self._numbers = Numbers(of | {word: number for number, word in enumerate(signs, 1)})
        self._endings = sorted({len(key) for key in single if not key.startswith(" ")}, reverse=True)
        self._longest = max(map(len, names), default=0)
        self._several = ahocorasick.Automaton()
        if several:
            # It tries the beginnings of keys in the order in which they were added, for each word that begins none all
            # of them: that of words that are in no key, which are half of a text, comes first, and leads nowhere.
            self._several.add_word(chr(0) + chr(len(signs) + 1), (0, _NO_LEAD))
        sign = {word: chr(number) for number, word in enumerate(signs, 1)}
        for key in several:
            written = "".join([sign[word] for word in key.split()])
            self._several.add_word(written, (len(written) - 1, self._leads[keyed[key]]))
        self._several.make_automaton()

    def _sign(self, word: str) -> str:
        return chr(self._numbers.get(word))

    def _look_up(self, word: str) -> _Word:
        size, whole = len(word), f" {word} "
        keys: list[tuple[int, int, _Lead]] = []
        loose: list[_Loose] = []
        for length, number in self._numbers.beginnings(whole, self._longest):
            lead, more = self._single[number]
            if lead is not _NO_LEAD:
                keys.append((length - 2, -1, lead))
            loose += more
        for length in self._endings:
            if length <= size + 1 and (number := self._numbers.get(whole[-length:])):
                keys.append((size, size + 1 - length, self._single[number][0]))
        return self._sign(word), tuple(keys), tuple(loose)

    def find(self, row: str, words: list[str]) -> Found:
        """Every concept that the row holds, with the places. `words` are those of the row."""
        found: Found = {}
        heads = [*[word[:HEAD] for word in words], ""]
        around: list[tuple[int, int, tuple[_Phrase, ...]]] = []
        for last, start, end, number, (concepts, beginning, inside) in self._hits(row, words):
            for concept in concepts:
                found.setdefault(concept, []).append((start + 1, end))
            for phrase in beginning:
                needed, first, behind = phrase.need or self._need(phrase, first=True)
                if behind == _NEXT:  # as most are
                    if heads[number + 1] not in needed:
                        continue
                elif needed and needed.isdisjoint(heads[number + first : number + behind]):
                    continue
                match = (phrase.pattern or self._compile(phrase)).match(row, start, last + _AFTER)
                if match:
                    found.setdefault(phrase.concept, []).append((start + 1, match.end()))
            if inside:
                around.append((last, start, inside))
        if around:
            self._find_around(row, sorted(around, key=_LAST), heads, found)
        for concept, places in found.items():
            if len(places) > 1:
                found[concept] = sorted(set(places))
        return found

    def _find_around(
        self, row: str, anchors: Iterable[tuple[int, int, tuple[_Phrase, ...]]], heads: Sequence[str], found: Found
    ) -> None:
        """The phrases that hold an anchor. `anchors` are in the order of their last characters, which come first."""
        all_heads = set(heads)
        tried: set[tuple[int, int]] = set()
        ends: list[int] | None = None
        for last, start, phrases in anchors:
            low = _sentence_start(row, start)
            for phrase in phrases:
                needed, _, _ = phrase.need or self._need(phrase, first=False)
                if (id(phrase), low) in tried or (needed and needed.isdisjoint(all_heads)):
                    continue
                tried.add((id(phrase), low))
                if ends is None:
                    ends = [stop.end() for stop in _SENTENCE_END.finditer(row)]
                match = _search(phrase.opens, phrase.pattern or self._compile(phrase), row, low, last + _AFTER, ends)
                if match:
                    found.setdefault(phrase.concept, []).append((match.start() + 1, match.end()))

    def _hits(self, row: str, words: Sequence[str]) -> list[_Hit]:
        known = [*map(self._words.__getitem__, words)]
        lengths = [*accumulate(map(len, words), initial=1)]
        hits: list[_Hit] = []
        for number, (_, keys, loose) in enumerate(known):
            if keys:
                start, end = lengths[number] + number, lengths[number + 1] + number
                for last, first, lead in keys:
                    hits.append((start + last, start + first, end, number, lead))
            if loose:
                start, end = lengths[number] + number, lengths[number + 1] + number
                for key, before, words_before, lead in loose:
                    first = start - before
                    if first >= 0 and row.startswith(key, first):
                        hits.append((first + len(key) - 1, first, end, number - words_before, lead))
        if len(self._several):
            for number, (more, lead) in self._several.iter("".join([word[0] for word in known])):
                end, first = lengths[number + 1] + number, number - more
                hits.append((end, lengths[first] + first - 1, end, first, lead))
        return hits

    def compile_all(self) -> None:
        """Compile what is otherwise compiled when it is first needed."""
        for _, beginning, inside in self._leads:
            for phrase in (*beginning, *inside):
                self._compile(phrase)

    def _need(self, phrase: _Phrase, *, first: bool) -> Need:
        phrase.need = phrase_syntax.need(phrase_syntax.parse(phrase.source, self._classes), first=first)
        return phrase.need

    def _compile(self, phrase: _Phrase) -> "re.Pattern[str]":
        items = phrase_syntax.parse(phrase.source, self._classes)
        phrase.pattern = phrase_syntax.pattern(items, opens=phrase.opens)
        return phrase.pattern


def _one_line(source: str) -> str:
    return " ".join(source.split())


def _sentence_start(row: str, start: int) -> int:
    low = max(0, start - _BEFORE)
    stop = max(row.rfind(" . ", low, start), row.rfind(" ? ", low, start))
    return low if stop < 0 else stop + 2


def _search(
    opens: bool, pattern: "re.Pattern[str]", row: str, low: int, high: int, ends: Sequence[int]
) -> "re.Match[str] | None":
    """`ends` are those of all sentences of the row; `opens`: it stands only where one begins."""
    if not opens:
        return pattern.search(row, low, high)
    for start in (low, *ends[bisect_right(ends, low) : bisect_left(ends, high)]):
        if match := pattern.match(row, start, high):
            return match
    return None
