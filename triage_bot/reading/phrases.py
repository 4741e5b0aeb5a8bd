"""Finds the phrases of a lexicon in a row of words, in time linear in the row.

A phrase is written as in `lexicon/pl.toml`:

    word        this word            stem*       a word that begins so; *end one that ends so
    (a|b*|c)    one of these         {class}     one of the words of [classes] class
    x?          x may be missing     ..          up to four words in between
    #           a number             ...         up to nine words in between
    ^           at its beginning: where a sentence begins

A long one may go over several lines, in triple quotes, broken after a `|` or a space.
Spelling with or without diacritics is the same. An Aho-Corasick automaton finds the phrases that are plain words, and
for the others a telling part of theirs, the anchor; only then, and only around it, the whole phrase is tried. Those
patterns are compiled when they are first needed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import ahocorasick

from triage_bot.reading.fold import fold

_BEFORE = 120  # how far before its anchor a phrase may begin
_AFTER = 220
_MOST_SPELLINGS = 64
_ITEM = re.compile(r"\((?P<many>[^()]*)\)(?P<q1>\??)|\{(?P<cls>\w+)\}(?P<q2>\??)|(?P<one>[^\s(){}?]+)(?P<q3>\??)")
_SENTENCE_END = re.compile(r"[.?](?= )")
_INNER = re.compile(r"\(([^()]*)\)(\?)?")


class LexiconError(Exception):
    """A phrase in a lexicon file that cannot be read."""


@dataclass(frozen=True, slots=True)
class _Item:
    words: tuple[str, ...]  # folded, a trailing * for a stem
    optional: bool = False
    gap: int = 0


@dataclass(slots=True)
class _Phrase:
    concept: str
    items: list[_Item]
    opens: bool = False  # stands only where a sentence begins
    pattern: "re.Pattern[str] | None" = None


# What a key of the automaton stands for: a whole phrase (its concept), or the anchor of phrases that begin with it
# or hold it further on.
_Leads = tuple[tuple[str, ...], tuple[_Phrase, ...], tuple[_Phrase, ...]]

Found = dict[str, list[tuple[int, int]]]
"""Concept -> places in the row, in order."""


class PhraseBook:
    """All phrases of one language."""

    def __init__(self, concepts: Mapping[str, Sequence[str]], classes: Mapping[str, Sequence[str]]) -> None:
        self._classes = {name: _expand(words) for name, words in classes.items()}
        whole: dict[str, tuple[str, ...]] = {}
        beginning: dict[str, list[_Phrase]] = {}
        inside: dict[str, list[_Phrase]] = {}
        for concept, sources in concepts.items():
            for source in map(_one_line, sources):
                opens = source.startswith("^ ")
                phrase = _Phrase(concept, self._parse(source.removeprefix("^ ")), opens)
                spellings = [] if opens else _spellings(phrase.items)
                for key in spellings:
                    whole[key] = _with(concept, whole.get(key, ()))
                if not spellings:
                    keys, first = _anchor(phrase.items, source)
                    for key in keys:
                        (beginning if first else inside).setdefault(key, []).append(phrase)
        self._automaton = ahocorasick.Automaton()
        for key in beginning.keys() | inside.keys():
            leads = (whole.pop(key, ()), tuple(beginning.get(key, ())), tuple(inside.get(key, ())))
            self._automaton.add_word(key, (len(key), *leads))
        # Of these there are many thousands, and most are alike: each alike one is kept once, or they take megabytes.
        kept: dict[tuple[int, tuple[str, ...]], tuple[int, tuple[str, ...], tuple[()], tuple[()]]] = {}
        for key, found in whole.items():
            alike = (len(key), found)
            self._automaton.add_word(key, kept.get(alike) or kept.setdefault(alike, (*alike, (), ())))
        self._automaton.make_automaton()

    def find(self, row: str) -> Found:
        """Every concept that the row holds, with the places."""
        found: Found = {}
        tried: set[tuple[int, int]] = set()
        ends: list[int] | None = None
        for last, (length, concepts, beginning, inside) in self._automaton.iter(row):
            start = last - length + 1
            for concept in concepts:
                end = row.find(" ", last)
                found.setdefault(concept, []).append((start + 1, end))
            for phrase in beginning:
                match = (phrase.pattern or _compile(phrase)).match(row, start, last + _AFTER)
                if match:
                    found.setdefault(phrase.concept, []).append((start + 1, match.end()))
            if inside:
                low = _sentence_start(row, start)
                for phrase in inside:
                    if (id(phrase), low) in tried:
                        continue
                    tried.add((id(phrase), low))
                    if ends is None:
                        ends = [stop.end() for stop in _SENTENCE_END.finditer(row)]
                    match = _search(phrase, row, low, last + _AFTER, ends)
                    if match:
                        found.setdefault(phrase.concept, []).append((match.start() + 1, match.end()))
        for concept, places in found.items():
            if len(places) > 1:
                found[concept] = sorted(set(places))
        return found

    def compile_all(self) -> None:
        """Compile what is otherwise compiled when it is first needed."""
        for _, _, beginning, inside in self._automaton.values():
            for phrase in (*beginning, *inside):
                _compile(phrase)

    def _parse(self, source: str) -> list[_Item]:
        items = []
        source = _unnested(source)
        if _ITEM.sub("", source).strip():
            raise LexiconError(f"{source!r}: cannot be read (brackets in brackets?)")
        for token in _ITEM.finditer(source):
            optional = bool(token["q1"] or token["q2"] or token["q3"])
            if token["one"] in ("..", "..."):
                items.append(_Item((), True, gap=4 if token["one"] == ".." else 9))
            elif token["cls"]:
                if token["cls"] not in self._classes:
                    raise LexiconError(f"{source!r}: there is no class {token['cls']!r}")
                items.append(_Item(self._classes[token["cls"]], optional))
            else:
                items.append(_Item(_expand((token["many"] or token["one"]).split("|")), optional))
        if all(item.optional for item in items):
            raise LexiconError(f"{source!r}: nothing in it is required")
        return items


def _one_line(source: str) -> str:
    return " ".join(source.split())


@lru_cache(maxsize=4096)  # equal ones are the same one
def _with(concept: str, others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({concept, *others}))


def _unnested(source: str) -> str:
    """`(to (a|b)|c)` as `(to a|to b|c)`: brackets in brackets written out."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(source):
        if char == "(":
            if depth == 0:
                parts.append(source[start:index])
                start = index
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                group = source[start + 1 : index]
                parts.append(f"({'|'.join(_written_out(group))})" if "(" in group else source[start : index + 1])
                start = index + 1
    return "".join(parts) + source[start:]


