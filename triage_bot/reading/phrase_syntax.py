"""How the phrases of a lexicon are written.

    word        this word            stem*       a word that begins so; *end one that ends so
    (a|b*|c)    one of these         {class}     one of the words of [classes] class
    x?          x may be missing     ..          up to four words in between
    #           a number             ...         up to nine words in between

A long one may go over several lines, in triple quotes, broken after a `|` or a space.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from triage_bot.reading.fold import fold

HEAD = 3
"""Letters of a word by which phrases are dismissed before they are tried."""
_MOST_SPELLINGS = 64
_ITEM = re.compile(r"\(([^()]*)\)(\??)|\{(\w+)\}(\??)|([^\s(){}?]+)(\??)|(\S)")
_NESTED = re.compile(r"\([^()]*\(")
_NOT_AT_THE_END = re.compile(r"#|\*(?!$|\|)")
_INNER = re.compile(r"\(([^()]*)\)(\?)?")
_NUMBER = r"\d[\d.]{0,9}[a-z]{0,3}"


class LexiconError(Exception):
    """A phrase in a lexicon file that cannot be read."""


class Item(NamedTuple):
    words: tuple[str, ...]  # folded, a trailing * for a stem
    optional: bool = False
    gap: int = 0


def parse(source: str, classes: Mapping[str, tuple[str, ...]]) -> list[Item]:
    """`classes` are their folded words. Raises LexiconError."""
    items = []
    for many, q1, cls, q2, one, q3, other in _ITEM.findall(_unnested(fold(source))):
        if other:
            raise LexiconError(f"{source!r}: cannot be read (brackets in brackets?)")
        optional = bool(q1 or q2 or q3)
        if one in ("..", "..."):
            items.append(Item((), True, gap=4 if one == ".." else 9))
        elif cls:
            if cls not in classes:
                raise LexiconError(f"{source!r}: there is no class {cls!r}")
            items.append(Item(classes[cls], optional))
        else:
            items.append(Item(_each_once((one or many).split("|")), optional))
    if all(item.optional for item in items):
        raise LexiconError(f"{source!r}: nothing in it is required")
    return items


def expanded(words: Iterable[str]) -> tuple[str, ...]:
    """Folded, each once."""
    return _each_once(map(fold, words))


def _each_once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([" ".join(word.split()) if " " in word else word for word in words]))


def _unnested(source: str) -> str:
    """`(to (a|b)|c)` as `(to a|to b|c)`: brackets in brackets written out."""
    if not _NESTED.search(source):
        return source
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


def pattern(items: Iterable[Item], *, opens: bool) -> "re.Pattern[str]":
    """`opens`: it stands only where a sentence begins."""
    # The sign before a sentence is the only one that is neither a letter nor a digit.
    parts = ["(?<![^.?])"] if opens else []
    for item in items:
        if item.gap:
            parts.append(rf"(?: (?![.?] )[^ ]{{1,40}}){{0,{item.gap}}}?")
        else:
            words = sorted({_pattern(word) for word in item.words}, key=len, reverse=True)
            parts.append(f"(?: (?:{'|'.join(words)})(?= )){'?' if item.optional else ''}")
    return re.compile("".join(parts))


def _telling(word: str) -> str:
    """The part of the words that the automaton can look for: a number is none."""
    return max(word.split("#"), key=len).strip() if "#" in word else word


@lru_cache(maxsize=32)  # those of the classes come again and again
def _fewest_letters(words: tuple[str, ...]) -> int:
    """That the automaton can look for, of any of the words."""
    return min([len(_telling(word).lstrip("*").partition("*")[0]) for word in words])


def _pattern(word: str) -> str:
    if "#" in word.split():
        return " ".join(_NUMBER if w == "#" else _pattern(w) for w in word.split())
    if word.startswith("*"):
        return "[^ ]{1,30}" + re.escape(word[1:])
    return " ".join(re.escape(w[:-1]) + "[^ ]{0,30}" if w.endswith("*") else re.escape(w) for w in word.split())


def spellings(items: list[Item]) -> list[str]:
    """All keys of a phrase of plain words of which only the last may be a stem; [] for any other phrase."""
    *before, last = ["|".join(item.words) for item in items]
    if any(item.gap for item in items) or (items[-1].optional and before):
        return []
    if any("*" in words or "#" in words for words in before) or _NOT_AT_THE_END.search(last):
        return []
    choices = [item.words + (("",) if item.optional else ()) for item in items]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST_SPELLINGS:
        return []
    return [_key(" ".join(filter(None, words))) for words in product(*choices)]


def anchor(items: Sequence[Item], source: str) -> tuple[list[str], bool]:
    """Keys that lead to the phrase, and whether the phrase begins with them."""
    number = _most_telling(items)
    if number is None:
        raise LexiconError(f"{source!r}: no word to find it by")
    words = items[number].words
    rooted = not any(word.startswith("*") or "#" in word for word in words)
    return list(dict.fromkeys(_key(_telling(word)) for word in words)), number == 0 and rooted


def _most_telling(items: Sequence[Item]) -> int | None:
    """A phrase is tried fastest where it is known to begin, so the first item serves if it is telling enough, else the
    most telling one."""
    best: tuple[int, int] | None = None
    for number, item in enumerate(items):
        if item.optional or "#" in item.words:
            continue
        length = _fewest_letters(item.words)
        rooted = not any(word.startswith(("*", "#")) for word in item.words)
        rating = length + (3 if number == 0 and rooted else 0)
        if best is None or rating > best[0]:
            best = (rating, number)
    return best[1] if best else None


Need = tuple[frozenset[str], int, int]
"""The first letters of words of which a phrase needs one, and where if it begins with its anchor: from the first to
before the last number, counted in words from its beginning. No letters: it can be any word."""


def need(items: Sequence[Item], *, first: bool) -> Need:
    """What a phrase needs beside its anchor. `first`: the anchor is its beginning."""
    if not first:
        telling = _most_telling(items)
        others = (item for number, item in enumerate(items) if number != telling and not item.optional)
        heads = min(filter(None, map(_heads, others)), key=len, default=frozenset())
        return heads, 0, 0
    least, most = _lengths(items[0])
    for item in items[1:]:
        if not item.optional and (heads := _heads(item)):
            return heads, least, most + 1
        shortest, longest = _lengths(item)
        least, most = least + shortest, most + longest
    return frozenset(), 0, 0


def _heads(item: Item) -> frozenset[str]:
    """The first letters of all words that can stand there; none if it can be any word."""
    firsts = [word.partition(" ")[0] for word in item.words]
    if any(not first or "#" in first or "*" in first[:HEAD] for first in firsts):
        return frozenset()
    return frozenset(first[:HEAD] for first in firsts)


def _lengths(item: Item) -> tuple[int, int]:
    """How many words it is, at least and at most."""
    lengths = [word.count(" ") + 1 for word in item.words] or [item.gap]
    return 0 if item.optional else min(lengths), max(lengths)


def _key(word: str) -> str:
    if word.startswith("*"):
        return f"{word[1:]} "
    first, star, _ = word.partition("*")
    return f" {first}" if star else f" {word} "
