"""Where an old mail begins that bears no `>` marks: at a divider or at a block of headers.

A block of headers ("Od: / Wysłano: / Do: / Temat:") has many names and many gaps, and clients write lists that look
like one; so a block needs what only a mail program puts together: a subject, an address, the moment of sending.
"""

import re
from collections.abc import Sequence
from functools import cache

from triage_bot.reading.attributions import Row
from triage_bot.reading.mail_words import Beginning, beginning, beginnings, header_kinds

_LONGEST_NAME = 24
_LONGEST_DIVIDER = 120
_BLOCK = 14  # lines
_FRAME = " \t-_=*:~>#|：\u2500"
_EMPHASIS = " \t*_|>"
_RULE = re.compile(r"\s*(?:_{5,}|-{8,}|={4,}|\*{8,}|\u2500{5,}|(?:\* ){3,}\*?|-{3,5}|_{3,4})\s*$")
_OUTLOOK_RULE = re.compile(r"\s*_{20,}\s*$")
_FRAMED = re.compile(r"\s*-{4,}[^-].{0,80}-{4,}\s*$")
_HOUR = re.compile(r"\d{1,2}[:.]\d{2}")
_ANY_NAME = re.compile(r"[^\W\d][\w .-]{0,23}:\s*\S")
_NAMES_IN_LINE = re.compile(r"(?<![\w@.])([a-z][a-z -]{0,14}?)\s?:(?=\s)")


def is_divider(folded: str) -> bool:
    """Whether a line says that the old mail follows: "-----Original Message-----", "Begin forwarded message:"."""
    if len(folded) > _LONGEST_DIVIDER:
        return False
    bare = folded.strip(_FRAME)
    if not _any_divider().may_match(bare):
        return False
    for divider in _dividers():
        found = divider.match(bare)
        if found and found.end() == len(bare):
            return True
    return False


@cache
def _any_divider() -> Beginning:
    return beginnings(("dividers", "original"), ("dividers", "forward"))


@cache
def _dividers() -> tuple[Beginning, ...]:
    return beginning("dividers", "original"), beginning("dividers", "forward")


def begins_header_block(rows: Sequence[Row], number: int) -> bool:
    folded = rows[number][1]
    if _OUTLOOK_RULE.match(folded):
        return begins_foreign_block(rows, number)
    kind = _kind(folded)
    if kind in (None, "cc", "other"):
        return False
    if kind in ("to", "subject") and (number + 1 == len(rows) or _kind(rows[number + 1][1]) is None):
        return False  # a line of the client's own, not the beginning of the block below it
    return _Block(rows, number).is_real()


def start_of_block(rows: Sequence[Row], number: int) -> int:
    """Where the rules and empty lines above a block begin."""
    while number > 0:
        line, folded = rows[number - 1]
        if line.strip() and not _RULE.match(folded) and not _FRAMED.match(folded):
            break
        number -= 1
    return number


def is_header(folded: str, *, foreign: bool = False) -> bool:
    return _kind(folded) is not None or (foreign and _ANY_NAME.match(folded.strip(_EMPHASIS)) is not None)


def _kind(folded: str) -> str | None:
    colon = folded.find(":", 0, _LONGEST_NAME + 12)
    if colon < 0:
        colon = folded.find("：", 0, _LONGEST_NAME + 12)
        if colon < 0:
            return None
    return header_kinds().get(folded[:colon].strip(_EMPHASIS))


class _Block:
    """The headers that follow one another from a line on."""

    def __init__(self, rows: Sequence[Row], number: int) -> None:
        self.kinds: set[str] = set()
        self.address = self.hour = False
        self._ruled = number > 0 and any(
            _RULE.match(folded) or _FRAMED.match(folded) for _, folded in rows[max(0, number - 2) : number]
        )
        gaps = empty = 0
        for line, folded in rows[number : number + _BLOCK]:
            kind = _kind(folded)
            if kind is None:
                gaps, empty = (gaps, empty + 1) if not line.strip() else (gaps + 1, 0)
                if gaps > 3 or empty > 1:
                    break
                if empty == 0:
                    self.address = self.address or ("@" in folded and gaps == 1)
                continue
            empty = 0
            self._add(kind, folded)

    def _add(self, kind: str, folded: str) -> None:
        self.kinds.add(kind)
        for name in _NAMES_IN_LINE.findall(folded[:400]):  # all headers in one line
            inner = header_kinds().get(name.strip()) or header_kinds().get(name.split(" ")[-1])
            if inner:
                self.kinds.add(inner)
                kind = inner if inner in ("date", "sent") else kind
        self.address = self.address or "@" in folded
        if kind in ("date", "sent"):
            self.hour = self.hour or _HOUR.search(folded) is not None

    def is_real(self) -> bool:
        kinds = self.kinds & {"from", "sent", "date", "to", "cc", "subject"}
        if "sent" in kinds:
            return len(kinds) >= 3 or "from" in kinds
        if len(kinds) >= 3 and kinds & {"from", "date"}:
            return self.address or self._ruled or {"from", "subject"} <= kinds
        return len(kinds) == 2 and self.address and ((self.hour and "date" in kinds) or self._ruled)


def begins_foreign_block(rows: Sequence[Row], number: int) -> bool:
    """Whether this is Outlook's rule, and headers in a language that nobody here reads follow it."""
    if not _OUTLOOK_RULE.match(rows[number][1]):
        return False
    named, address, hour = 0, False, False
    for line, folded in rows[number + 1 : number + 7]:
        if not line.strip():
            if named:
                break
            continue
        if not _ANY_NAME.match(folded.strip(_EMPHASIS)):
            break
        named += 1
        address = address or "@" in folded
        hour = hour or _HOUR.search(folded) is not None
    return named >= 3 and address and hour
