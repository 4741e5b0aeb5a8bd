"""What ends a mail and is not its message: signatures, lines of telephones and apps, disclaimers; and the warning of a
mail server at its head.

Each is taken only on evidence, and an announced list, a question or a request stays: a signature too many costs
little, a lost sentence is lost.
"""

import re
from collections.abc import Sequence

from triage_bot.reading.attributions import Row
from triage_bot.reading.fold import fold
from triage_bot.reading.mail_words import anywhere, beginning, beginnings

_MARKS = " \t-_([*<>"  # before a footer or a disclaimer
_BULLETS = ("- ", "* ", "\u2022 ")
_SIGNATURES = frozenset({"--", "__", "-- --", "—", "–", "--\u00a0"})
_RULE = re.compile(r"\s*[-_=*\u2013\u2014\u2500]{3,}\s*$")
_LONGEST_FOOTER = 120  # characters
_MOST_WORDS = 14
_DEVICE_WITHIN = 8  # words
_ADDRESS = re.compile(r"<?https?://\S+")
_BLOCK = 9  # lines of a signature without a mark
_LONGEST_SIGNATURE = 40  # lines, of which most are a disclaimer
_TELEPHONE = re.compile(r"\d[\d \-/().]{6,}\d")
_NO_TELEPHONE = re.compile(  # days, spans of hours, numbers of accounts
    r"\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}[.:]\d{2}\s?-\s?\d{1,2}[.:]\d{2}"
    r"|\d{2}(?: \d{4}){3,}"
)
_MAIL_DOMAIN = re.compile(r"@[a-z0-9.-]+\.[a-z]")
_NAME = re.compile(r"\s*(?:[A-ZÀ-ŽЀ-Я][\w.'’-]{0,25}[ ,]{0,2}){1,5}(?:\s*[|/,(–-].{0,60})?$")
_AFTER_CLOSING = re.compile(r"[^.?]{0,40}$")
_ABOUT_WITHIN = 4  # lines
_ENDINGS = ("footers", "whole"), ("footers", "opens"), ("disclaimers", "whole"), ("disclaimers", "opens")
_NO_LINE_END = "\0"  # between lines that are looked through at once: nothing that is looked for goes across it
_SHORTEST_REGISTER = 30  # characters of a line with what a register of firms says


def without_banner(rows: Sequence[Row]) -> Sequence[Row]:
    """Without what a mail server says of strangers, above the text."""
    number = seen = 0
    while number < len(rows) and seen < 2:
        line, folded = rows[number]
        if line.strip():
            if not beginning("disclaimers", "banners").match(folded.lstrip(" \t*_!")):
                break
            seen += 1
        number += 1
    return rows[number:] if seen else rows


def without_sign_off(rows: Sequence[Row], *, said: bool, block: bool) -> list[Row]:
    """`said`: something of hers stands above these lines. `block`: a signature without a mark may end them."""
    endings = beginnings(*_ENDINGS)
    kept: list[Row] = []
    for number, row in enumerate(rows):
        line, folded = row
        bare = line.strip()
        if said and len(bare) < 90 and _ends_here(rows, number, bare):
            break
        start = folded.lstrip(_MARKS)
        if start and endings.may_match(start):
            if said and _is_disclaimer(rows, number, start) and not _listed(kept, line):
                _drop_rules(kept)
                break
            if len(folded) <= _LONGEST_FOOTER and _is_footer(rows, number, start):
                continue
        elif said and len(start) > _SHORTEST_REGISTER and anywhere("disclaimers", "firms").search(start):
            _drop_rules(kept)
            break
        said = said or bool(bare)
        kept.append(row)
    while kept and not kept[-1][0].strip():
        kept.pop()
    first = next((number for number, (line, _) in enumerate(kept) if line.strip()), 0)
    return _without_contact_block(kept[first:]) if block else kept[first:]


def _listed(kept: Sequence[Row], line: str) -> bool:
    """Whether a line is a point of a list, or announced by the line above."""
    if line.lstrip().startswith(_BULLETS):
        return True
    above = next((text for text, _ in reversed(kept[-4:]) if text.strip()), "")
    return above.rstrip().endswith(":")


def _drop_rules(kept: list[Row]) -> None:
    while kept and (not kept[-1][0].strip() or _RULE.match(kept[-1][1])):
        kept.pop()


# Marked signatures


def _ends_here(rows: Sequence[Row], number: int, bare: str) -> bool:
    if bare in _SIGNATURES:
        return not _goes_on(rows[number + 1 :])
    if not bare or bare[0] not in "-_=*\u2013\u2014\u2500" or not _RULE.match(bare):
        return False
    return _signs_after_rule(rows, number)


def _goes_on(tail: Sequence[Row]) -> bool:
    """Whether the writer used the mark of a signature (RFC 3676 section 4.3) for a mere break in her text."""
    said = [row for row in tail if row[0].strip()][:12]
    if not said or any(_holds_contact_data(folded) for _, folded in said):
        return False
    if _NAME.match(said[0][0]) and not _prose(said[0]):
        return False
    questions = any(line.rstrip().endswith("?") for line, _ in said)
    return questions or sum(map(_prose, said)) >= 2


def _signs_after_rule(rows: Sequence[Row], number: int) -> bool:
    """Whether a drawn line is followed by a name with an address, or by nothing but a name."""
    tail = [row for row in rows[number + 1 : number + 12] if row[0].strip()]
    if not tail:
        return False
    if any(anywhere("disclaimers", "firms").search(folded) for _, folded in tail[:2]):
        return True
    if not _NAME.match(tail[0][0]) or _prose(tail[0]):
        return False
    if any(_holds_contact_data(folded) for _, folded in tail[:8]):
        return not any(map(_prose, tail[:2])) and len(rows) - number <= _LONGEST_SIGNATURE
    above = rows[number - 1][0].rstrip() if number else ""
    closed = above.endswith((".", "!", "?", ",")) or not above
    return closed and len(tail) <= 2 and len(tail[0][0].split()) <= 3 and not rows[number + 12 :]


