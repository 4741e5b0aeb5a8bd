"""The words of the three languages, read from `lexicon/*.toml` at first use."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

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


@lru_cache(maxsize=1)  # read twice at most, and it takes megabytes
def source(language: Language) -> Mapping[str, Any]:
    path = resources.files("triage_bot.reading") / "lexicon" / f"{language.value}.toml"
    return tomllib.loads(path.read_text("utf-8"))


@cache
def lexicon(language: Language) -> Lexicon:
    data = source(language)
    marks = Sought(rf"\b(?:{'|'.join(data['reading']['copy'])})[^:\n]{{0,60}}:(?=\s)")
    return Lexicon(language, PhraseBook(data["phrases"], data["classes"]), data["time"], marks)
