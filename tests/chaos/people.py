"""Who writes to whom: known to the configuration, to the town and to the ledger."""

from tests.workers.agency import MAILBOXES

WITH_QUOTA = "sklep"
"""The mailbox whose provider takes only some mails in an hour."""
WITH_COPIES = "biuro"
"""The one whose sent mail is laid into its folder."""
BUSY = "busy.example"
"""A domain from which more is written than may be acknowledged."""
WRITERS_A_FIRM = 6
"""Of all other domains: fewer than the limit of a domain."""


def mailbox_of(number: int) -> str:
    """Where the writer with this number writes to."""
    return MAILBOXES[number % len(MAILBOXES)]


def firm(number: int) -> str:
    return f"firm{number // WRITERS_A_FIRM}.example"


def writer(number: int) -> str:
    return f"client{number}@{BUSY if number % 5 == 0 else firm(number)}"


def number_of(writer: str) -> int:
    return int(writer.partition("@")[0].removeprefix("client"))
