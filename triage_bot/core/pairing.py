"""Codes that pair a Telegram chat with an assistant: "pair-7K3M-Q9XT".

Eight digits of Crockford's base 32, which has no letters that look alike; what is read as one of them counts as it.
"""

import hashlib
import re
from datetime import timedelta

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DIGITS = 8
VALID_FOR = timedelta(minutes=15)
MOST_WRONG = 5
"""Wrong codes of one chat that are answered within an hour."""

_LOOK_ALIKE = str.maketrans("OIL", "011")
# What a keyboard makes of "-", or a person who reads it out: spaces and all kinds of dashes.
_GAP = r"[\s_\u00a0\u2010-\u2015\u2212-]{0,3}"
_DIGITS = "[0-9a-tv-z]{4}"  # no U: it is no digit, and looks like none
_CODE = re.compile(
    rf"(?:/start(?:@\w+)?\s+)?pair{_GAP}(?P<first>{_DIGITS}){_GAP}(?P<second>{_DIGITS})\.?", re.IGNORECASE | re.ASCII
)


def written(digits: str) -> str:
    """The code that a person reads and types. `digits` are DIGITS of the alphabet."""
    return f"pair-{digits[:4]}-{digits[4:]}"


def code_in(text: str) -> str | None:
    """The code that a message consists of, as `written` has it; also one that a link to the bot carries as /start."""
    found = _CODE.fullmatch(text.strip())
    return written((found["first"] + found["second"]).upper().translate(_LOOK_ALIKE)) if found else None


def hashed(code: str) -> str:
    """What is kept of a code. It lives for minutes and works once, so a plain digest is enough."""
    return hashlib.sha256(code.encode()).hexdigest()
