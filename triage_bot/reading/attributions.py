"""The lines that say who wrote what follows: "On ... wrote:", "W dniu ... pisze:", "Am ... schrieb ...:".

Programs speak many languages and wrap at many widths, so what decides is what such a line holds together: a verb of
writing, an address, a date and an hour, a colon at the end. Every look is at four lines and three hundred
characters at most, so the time is linear in the text.
"""

import re
from collections.abc import Sequence
from enum import Enum

from triage_bot.reading.mail_words import anywhere, beginning

Row = tuple[str, str]
"""A line, and the same folded; a line that is too long has no folded form."""

_MOST_LINES = 4
_LONGEST = 300
_VERBS_AT_THE_END = ("wrote", "napisal(a)", "pisze", "napisao/la", "schrieb")  # without a colon
_ENDS = (":", "：", "-", ">", *_VERBS_AT_THE_END)
_ADDRESS = re.compile(r"[<(\[]\s*(?:mailto:)?[^\s<>()]{1,120}@[^\s<>()]{1,120}")
_AT = re.compile(r"[\w>]@\w")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2}(?!\d)")
_HOUR = re.compile(r"(?<![\d.])\d{1,2}(?::\d{2}|[.h]\d{2}(?![.\d]))")
_SOME_DAY = re.compile(r"\d{1,2}[./-]\s?\d{1,2}|\d{4}|(?<!\w)\d{1,2}\.? [^\W\d]{3}|[^\W\d]{3} \d{1,2}(?!\w)")
_DATE_FIRST = re.compile(r"(?:\w{1,12}[.,]{0,2} ){0,2}\d{1,4}(?!\w)")
_BARE = re.compile(  # Gmail once wrote no verb and no colon
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?: \d{1,2}:\d{2})?(?: gmt[+-]\d{2}:\d{2})? [^<>@]{1,80}"
    r"<[^<>\s]{1,120}@[^<>\s]{1,120}>$"
)
_AFTER_WORDS = re.compile(r"\w[^@]{0,200}?\W(?:on|w dniu|dnia|dana) \D{0,12}\d")
_FRAMED = re.compile(r"-{2,}\s*\S.{0,200}?\S?\s*-{2,}$")
_NAME = re.compile(r"(?:[A-ZÀ-ŽЀ-Я\"'][\w.'’\"-]*,? ?){1,5}\(?$")


class Weight(Enum):
    """How sure it is that a mail program wrote a line."""

    NONE = 0
    BEFORE_A_QUOTE = 1  # it is one if a quote with marks follows
    ALONE = 2  # it is one, whatever follows


