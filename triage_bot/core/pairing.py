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
_CODE = re.compile(
    r"(?:/start(?:@\w+)?\s+)?pair[-_ ]?(?P<first>[0-9a-z]{4})[-_ ]?(?P<second>[0-9a-z]{4})", re.IGNORECASE | re.ASCII
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
