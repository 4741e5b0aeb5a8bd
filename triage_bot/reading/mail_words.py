"""The words of mail programs, read from `lexicon/mails.toml` at first use."""

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

from triage_bot.reading import lexicon_files
from triage_bot.reading.finding import Sought
from triage_bot.reading.openings import openings

_HEAD = 3  # letters of a beginning that are looked for before a pattern is tried


class Beginning:
    """Whether a folded line begins with one of some patterns. Most lines are dismissed by one look into a set."""

    def __init__(self, patterns: Iterable[str]) -> None:
        joined = "|".join(patterns)
        self._heads = openings(joined, _HEAD)
        self._lengths = tuple(sorted({len(head) for head in self._heads}))
        self._firsts = "".join({head[:1] for head in self._heads})
        self._anything = "" in self._heads
        self._written = f"(?:{joined})"

    @cached_property  # most texts need none of them
    def _pattern(self) -> "re.Pattern[str]":
        return re.compile(self._written)

    def match(self, line: str) -> "re.Match[str] | None":
        if line[:1] not in self._firsts and not self._anything:
            return None
        return self._pattern.match(line) if self.may_match(line) else None

    def may_match(self, line: str) -> bool:
        return not self._heads.isdisjoint([line[:length] for length in self._lengths])


@cache
def _source() -> Mapping[str, Any]:
    return lexicon_files.words("mails")


@cache
def beginning(section: str, key: str, *, whole_word: bool = False) -> Beginning:
    """`whole_word`: none of them is the first half of a longer word."""
    patterns = _source()[section][key]
    return Beginning([f"{pattern}(?!\\w)" for pattern in patterns] if whole_word else patterns)


@cache
def beginnings(*lists: tuple[str, str]) -> Beginning:
    """Of any of several lists, each given by its section and its key."""
    return Beginning(pattern for section, key in lists for pattern in _source()[section][key])


@cache
def anywhere(section: str, key: str, *, from_start: bool = False, whole_words: bool = False) -> Sought:
    """`from_start`: none of them is the second half of a longer word, nor, for `whole_words`, the first."""
    before, after = "(?<!\\w)" if from_start or whole_words else "", "(?!\\w)" if whole_words else ""
    return Sought(f"{before}(?:{'|'.join(_source()[section][key])}){after}")


@cache
def header_kinds() -> Mapping[str, str]:
    """From the folded name of a header ("wyslano") to what it holds ("sent")."""
    return {name: kind for kind, names in _source()["headers"].items() for name in names}
