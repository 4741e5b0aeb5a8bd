"""What the assistant answered past the bot, and what clients took back, as the store is to record it.

Nothing is decided here: `core.answering` says what an answer is, and the store does what follows from it in the
transaction that records the batch.
"""

import logging

from triage_bot.acknowledging import Correspondence
from triage_bot.channels.protocols import Batch
from triage_bot.core.directory import STRANGER, Directory
from triage_bot.core.messages import EARLIEST, Address, IncomingMessage, Medium
from triage_bot.store.drafts import NOTHING_ELSEWHERE, Elsewhere
from triage_bot.template_contexts import shorten

log = logging.getLogger(__name__)

EXCERPT = 240
"""Characters of an excerpt that the digest shows at most."""


def elsewhere(correspondence: Correspondence, batch: Batch) -> Elsewhere:
    if not (batch.own or batch.answered or batch.deleted):
        return NOTHING_ELSEWHERE
    channel = batch.cursor.source
    directory = correspondence.directory

    def says_deleted(client: str, excerpt: str) -> str:
        locale = directory.assistant_of(client).locale
        return shorten(correspondence.templates.desk(locale, "excerpt_deleted", {"text": excerpt}), EXCERPT)

    return Elsewhere(
        own=batch.own,
        marked=batch.answered,
        deleted=tuple((channel, message_id) for message_id in batch.deleted),
        client_of=lambda of_channel, address: client_of(directory, of_channel, address),
        says_deleted=says_deleted,
        noted=lambda item_id, what: log.info("%s: item %d: %s", channel, item_id, what),
    )


def client_of(directory: Directory, channel: str, address: str) -> str:
    """The name of the client whose contact an address is, "" for nobody's."""
    asked = IncomingMessage(channel, Medium.EMAIL, "", EARLIEST, "", header_from=Address(address))
    found = directory.find(asked)
    return found.name if found else STRANGER
