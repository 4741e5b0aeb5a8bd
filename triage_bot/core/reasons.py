"""Why something was decided, as a code with values.

A reason is stored and carried as data, and said in words by `templates/<language>/reason.txt`: in English by
`explain` and the log, in the assistant's language in her digest.
"""

from collections.abc import Mapping
from dataclasses import field

from triage_bot.values import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """`values` are plain text or ISO moments; a key that ends in `_at` is a moment, one in `_on` a date."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
