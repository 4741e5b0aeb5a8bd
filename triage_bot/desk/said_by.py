"""The stored words of the history, by what they are called in `desk_words.txt`.

By what something came about and why is stored in English, and stays so in the command line; the desk speaks hers.
"""

from collections.abc import Mapping
from types import MappingProxyType

from triage_bot.core.kept import KeptBy
from triage_bot.core.urgency import Urgency

TOLD_SO = frozenset({"by", "why", "urgency"})
"""Values of events that are ours; all others are hers, a client's or a moment."""
_TERMINAL = "queue "  # what the acts of the command line begin with
_CODES: Mapping[str, str] = MappingProxyType(
    {
        "the desk on Telegram": "said_desk",
        "taken back": "said_taken_back",
        "its time has come": "said_time_come",
        "her reply could not be delivered": "said_reply_lost",
        "a new message": "said_new_message",
        "you left its sender alone": "said_not_a_client",
        "shown in the digest, nothing to do": "said_shown",
        "she has answered before it left": "said_settled_before",
        "mail to this address came back": "said_address_bounces",
        "the client took the message back": "said_client_took_back",
        "acknowledgements are paused": "said_paused",
        "the bot may no longer write in her name": "said_no_secretary",
        "too late to be true": "said_too_late",
        "the last run ended while it was handed over": "said_cut_short",
        KeptBy.DESK.value: "said_desk_reply",
        KeptBy.SENT.value: "said_mail_in_sent",
        KeptBy.CHAT.value: "said_chat",
        KeptBy.MARK.value: "said_marked",
        Urgency.URGENT.value: "said_urgent",
        Urgency.NORMAL.value: "said_normal",
        Urgency.LOW.value: "said_low",
        Urgency.NONE.value: "said_none",
    }
)


def code_of(value: str) -> str:
    """ "" for a value without words, such as what a server said."""
    return "said_terminal" if value.startswith(_TERMINAL) else _CODES.get(value, "")
