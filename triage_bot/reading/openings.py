"""What a pattern can begin with: the letters to look for before a regular expression is tried.

Most patterns of this program are long lists of words of which a text holds one or none. Looking for the beginnings of
all of them at once (one pass of an Aho-Corasick automaton, or one look into a set) takes a tenth of the time that it
takes to try them everywhere.
"""

import re
from collections.abc import Iterable, Iterator

_NAMED = re.compile(r"\(\?P<\w+>")
_DIGIT = re.compile(r"\d")
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_DIGIT_WRITTEN = re.compile(r"(?P<some>\\d(?P<more>\{1,\d\}|\+)?)|\\.|\{[^}]*\}|\[[^\]]*\]|\d")
_META = frozenset(".[]*+?{}^$()|")
_LETTERS = re.compile(r"[^.\[\]*+?{}^$()|\\]+(?![*+?{])")
_BRACKETS_AND_BARS = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|[()|]", re.DOTALL)
_REPEATS = frozenset("*+{")
_ZERO_WIDTH = ("?<!", "?<=", "?!", "?=")


def openings(pattern: str, longest: int) -> frozenset[str]:
    """Strings with one of which every match of the pattern begins; no one of them is the beginning of another.

    They are cut after `longest` characters, and where the pattern goes on with something that is no plain letter.
    Only what the patterns here use is understood; anything else ends an opening, so that none is too long.
    """
    done, live = _read(_NAMED.sub("(?:", pattern), longest)
    return frozenset(_shortest({text[:longest] for text in done | live}))


def in_zeros(text: str) -> str:
    """With a zero for every digit, so that they can be looked for as one."""
    return text.encode().translate(_ZEROS).decode() if text.isascii() else _DIGIT.sub("0", text)


def pattern_in_zeros(pattern: str) -> str:
    """With a zero for every digit: its openings are those of what it matches, written `in_zeros`."""

    def zero(match: "re.Match[str]") -> str:
        if match["some"]:
            return "00*" if match["more"] else "0"
        return "0" if match[0].isdigit() else match[0]

    return _DIGIT_WRITTEN.sub(zero, pattern)


def _shortest(texts: set[str]) -> Iterator[str]:
    for text in texts:
        if not any(text[:length] in texts for length in range(len(text))):
            yield text


def _read(pattern: str, longest: int) -> tuple[set[str], set[str]]:
    """The openings after which a match may go on with anything, and those that are the whole of it."""
    done: set[str] = set()
    whole: set[str] = set()
    for alternative in _alternatives(pattern):
        stopped, live = _read_one(alternative, longest)
        done |= stopped
        whole |= live
    return done, whole


def _read_one(pattern: str, longest: int) -> tuple[set[str], set[str]]:
    done: set[str] = set()
    live = {""}
    index = 0
    while index < len(pattern):
        done |= {text for text in live if len(text) >= longest}
        live -= done
        if not live:
            break
        if letters := _LETTERS.match(pattern, index):
            live, index = _joined(live, (letters[0],)), letters.end()
            continue
        part, index = _part(pattern, index)
        repeat = pattern[index : index + 1]
        if part is None or repeat in _REPEATS:
            return done | live, set()
        if part.startswith(_ZERO_WIDTH):
            continue
        stopped, inner = _read(part[2:], longest) if part.startswith("?:") else (set[str](), {part})
        done |= _joined(live, stopped)
        live = _joined(live, inner) | (live if repeat == "?" else set())
        index += repeat == "?"
    return done, live


def _part(pattern: str, index: int) -> tuple[str | None, int]:
    """The letter or the inside of the group that stands there, None for anything else, and where the next begins."""
    char = pattern[index]
    if char == "(":
        end = _closing(pattern, index)
        inside = pattern[index + 1 : end]
        known = inside.startswith(("?:", *_ZERO_WIDTH))
        return inside if known else None, end + 1
    if char == "\\":
        escaped = pattern[index + 1]
        if escaped == "b":
            return "?=", index + 2
        return None if escaped.isalnum() else escaped, index + 2
    return None if char in _META else char, index + 1


def _closing(pattern: str, index: int) -> int:
    """Where the bracket that opens there is closed."""
    return next(place for place, char, depth in _walk(pattern, index) if char == ")" and depth == 0)


def _alternatives(pattern: str) -> list[str]:
    bars = [place for place, char, depth in _walk(pattern, 0) if char == "|" and depth == 0]
    return [
        pattern[start:end] for start, end in zip([0, *(bar + 1 for bar in bars)], [*bars, len(pattern)], strict=True)
    ]


def _walk(pattern: str, index: int) -> Iterator[tuple[int, str, int]]:
    """Every bracket and bar with the depth that it leaves or stands in; what is escaped or in a set is passed over."""
    depth = 0
    for found in _BRACKETS_AND_BARS.finditer(pattern, index):
        char = found[0]
        if len(char) == 1:
            depth += (char == "(") - (char == ")")
            yield found.start(), char, depth


def _joined(heads: Iterable[str], tails: Iterable[str]) -> set[str]:
    return {head + tail for head in heads for tail in tails}