def _written_out(group: str) -> list[str]:
    """The alternatives of a group that may hold groups itself."""
    alternatives, depth, start = [], 0, 0
    for index, char in enumerate(group + "|"):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            alternatives.append(group[start:index])
            start = index + 1
    flat = []
    while alternatives:
        alternative = alternatives.pop(0)
        inner = _INNER.search(alternative)
        if inner is None:
            flat.append(" ".join(alternative.split()))
            continue
        choices = [*inner[1].split("|"), *([""] if inner[2] else [])]
        alternatives[:0] = [alternative[: inner.start()] + c + alternative[inner.end() :] for c in choices]
    return flat


def _sentence_start(row: str, start: int) -> int:
    low = max(0, start - _BEFORE)
    stop = max(row.rfind(" . ", low, start), row.rfind(" ? ", low, start))
    return low if stop < 0 else stop + 2


def _search(phrase: _Phrase, row: str, low: int, high: int, ends: Iterable[int]) -> "re.Match[str] | None":
    """`ends` are those of all sentences of the row."""
    pattern = phrase.pattern or _compile(phrase)
    if not phrase.opens:
        return pattern.search(row, low, high)
    for start in (low, *[end for end in ends if low < end < high]):
        if match := pattern.match(row, start, high):
            return match
    return None


def _compile(phrase: _Phrase) -> "re.Pattern[str]":
    # The sign before a sentence is the only one that is neither a letter nor a digit.
    parts = ["(?<![^.?])"] if phrase.opens else []
    for item in phrase.items:
        if item.gap:
            parts.append(rf"(?: (?![.?] )[^ ]{{1,40}}){{0,{item.gap}}}?")
        else:
            words = sorted({_pattern(word) for word in item.words}, key=len, reverse=True)
            parts.append(f"(?: (?:{'|'.join(words)})(?= )){'?' if item.optional else ''}")
    phrase.pattern = re.compile("".join(parts))
    return phrase.pattern


def _expand(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(fold(word).split()) for word in words))


_NUMBER = r"\d[\d.]{0,9}[a-z]{0,3}"


def _telling(word: str) -> str:
    """The part of the words that the automaton can look for: a number is none."""
    return max(word.split("#"), key=len).strip()


def _pattern(word: str) -> str:
    if "#" in word.split():
        return " ".join(_NUMBER if w == "#" else _pattern(w) for w in word.split())
    if word.startswith("*"):
        return "[^ ]{1,30}" + re.escape(word[1:])
    return " ".join(re.escape(w[:-1]) + "[^ ]{0,30}" if w.endswith("*") else re.escape(w) for w in word.split())


def _spellings(items: list[_Item]) -> list[str]:
    """All keys of a phrase of plain words of which only the last may be a stem; [] for any other phrase."""
    if any(item.gap or any("#" in word for word in item.words) for item in items):
        return []
    if any("*" in word[:-1] for item in items for word in item.words):  # also those that begin with one
        return []
    if any(word.endswith("*") for item in items[:-1] for word in item.words) or (items[-1].optional and len(items) > 1):
        return []
    choices = [item.words + (("",) if item.optional else ()) for item in items]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST_SPELLINGS:
        return []
    return [_key(" ".join(word for word in words if word)) for words in product(*choices)]


def _anchor(items: list[_Item], source: str) -> tuple[list[str], bool]:
    """Keys that lead to the phrase, and whether the phrase begins with them: a phrase is tried fastest where it is
    known to begin, so the first item serves if it is telling enough, else the most telling one."""
    best: tuple[int, int] | None = None
    for number, item in enumerate(items):
        if item.optional or "#" in item.words:
            continue
        length = min(len(_telling(word).lstrip("*").split("*")[0]) for word in item.words)
        rooted = not any(word.startswith(("*", "#")) for word in item.words)
        rating = length + (3 if number == 0 and rooted else 0)
        if best is None or rating > best[0]:
            best = (rating, number)
    if best is None:
        raise LexiconError(f"{source!r}: no word to find it by")
    rooted = not any(word.startswith("*") or "#" in word for word in items[best[1]].words)
    return [_key(_telling(word)) for word in items[best[1]].words], best[1] == 0 and rooted


def _key(word: str) -> str:
    if word.startswith("*"):
        return f"{word[1:]} "
    first, star, _ = word.partition("*")
    return f" {first}" if star else f" {word} "
