"""Lines with `>` marks, and what belongs to them: their attributions and lines that a program wrapped without a mark.

What stays is split where a quote stood, because a signature above a quote does not end the answer below it.
"""

import re
from collections.abc import Sequence

from triage_bot.reading.attributions import Attributions, Row, Weight

_MARK = re.compile(r"\s{0,8}(?:[A-Z]{2,3})?>")  # some programs put the initials of the writer before it
_SHOUT = re.compile(r"\s*>{2,}.*<{2,}\s*$")  # ">>> SALE <<<" is no quote
_LINK_ALONE = re.compile(r"\s*[(<]?https?://\S+[)>]?\s*>?\s*$")
_WRAPPED_FROM = 50  # characters of a quoted line after which a program may have wrapped it
_NEAR = 8  # lines within which the quote of an attribution begins


def is_quoted(line: str) -> bool:
    if ">" not in line[:12]:
        return False
    return _MARK.match(line) is not None and not _SHOUT.match(line[-400:] if len(line) > 400 else line)


def quoted_soon(rows: Sequence[Row], number: int) -> bool:
    """Whether the next line that is not empty is a quoted one."""
    for line, _ in rows[number : number + _NEAR]:
        if is_quoted(line):
            return True
        if line.strip():
            return False
    return False


def own_parts(rows: Sequence[Row], attributions: Attributions) -> list[list[Row]]:
    """The lines between the quotes, part by part."""
    if not attributions and not any(is_quoted(line) for line, _ in rows):
        return [list(rows)]
    parts: list[list[Row]] = [[]]
    number = 0
    while number < len(rows):
        length = _length_of_quote(rows, number, attributions)
        if length:
            if parts[-1]:
                parts.append([])
            number += length
            continue
        parts[-1].append(rows[number])
        number += 1
    return parts


def _length_of_quote(rows: Sequence[Row], number: int, attributions: Attributions) -> int:
    line = rows[number][0]
    if is_quoted(line):
        return 1
    if attributions:
        length, weight = attributions.at(number)
        if length and (
            quoted_soon(rows, number + length)
            or (weight is Weight.ALONE and not any(rest.strip() for rest, _ in rows[number + length : number + _NEAR]))
        ):
            return length
    if 0 < number < len(rows) - 1 and is_quoted(rows[number - 1][0]) and is_quoted(rows[number + 1][0]):
        return int(_is_wrapped(rows[number - 1][0], line))
    return 0


def _is_wrapped(quoted: str, line: str) -> bool:
    """Whether a line without a mark between two quoted ones is the rest of the first: answers have air around them,
    or begin like a sentence."""
    bare = line.strip()
    if _LINK_ALONE.match(line[:400]):
        return True
    tail = quoted[-400:]
    if "http" in tail and (tail.rfind("(") > tail.rfind(")") or tail.rfind("<") > tail.rfind(">", 4)):
        return len(bare.split()) == 1
    return len(quoted) >= _WRAPPED_FROM and bare[:1].islower() and not quoted.rstrip().endswith((".", "!", "?", ":"))
