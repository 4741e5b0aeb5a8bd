"""The stored words of the history, by what they are called in `desk_words.txt`.

By what something came about and why is stored in English, and stays so in the command line; the desk speaks hers.
"""

from collections.abc import Mapping
from types import MappingProxyType

from triage_bot.core.causes import TERMINAL, Cause
from triage_bot.core.kept import KeptBy
from triage_bot.core.urgency import Urgency

TOLD_SO = frozenset({"by", "why", "urgency"})
"""Values of events that are ours; all others are hers, a client's or a moment."""
CODES: Mapping[str, str] = MappingProxyType(
    {
        **{cause.value: f"said_{cause.name.lower()}" for cause in Cause},
        KeptBy.DESK.value: "said_desk_reply",
        KeptBy.SENT.value: "said_mail_in_sent",
        KeptBy.CHAT.value: "said_chat",
        KeptBy.MARK.value: "said_marked",
        **{urgency.value: f"said_{urgency.name.lower()}" for urgency in Urgency},
    }
)


def code_of(value: str) -> str:
    """ "" for a value without words, such as what a server said."""
    return "said_terminal" if value.startswith(TERMINAL) else CODES.get(value, "")