class Attributions:
    """Those of one mail."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._found: dict[int, tuple[int, Weight]] = {}
        for end, (_, folded) in enumerate(rows):
            if not folded or (folded[0] == ">" and not _closes_an_address(rows, end)):
                continue
            if folded.rstrip().endswith(_ENDS):
                start, weight = _ending_at(rows, end)
                if weight is not Weight.NONE:
                    self._found[start] = (end + 1 - start, weight)

    def at(self, number: int) -> tuple[int, Weight]:
        """How many lines the attribution takes that begins there, 0 if none does."""
        return self._found.get(number, (0, Weight.NONE))

    def add(self, number: int) -> None:
        """A line above a quote with marks that names nobody."""
        self._found[number] = (1, Weight.BEFORE_A_QUOTE)

    def __bool__(self) -> bool:
        return bool(self._found)


def _ending_at(rows: Sequence[Row], end: int) -> tuple[int, Weight]:
    """The attribution whose last line this is: the shortest that begins like one, else the line by itself."""
    raw = folded = ""
    alone = Weight.NONE
    for start in range(end, max(-1, end - _MOST_LINES), -1):
        line, line_folded = rows[start]
        if not line_folded or line_folded.isspace() or (line_folded.startswith(">") and start < end):
            break
        raw = f"{line.strip()} {raw}".strip()
        folded = f"{line_folded.strip()} {folded}".strip()
        if len(folded) > _LONGEST:
            break
        weight = _weight(raw, folded, _stands_apart(rows, start, end))
        if weight is not Weight.NONE and _begins_like_one(line_folded):
            if not _DAY.search(folded) and _holds_the_day(rows, start - 1):
                return start - 1, weight
            return start, weight
        if start == end and not _AFTER_WORDS.match(line_folded):
            alone = weight
    return end, alone


def _begins_like_one(folded: str) -> bool:
    bare = folded.lstrip(" \t-*")
    return bool(
        _DATE_FIRST.match(bare)
        or beginning("attributions", "starts", whole_word=True).match(bare)
        or (_ADDRESS.search(bare) and not bare.startswith(("<", "(", "[")) and not _AFTER_WORDS.match(bare))
    )


def _closes_an_address(rows: Sequence[Row], number: int) -> bool:
    """Whether the `>` with which a line begins is the end of an address that was wrapped."""
    if number == 0 or len(rows[number][1]) > 40:
        return False
    above = rows[number - 1][1]
    return "@" in above and above.rfind("<") > above.rfind(">")


def _holds_the_day(rows: Sequence[Row], number: int) -> bool:
    """Whether an attribution was wrapped behind its day."""
    line, folded = rows[number] if number >= 0 else ("", "")
    return (
        bool(folded)
        and _DAY.search(folded) is not None
        and _begins_like_one(folded)
        and not line.rstrip().endswith((".", "!", "?", ":"))
    )


def _stands_apart(rows: Sequence[Row], start: int, end: int) -> bool:
    """Whether an empty line, or nothing, stands above it or below it."""
    above = start == 0 or not rows[start - 1][0].strip()
    below = end + 1 >= len(rows) or not rows[end + 1][0].strip()
    return above or below


def _weight(raw: str, folded: str, apart: bool) -> Weight:
    if not folded.endswith((":", "：")):
        return _weight_without_colon(folded)
    address = _ADDRESS.search(folded) is not None
    day = _DAY.search(folded)
    hour = _HOUR.search(folded) is not None
    if address and day and hour:
        return Weight.ALONE
    verb = anywhere("attributions", "verbs", whole_words=True).search(folded)
    at = address or _AT.search(folded) is not None
    if verb is None:
        return Weight.BEFORE_A_QUOTE if at and (hour or _SOME_DAY.search(folded)) else Weight.NONE
    if address or (day and at):
        return Weight.ALONE
    if day and apart and _names_somebody(raw, folded, verb, day.end(), hour=hour):
        return Weight.ALONE
    if at or hour or _SOME_DAY.search(folded) or _is_name(raw, folded, verb):
        return Weight.BEFORE_A_QUOTE
    return Weight.NONE


def _weight_without_colon(folded: str) -> Weight:
    if _BARE.match(folded):
        return Weight.ALONE
    verbs = anywhere("attributions", "verbs", whole_words=True)
    if folded.endswith("-"):
        return Weight.ALONE if _FRAMED.match(folded) and verbs.search(folded) else Weight.NONE
    if folded.endswith(_VERBS_AT_THE_END) and _AT.search(folded) and _DAY.search(folded) and _HOUR.search(folded):
        return Weight.ALONE
    return Weight.NONE


def _names_somebody(raw: str, folded: str, verb: "re.Match[str]", day_end: int, *, hour: bool) -> bool:
    """Whether a name stands beside the verb, as no person writes it who tells what somebody wrote."""
    if anywhere("attributions", "users", whole_words=True).search(folded):
        return True
    if not hour and not folded[day_end:].startswith((",", ". u", " r.", " g.")):
        return False
    if len(raw) != len(folded):  # the places of the one are not those of the other
        return raw.count(",") > 0
    before, after = raw[: verb.start()].rstrip(), raw[verb.end() :].strip(" :")
    last = before.split()[-1:] or [""]
    return last[0][:1].isupper() or after[:1].isupper() or last[0] == "you" or "," in raw[day_end : verb.start()]


def _is_name(raw: str, folded: str, verb: "re.Match[str]") -> bool:
    """Whether the line is nothing but a name and the verb."""
    return len(raw) == len(folded) and verb.end() >= len(folded) - 3 and bool(_NAME.match(raw[: verb.start()]))
