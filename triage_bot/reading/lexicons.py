"""The words of the three languages, read from `lexicon/*.toml` at first use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage_bot.reading import lexicon_files
from triage_bot.reading.finding import Sought
from triage_bot.reading.model import Language
from triage_bot.reading.phrases import PhraseBook


@dataclass(frozen=True, slots=True)
class Lexicon:
    """`phrases` finds the concepts of the section [phrases]; `time` is the section [time] as it stands; `copy_mark`
    finds the announcement of a text that is not the client's own word."""

    language: Language
    phrases: PhraseBook
    time: Mapping[str, Any]
    copy_mark: Sought


_sources: dict[Language, Mapping[str, Any]] = {}
_lexicons: dict[Language, Lexicon] = {}


def source(language: Language) -> Mapping[str, Any]:
    """What the file holds. It takes half a megabyte, and is kept only until the lexicon is made of it."""
    found = _sources.get(language)
    if found is None:
        found = lexicon_files.words(language.value)
        if language not in _lexicons:
            _sources[language] = found
    return found


def lexicon(language: Language) -> Lexicon:
    found = _lexicons.get(language)
    if found is None:
        data = source(language)
        marks = Sought(rf"\b(?:{'|'.join(data['reading']['copy'])})[^:\n]{{0,60}}:(?=\s)")
        found = Lexicon(language, PhraseBook(data["phrases"], data["classes"]), data["time"], marks)
        _lexicons[language] = found
        _sources.pop(language, None)
    return found