# Footers and disclaimers


def _is_footer(rows: Sequence[Row], number: int, start: str) -> bool:
    if beginning("footers", "whole").match(start):
        return not anywhere("footers", "own").search(_ADDRESS.sub("", start))
    found = beginning("footers", "opens").match(start)
    if found is None:
        return False
    words = start.split()
    if len(words) > _MOST_WORDS or anywhere("footers", "own").search(_ADDRESS.sub("", start)):
        return False
    beginning_words = " ".join(words[:_DEVICE_WITHIN])
    named = anywhere("footers", "devices", whole_words=True).search(beginning_words, found.end()) is not None
    above = number == 0 or not rows[number - 1][0].strip() or not rows[number - 1][0].rstrip()[-1].isalpha()
    below = number + 1 >= len(rows) or not rows[number + 1][0].strip()
    if not named:
        return above and below and start.startswith(("sent from my ", "inviato da ")) and len(words) <= 6
    return len(words) <= _DEVICE_WITHIN or (above and (below or _opens_footer(rows[number + 1][1])))


def _opens_footer(folded: str) -> bool:
    return beginning("footers", "opens").match(folded.lstrip(_MARKS)) is not None


def _is_disclaimer(rows: Sequence[Row], number: int, start: str) -> bool:
    if beginning("disclaimers", "whole").match(start):
        return anywhere("disclaimers", "asks", whole_words=True).search(start) is None
    if beginning("disclaimers", "opens").match(start):
        near = " ".join(line for line, _ in rows[number : number + _ABOUT_WITHIN])
        return _speaks_of_secrets(near)
    return len(start) > _SHORTEST_REGISTER and anywhere("disclaimers", "firms").search(start) is not None


def _speaks_of_secrets(text: str) -> bool:
    return anywhere("disclaimers", "about").search(fold(text[:1500])) is not None


# Signatures without a mark


def _without_contact_block(rows: list[Row]) -> list[Row]:
    """Drop a closing block of name, firm and telephone that no `--` announces."""
    last = len(rows)
    first = max(1, last - _BLOCK)
    data = rows[first + 1 :]
    if not _holds_contact_data(_NO_LINE_END.join([folded for _, folded in data])) and not any(map(_shouts, data)):
        return rows  # as most are
    last_data = next((number for number in range(last - 1, first, -1) if _is_contact_data(rows[number])), 0)
    for number in range(first, last_data):
        line, folded = rows[number]
        if len(line) > 80 or not line.strip():
            continue
        closing = _is_closing(folded.strip())
        name = _NAME.match(line.strip()) and not line.rstrip().endswith((".", "?", "!")) and not _greets(folded)
        if not (closing or (name and not _continues(rows, number))) or _announced(rows, number):
            continue
        rest = rows[number + 1 : last]
        if not any(len(other) > 120 for other, _ in rest) and not any(map(_prose, rest)):
            return rows[: number + 1] if closing else rows[:number]
    return rows


def _announced(rows: Sequence[Row], number: int) -> bool:
    """Whether a line above, in the same paragraph or the last one before it, ends in a colon: then the block is what
    she writes about."""
    begins = number
    while begins > max(0, number - _BLOCK) and rows[begins - 1][0].strip():
        begins -= 1
    before = [line for line, _ in rows[max(0, begins - 4) : begins] if line.strip()]
    above = [*before[-1:], *(line for line, _ in rows[begins:number])]
    return any(line.rstrip().endswith(":") for line in above)


def _continues(rows: Sequence[Row], number: int) -> bool:
    """Whether the line right above is no end of a sentence, so that this one belongs to it."""
    return rows[number - 1][0].rstrip()[-1:].isalnum()


def _is_closing(folded: str) -> bool:
    found = beginning("closings", "words").match(folded)
    return found is not None and _AFTER_CLOSING.match(folded, found.end()) is not None


def _greets(folded: str) -> bool:
    return beginning("closings", "greetings", whole_word=True).match(folded.strip()) is not None


def _is_contact_data(row: Row) -> bool:
    return _holds_contact_data(row[1]) or _shouts(row)


def _shouts(row: Row) -> bool:
    line = row[0].rstrip()
    return line.isupper() and len(line) >= 6 and not line.endswith(("!", "?"))


def _holds_contact_data(folded: str) -> bool:
    found = _TELEPHONE.search(folded)
    if found and _NO_TELEPHONE.search(folded):
        found = _TELEPHONE.search(_NO_TELEPHONE.sub(" ; ", folded))
    return bool(
        found
        or anywhere("closings", "contact", from_start=True).search(folded)
        or _holds_link(folded)
        or ("@" in folded and _MAIL_DOMAIN.search(folded))
    )


def _holds_link(folded: str) -> bool:
    return "http://" in folded or "https://" in folded or "24/7" in folded or "sp. z o." in folded


def _prose(row: Row) -> bool:
    """Whether a line reads like a sentence rather than like a part of a signature."""
    line, folded = row
    words = line.split()
    if len(words) <= 4:
        return False
    if line.rstrip().endswith((".", "?", "!")):
        return not _holds_contact_data(folded)
    small = sum(word[:1].islower() for word in words)
    return len(words) >= 7 and small * 10 >= len(words) * 7 and not _holds_contact_data(folded)
