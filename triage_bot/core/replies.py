"""How a reply is tied to what it answers: its subject, its Message-ID, its place in the thread."""

import re

from triage_bot.core.messages import IncomingMessage

# Reply marks of mail programs in the languages that clients write in, with a count as in "Re[2]:". Forward marks stay:
# they say something about the mail.
_REPLY_MARKS = re.compile(
    r"\s*(?:(?:re|odp|odg|одг|aw|antw|sv|vs|rif|r)(?:\[\d{1,3}\]|\^\d{1,3})?\s?[:：]\s*)+", re.IGNORECASE
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

MESSAGE_ID_LABEL = "triage-bot"
MOST_REFERENCES = 20


def reply_subject(subject: str) -> str:
    """ "Re: " before the subject, in place of whatever reply marks pile up there ("Odp: RE: AW[2]: ...")."""
    bare = _CONTROLS.sub(" ", subject).strip()
    if marks := _REPLY_MARKS.match(bare):
        bare = bare[marks.end() :]
    return f"Re: {bare}".rstrip()


def message_id_domain(address: str) -> str:
    """The right side of the Message-IDs of what the bot writes from `address`. It is nobody else's, so that a mail
    with it is known as ours wherever it turns up."""
    return f"{MESSAGE_ID_LABEL}.{address.rpartition('@')[2] or 'localhost'}"


def acknowledgement_id(message: IncomingMessage, from_addr: str) -> str:
    """The Message-ID of the acknowledgement of `message`: made from it, so the same however often it is decided."""
    return f"ack.{message.fingerprint}@{message_id_domain(from_addr)}"


def correction_id(promise_id: int, acknowledged_by: str) -> str:
    """The Message-ID of the mail that corrects a promise given in the mail `acknowledged_by`."""
    local, _, domain = acknowledged_by.rpartition("@")
    return f"correction{promise_id}.{local}@{domain}"


def references(message: IncomingMessage) -> tuple[str, ...]:
    """The References of a reply (RFC 5322 section 3.6.4): those of the message and its own id. Of a very long thread
    the first and the newest are kept."""
    chain = (*message.refs, *((message.message_id,) if message.message_id else ()))
    chain = tuple(dict.fromkeys(chain))
    return chain if len(chain) <= MOST_REFERENCES else (chain[0], *chain[-MOST_REFERENCES + 1 :])
