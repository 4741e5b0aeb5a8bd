"""What the writer of a mail wrote herself, apart from what hangs on it.

A mail is a column of lines, and every line is judged by itself and by the few around it, so the time is linear in
the text; what is left is whole lines of the mail in their order. Quotes are taken out wherever they stand (above,
below, between the answers); what follows a divider, a header block or an attribution without `>` marks is the rest of
an old mail; a signature, a mobile footer and a disclaimer end the text. Whatever was forwarded is kept apart: a
notice in it may hold the deadline.
"""

from collections.abc import Sequence
from typing import NamedTuple

from triage_bot.reading.attributions import Attributions, Row, Weight
from triage_bot.reading.fold import fold
from triage_bot.reading.old_mail import begins_foreign_block, begins_header_block, is_divider, is_header, start_of_block
from triage_bot.reading.quotes import own_parts, quoted_soon
from triage_bot.reading.sign_offs import without_banner, without_sign_off

_LONGEST_LINE = 400  # longer lines are prose: no divider, attribution or footer is as long


class Parts(NamedTuple):
    """`new` is empty when the writer added nothing. `forwarded` is what she passed on, without its header block."""

    new: str
    forwarded: str = ""


def split(body: str) -> Parts:
    text = body.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    rows: Sequence[Row] = [
        (line, folded if len(line) <= _LONGEST_LINE else "")
        for line, folded in zip(text.split("\n"), fold(text).split("\n"), strict=True)
    ]
    rows = without_banner(rows)
    attributions = Attributions(rows)
    cut, forwarded_from = _end_of_own_part(rows, attributions)
    parts = own_parts(rows[:cut], attributions)
    kept: list[Row] = []
    for number, part in enumerate(parts):
        own = without_sign_off(part, said=bool(kept), block=number in (0, len(parts) - 1))
        if own and kept:
            kept.append(("", ""))  # where the quote stood
        kept += own
    forwarded = _passed_on(rows[forwarded_from:]) if forwarded_from is not None else ""
    return Parts("\n".join(line for line, _ in kept).strip(), forwarded)


def _end_of_own_part(rows: Sequence[Row], attributions: Attributions) -> tuple[int, int | None]:
    """Where the rest of an old mail begins that bears no `>` marks, and where something forwarded begins."""
    said = False
    for number, (line, folded) in enumerate(rows):
        if not folded:
            said = said or bool(line.strip())
            continue
        if folded[0] == ">":
            continue
        if is_divider(folded):
            if quoted_soon(rows, number + 1):
                attributions.add(number)
                continue
            return number, number + 1
        if (":" in folded or "___" in folded) and begins_header_block(rows, number):
            return start_of_block(rows, number), number
        length, weight = attributions.at(number)
        if weight is Weight.ALONE and said and not quoted_soon(rows, number + length):
            return number, None
        said = said or (bool(line.strip()) and not length)
    return len(rows), None


def _passed_on(rows: Sequence[Row]) -> str:
    kept = []
    in_header = True
    foreign = bool(rows) and begins_foreign_block(rows, 0)
    for line, folded in rows[int(foreign) :]:
        if in_header and (not line.strip() or is_header(folded, foreign=foreign)):
            continue
        in_header = False
        kept.append(line.lstrip("> ") if line.startswith(">") else line)
    return "\n".join(kept).strip()
