"""By what something came about: what the history and the outbox keep as the reason of a change that no client made.

The values are stored, and shown as they are in the command line. The desk says each in her language, by its name:
`said_<name>` of `desk_words.txt`. Whoever rewords one rewords only what is written from then on.
"""

from enum import StrEnum


class Cause(StrEnum):
    DESK = "the desk on Telegram"
    TAKEN_BACK = "taken back"
    TIME_COME = "its time has come"
    REPLY_LOST = "her reply could not be delivered"
    NEW_MESSAGE = "a new message"
    NOT_A_CLIENT = "you left its sender alone"
    SHOWN = "shown in the digest, nothing to do"
    SETTLED_BEFORE = "she has answered before it left"
    ADDRESS_BOUNCES = "mail to this address came back"
    CLIENT_TOOK_BACK = "the client took the message back"
    PAUSED = "acknowledgements are paused"
    NO_SECRETARY = "the bot may no longer write in her name"
    TOO_LATE = "too late to be true"
    CUT_SHORT = "the last run ended while it was handed over"


TERMINAL = "queue "
"""What the acts of the command line begin with: "queue done"."""
