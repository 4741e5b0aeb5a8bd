"""How many acknowledgements may leave, and how late one may be. The figures are settings: none stands here."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """The staircase. A count is the number of acknowledgements that may already lie in that span before we stop."""

    repeat_after: timedelta  # one acknowledgement a thread in this span
    same_text_within: timedelta  # the very same text again in this span is a loop, or a finger on the button
    acknowledge_until: timedelta  # an acknowledgement of an older message is none
    per_contact_hour: int
    per_contact_day: int
    per_domain_hour: int
    all_per_hour: int  # the breaker: she is told when it opens
    strangers_below: int = 10  # none to a stranger once so many have gone to all within the hour
